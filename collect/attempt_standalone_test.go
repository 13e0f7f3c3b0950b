package collect

import (
	"fmt"
	"testing"
	"time"

	"updoc/format/evtx"
	"updoc/format/reportingevents"
	"updoc/model"
)

const msuCommand = `"C:\Windows\system32\wusa.exe" "C:\kb4444444\windows10.0-kb5035845-x64_0123456789abcdef.msu" `

// wusaEvent is an event of the stand-alone installer; code counts for id 3 only.
func wusaEvent(id uint32, when time.Time, title, command string, code uint32) evtx.Event {
	data := []evtx.Item{text("UpdateTitle", title)}
	if id == 3 {
		data = append(data, evtx.Item{Name: "ErrorCode", Type: evtx.TypeUint32, Value: fmt.Sprint(code)}, text("ErrorString", ""))
	}
	e := ev(standalone, id, when, append(data, text("CommandLine", command))...)
	e.Channel = "Setup"
	return e
}

func TestStandaloneAlone(t *testing.T) {
	for _, c := range []struct {
		name             string
		id               uint32
		title, command   string
		code             uint32
		kb, outcome, hex string
	}{
		{"already there", 3, "", msuCommand, 0x00240006, "KB5035845", model.AttemptFailed, "0x00240006"},
		{"not applicable", 3, "", msuCommand, 2149842967, "KB5035845", model.AttemptFailed, "0x80240017"},
		{"title first", 3, `"Security Update for Windows (KB5004298)"`, msuCommand, 0x800f0922, "KB5004298", model.AttemptFailed, "0x800f0922"},
		{"plain Windows error", 3, "", msuCommand, 5, "KB5035845", model.AttemptFailed, "0x80070005"},
		{"called off", 3, "", msuCommand, 0x800704c7, "KB5035845", model.AttemptCancelled, "0x800704c7"},
		{"3010", 3, "", msuCommand, 3010, "KB5035845", model.AttemptPending, "0x00240005"},
		{"installed", 2, "", msuCommand, 0, "KB5035845", model.AttemptInstalled, ""},
		{"restart", 4, "", msuCommand, 0, "KB5035845", model.AttemptPending, ""},
	} {
		for _, log := range []string{setupLog, applicationLog} {
			src := newFake(softwareKeys(), systemKeys())
			src.putLog(t, log, wusaEvent(c.id, at("03:00:00"), c.title, c.command, c.code))
			a := look(t, src).Attempts.Items
			if len(a) != 1 || a[0].KB != c.kb || a[0].Outcome != c.outcome || a[0].Code != c.hex || a[0].Stage != model.StageInstall {
				t.Errorf("%s, %s: %+v", c.name, log, a)
			}
		}
	}
}

// A file that is no update and a removal are no attempts.
func TestStandaloneIsNoAttempt(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.putLog(t, setupLog, wusaEvent(3, at("03:00:00"), "", `wusa.exe C:\kb4444444\setup.exe`, 0x8007000d),
		wusaEvent(8, at("03:10:00"), "", `wusa.exe /uninstall /kb:5035845`, 0x80240017))
	if a := look(t, src).Attempts.Items; len(a) != 0 {
		t.Errorf("%+v", a)
	}
}

// What Windows Update, Servicing, CBS and the installer say of the same minutes is one
// attempt.
func TestStandaloneJoined(t *testing.T) {
	command := `wusa.exe C:\x\windows10.0-kb5034441-x64.msu /quiet`
	events, lines := winreAttempt(at("03:00:00"))
	src := withSystem(t, events...)
	src.putReporting(lines...)
	src.putLog(t, setupLog, servicingEvent(1, at("03:00:30"), "KB5034441", 0), servicingEvent(3, at("03:01:31"), "KB5034441", 0x800f0828),
		wusaEvent(3, at("03:01:40"), "", command, 0x8024200b))
	src.put(cbsPath, []byte(cbsLines))
	if a := look(t, src).Attempts.Items; len(a) != 1 || a[0].Code != "0x80070643" || a[0].InnerCode != "0x800f0828" || len(a[0].Records) != 12 {
		t.Errorf("with Windows Update: %+v", a)
	}
	src = newFake(softwareKeys(), systemKeys())
	src.putLog(t, setupLog, servicingEvent(1, at("03:00:30"), "KB5034441", 0), servicingEvent(3, at("03:01:31"), "KB5034441", 0x800f0828),
		wusaEvent(3, at("03:01:40"), "", command, 0x80070643))
	src.put(cbsPath, []byte(cbsLines))
	if a := look(t, src).Attempts.Items; len(a) != 1 || a[0].Code != "0x80070643" || a[0].InnerCode != "0x800f0828" {
		t.Errorf("with Servicing and CBS: %+v", a)
	}
}

// "Already installed" minutes after a success is another try; the success stays one.
func TestStandaloneAfterSuccess(t *testing.T) {
	const title, id = "2024-03 Cumulative Update for Windows 10 (KB5035845)", "5f4f7e5b-0000-4000-8000-000000001234"
	for _, end := range []reportingevents.Event{
		line(at("03:20:00"), 183, reportingevents.InstallingSucceeded, title, id, 0),
		line(at("03:20:00"), 201, reportingevents.InstallingPending, title, id, 0x00240005),
	} {
		src := newFake(softwareKeys(), systemKeys())
		src.putReporting(line(at("03:00:00"), 181, reportingevents.InstallingStarted, title, id, 0), end)
		src.putLog(t, setupLog, wusaEvent(3, at("03:22:00"), "", msuCommand, 0x00240006), wusaEvent(3, at("03:40:00"), "", msuCommand, 0x00240006))
		a := look(t, src).Attempts.Items
		if len(a) != 3 || a[0].Outcome == model.AttemptFailed || a[1].Outcome != model.AttemptFailed || a[2].Code != "0x00240006" {
			t.Errorf("%s: %+v", end.Name, a)
		}
	}
}
