package doctor

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"updoc/model"
	"updoc/source/live"
	"updoc/source/live/simulated"
	"updoc/winapi"
)

var thatDay = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

func TestOpenLiveElsewhere(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is a Windows to ask")
	}
	var e *model.Error
	if _, err := OpenLive(t.Context(), LiveOptions{}); !errors.As(err, &e) || e.Code != "not-windows" {
		t.Errorf("%v", err)
	}
}

// What Windows answered, written down and played back, gives the same facts, files aside.
func TestRecordingTellsTheSame(t *testing.T) {
	w, err := simulated.New(t.Context(), simulated.Options{Admin: true}, filepath.Join("..", "testdata", "sick-pc.qcow2"))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var written bytes.Buffer
	first := lookAtSystem(t, w.System(), LiveOptions{Record: &written})
	recording, err := winapi.ReadRecording(&written)
	if err != nil {
		t.Fatal(err)
	}
	played := w.System()
	played.Caller = recording
	if again := lookAtSystem(t, played, LiveOptions{}); again != first {
		t.Errorf("%s\n%s", first, again)
	}
}

func lookAtSystem(t *testing.T, sys live.System, opts LiveOptions) string {
	t.Helper()
	src, err := openSystem(t.Context(), sys, opts, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	m, err := Look(t.Context(), src, Options{Now: thatDay})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A diagnosis of the running Windows tells what it does not let be done; that of its
// facts on another computer does not.
func TestLimitsAreTold(t *testing.T) {
	m := &model.Machine{}
	runsWell(m)
	m.Live.SMode, m.Live.Remote, m.Live.Admin = fact(true), fact(true), fact(false)
	var codes []string
	for _, l := range limits(m) {
		codes = append(codes, l.Code)
	}
	if want := []string{"live-s-mode", "live-remote"}; !slices.Equal(codes, want) {
		t.Errorf("%q", codes)
	}
	w, err := simulated.New(t.Context(), simulated.Options{Admin: true, Answers: map[string]any{"token": winapi.TokenInfo{Admin: true, CanAdmin: true, Network: true}}}, filepath.Join("..", "testdata", "sick-pc.qcow2"))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	src, err := openSystem(t.Context(), w.System(), LiveOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	d, err := Examine(t.Context(), src, Options{Now: thatDay})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Plan.Limits) != 1 || d.Plan.Limits[0].Code != "live-remote" {
		t.Errorf("%+v", d.Plan.Limits)
	}
}
