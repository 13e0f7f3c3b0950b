package winapi

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"reflect"
	"strings"
	"testing"
)

// changing is a Windows whose answers change: a service that starts, a log that is missing.
func changing() real {
	r := real{}
	state := uint32(1)
	on(r, Services, func(_ context.Context, names []string) ([]ServiceState, error) {
		state++
		return []ServiceState{{Name: names[0], State: state}}, nil
	})
	on(r, Channel, func(context.Context, string) (ChannelInfo, error) {
		return ChannelInfo{}, &Error{Call: "channel", Code: noChannel, Text: "指定されたチャネル"}
	})
	on(r, Power, func(ctx context.Context, _ None) (PowerStatus, error) { return PowerStatus{}, ctx.Err() })
	return r
}

func TestRecorderWritesWhatARecordingAnswers(t *testing.T) {
	var written bytes.Buffer
	look := func(w Caller) (states []uint32, errs []error) {
		for range 3 {
			s, err := Services.Do(t.Context(), w, []string{"bits"})
			if err != nil {
				t.Fatal(err)
			}
			states = append(states, s[0].State)
		}
		_, missing := Channel.Do(t.Context(), w, "System")
		_, unsupported := Token.Do(t.Context(), w, None{})
		return states, []error{missing, unsupported}
	}
	states, errs := look(&Recorder{Of: changing(), Out: &written})
	again, err := ReadRecording(bytes.NewReader(written.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	gotStates, gotErrs := look(again)
	if !reflect.DeepEqual(gotStates, states) || !reflect.DeepEqual(states, []uint32{2, 3, 4}) {
		t.Errorf("states %v, want %v", gotStates, states)
	}
	if !errors.Is(gotErrs[0], fs.ErrNotExist) || gotErrs[0].Error() != errs[0].Error() || !errors.Is(gotErrs[1], ErrUnsupported) {
		t.Errorf("errors %v, want %v", gotErrs, errs)
	}
	if s, err := Services.Do(t.Context(), again, []string{"bits"}); err != nil || s[0].State != 4 {
		t.Errorf("the last answer stays: %+v %v", s, err)
	}
}

func TestRecorderLeavesOutWhatWasCancelled(t *testing.T) {
	var written bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Power.Do(ctx, &Recorder{Of: changing(), Out: &written}, None{}); !errors.Is(err, context.Canceled) || written.Len() != 0 {
		t.Errorf("%v %q", err, written.String())
	}
	if _, err := Power.Do(ctx, &Recording{}, None{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, fs.ErrClosed }

func TestRecorderTellsThatItCannotWrite(t *testing.T) {
	if _, err := Services.Do(t.Context(), &Recorder{Of: changing(), Out: full{}}, []string{"x"}); !errors.Is(err, fs.ErrClosed) {
		t.Error(err)
	}
}

func TestRecordingNamesTheLineThatIsDamaged(t *testing.T) {
	_, err := ReadRecording(strings.NewReader("{\"call\":\"power\",\"args\":{},\"answer\":{}}\n\n{\"call\":"))
	if err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Error(err)
	}
}

func TestRecordingAnswersWhateverTheSpacesOfItsArgs(t *testing.T) {
	r, err := ReadRecording(strings.NewReader(`{"call":"services","args":[ "a" , "b" ],"answer":[{"name":"a","state":4}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Services.Do(t.Context(), r, []string{"a", "b"}); err != nil || s[0].State != 4 {
		t.Error(s, err)
	}
}

// A recording of a foreign PC may hold anything: reading and answering neither panics nor
// answers without an error what is no answer.
func FuzzReadRecording(f *testing.F) {
	f.Add([]byte(`{"call":"power","args":{},"answer":{"line":1}}`))
	f.Add([]byte(`{"call":"power","args":{},"error":{"code":5}}` + "\n" + `{"call":"power","args":{},"unsupported":true}`))
	f.Add([]byte(`{"call":"power","args":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ReadRecording(bytes.NewReader(b))
		if err != nil {
			return
		}
		for range 3 {
			_, _ = Power.Do(t.Context(), r, None{})
			_, _ = Services.Do(t.Context(), r, nil)
		}
	})
}
