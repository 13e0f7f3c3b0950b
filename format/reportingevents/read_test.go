package reportingevents

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"updoc/format/textlog"
	"updoc/testkit"
)

func readAll(t testing.TB, data []byte) ([]Event, Stats) {
	t.Helper()
	var events []Event
	st, err := Read(context.Background(), bytes.NewReader(data), func(e Event) error {
		events = append(events, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return events, st
}

const (
	zero   = "{00000000-0000-0000-0000-000000000000}"
	failed = "{2C3C39FA-FC0F-4F44-9049-D2AA53B27FFB}\t2024-01-10 04:05:06:789+0900\t1\t182 [AGENT_INSTALLING_FAILED]\t101\t{BFC8A103-FD5F-4458-9935-231D9F79E2C1}\t203\t80070643\tMoUpdateOrchestrator\tFailure\tContent Install\tInstallation Failure: Windows failed to install the following update with error 0x80070643: 2024-01 Security Update for Windows 10 Version 22H2 (KB5034441).\taS8pKHUwl0i6mrKJ.1.2.3.0"
)

func TestOneEvent(t *testing.T) {
	events, st := readAll(t, []byte("\n"+failed+"\r\n"))
	if len(events) != 1 || st.Events != 1 || st.Lines != 2 || st.Damaged != 0 || st.Encoding != textlog.UTF8 {
		t.Fatalf("%+v %+v", events, st)
	}
	want := Event{
		Line: 2, Offset: 1, GUID: "{2c3c39fa-fc0f-4f44-9049-d2aa53b27ffb}",
		Time: time.Date(2024, 1, 9, 19, 5, 6, 789e6, time.UTC), Zone: 9 * 3600,
		ID: 182, Name: InstallingFailed, Category: 101,
		UpdateID: "{bfc8a103-fd5f-4458-9935-231d9f79e2c1}", Revision: 203, HRESULT: 0x80070643,
		Client: "MoUpdateOrchestrator", Status: "Failure", Content: "Content Install",
		Message: "Installation Failure: Windows failed to install the following update with error 0x80070643: 2024-01 Security Update for Windows 10 Version 22H2 (KB5034441).",
		Title:   "2024-01 Security Update for Windows 10 Version 22H2 (KB5034441)", KB: "KB5034441",
		Tracking: "aS8pKHUwl0i6mrKJ.1.2.3.0",
	}
	if events[0] != want {
		t.Errorf("%+v\nwant\n%+v", events[0], want)
	}
	if !st.First.Equal(want.Time) || !st.Last.Equal(want.Time) {
		t.Errorf("from %v to %v", st.First, st.Last)
	}
}

func TestFormsOfTheName(t *testing.T) {
	for form, name := range map[string]string{"182 [X]": "X", "182\t[X]": "X", "182": "", " 182  [X] ": "X"} {
		line := strings.Replace(failed, "182 [AGENT_INSTALLING_FAILED]", form, 1)
		events, st := readAll(t, []byte(line))
		if len(events) != 1 {
			t.Errorf("%q: %+v", form, st)
			continue
		}
		if e := events[0]; e.ID != 182 || e.Name != name || e.Category != 101 || e.KB != "KB5034441" {
			t.Errorf("%q: %+v", form, e)
		}
	}
}

func TestTwelveFieldsAndTabsInMessage(t *testing.T) {
	old := failed[:strings.LastIndexByte(failed, '\t')]
	events, _ := readAll(t, []byte(old))
	if len(events) != 1 || events[0].Tracking != "" || events[0].KB != "KB5034441" {
		t.Fatalf("%+v", events)
	}
	events, _ = readAll(t, []byte(strings.Replace(failed, "2024-01 Security", "2024-01\tSecurity", 1)))
	if len(events) != 1 || events[0].Tracking == "" || !strings.Contains(events[0].Message, "2024-01\tSecurity") {
		t.Fatalf("%+v", events)
	}
}

func TestTitleInJapanese(t *testing.T) {
	line := strings.Replace(failed, "Installation Failure: Windows failed to install the following update with error 0x80070643: ", "インストールの失敗: エラー 0x80070643 で次の更新プログラムのインストールに失敗しました: ", 1)
	events, _ := readAll(t, []byte(line))
	if len(events) != 1 || events[0].Title != "2024-01 Security Update for Windows 10 Version 22H2 (KB5034441)" {
		t.Fatalf("%+v", events)
	}
}

func TestDamagedLinesAreCounted(t *testing.T) {
	damaged := []string{
		"no event at all",
		failed[:150],
		strings.Replace(failed, "+0900", "0900", 1),
		strings.Replace(failed, "2024-01-10", "2024-13-10", 1),
		strings.Replace(failed, "80070643\t", "8007064X\t", 1),
		strings.Replace(failed, "\t182 [", "\tABC [", 1),
	}
	events, st := readAll(t, []byte(strings.Join(damaged, "\r\n")+"\r\n"+failed+"\r\n"))
	if len(events) != 1 || st.Damaged != int64(len(damaged)) || len(st.DamagedLines) != len(damaged) || events[0].Line != int64(len(damaged)+1) {
		t.Errorf("%d events, %+v", len(events), st)
	}
}

func TestErrorsEndTheReading(t *testing.T) {
	stop := errors.New("enough")
	if _, err := Read(context.Background(), strings.NewReader(failed), func(Event) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("callback: %v", err)
	}
	broken := io.MultiReader(strings.NewReader(failed+"\n"), iotest.ErrReader(stop))
	n := 0
	st, err := Read(context.Background(), broken, func(Event) error { n++; return nil })
	if !errors.Is(err, stop) || n != 1 || st.Events != 1 {
		t.Errorf("disk: %v after %d events", err, n)
	}
}

func TestStoreApps(t *testing.T) {
	for title, want := range map[string]bool{"9WZDNCRFJBD8-Microsoft.XboxApp": true, "2024-01 Security Update": false, "9 lives - a story": false} {
		if got := (&Event{Title: title}).IsStoreApp(); got != want {
			t.Errorf("%q: %v", title, got)
		}
	}
}

func TestRealLines(t *testing.T) {
	events, st := readAll(t, testkit.SampleBytes(t, "log/windowsupdate/leapps__ReportingEvents_3lines.log"))
	if len(events) != 3 || st.Lines != 3 || st.Damaged != 0 || st.Encoding != textlog.UTF16LE || st.Bytes != 1922 {
		t.Fatalf("%+v %+v", events, st)
	}
	a, b, c := events[0], events[1], events[2]
	if a.Name != InstallingSucceeded || a.KB != "KB2267602" || !a.Success || a.Zone != -5*3600 || a.Tracking == "" {
		t.Errorf("%+v", a)
	}
	if b.Name != InstallingFailed || b.HRESULT != 0x80242015 || b.KB != "KB4051033" || b.Title != "Cumulative Update (KB4051033)" || b.Tracking != "" {
		t.Errorf("%+v", b)
	}
	if c.Name != DetectionFinished || c.Client != "OOBE ZDP" || c.UpdateID != zero || c.KB != "" || c.Tracking != "EfCwogNQ1EeAbVQe.1.0.0.3.0" {
		t.Errorf("%+v", c)
	}
}

// TestRealVistaLine has the form with the number alone, out of the old
// WindowsUpdate.log that quotes it.
func TestRealVistaLine(t *testing.T) {
	line := testkit.SampleBytes(t, "log/windowsupdate/legacyupdate115__report_event_80070643.log")
	_, event, ok := bytes.Cut(line, []byte("REPORT EVENT: "))
	if !ok {
		t.Fatal("the sample has changed")
	}
	events, _ := readAll(t, event)
	if len(events) != 1 || events[0].ID != 182 || events[0].HRESULT != 0x80070643 || events[0].KB != "KB4014984" || events[0].Client != "Legacy Update" {
		t.Errorf("%+v", events)
	}
}
