package collect

import (
	"testing"

	"updoc/model"
)

const setupLines = "2024-01-10 19:00:00, Info                  MOUPG  SetupHost: Reporting error event -> [0x80070490, 0xC1900101]\r\n" +
	"2024-01-10 19:00:01, Error                 MOUPG  Setup360: execution ended in state [5], phase = 2 [0x80070490]\r\n" +
	"2024-01-10 19:00:02, Info                  IBS    nothing went wrong here\r\n" +
	"2024-01-10 19:00:03, Info                  IBS    a code by the way 0x80070002\r\n" +
	"2024-01-10 19:00:04, Error                 MIG    reading a file failed [0x8007045d]\r\n" +
	"2024-01-10 19:00:05, Error                 IBS    some error 0x80004005\r\n"

func TestSetupLog(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.put("$WINDOWS.~BT/Sources/Panther/setupact.log", []byte(setupLines))
	m := look(t, src)
	items := m.Setup.Log.Items
	if len(items) != 4 || !m.Setup.Log.Coverage.Complete {
		t.Fatalf("%+v", m.Setup.Log)
	}
	for i, want := range []struct{ kind, code, have string }{
		{"setup-failed", "0x80070490", ""}, {"setup-failed", "0x80070490", "state 5, phase 2"},
		{"read-error", "0x8007045d", ""}, {"error", "0x80004005", ""},
	} {
		if n := items[i]; n.Kind != want.kind || n.Code != want.code || n.Have != want.have || n.Origin.Line == 0 {
			t.Errorf("%d: %+v, want %+v", i, n, want)
		}
	}
	if !items[0].Time.Equal(at("10:00:00")) {
		t.Errorf("%s", items[0].Time)
	}
	want(t, "SetupConfig.ini", m.Setup.Config, "")
	want(t, "malformed", m.Setup.Malformed, false)
}

// A log that is there and cannot be read leaves open what it said.
func TestSetupLogDamaged(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.put("Windows/Panther/setuperr.log", []byte("garbage\r\n"))
	if c := look(t, src).Setup.Log.Coverage; c.Complete || c.Why == nil || c.Why.Reason != model.ReasonDamaged {
		t.Errorf("%+v", c)
	}
	if c := look(t, newFake(softwareKeys(), systemKeys())).Setup.Log.Coverage; !c.Complete {
		t.Errorf("no log at all: %+v", c)
	}
}

func TestSetupConfig(t *testing.T) {
	for content, malformed := range map[string]bool{"[SetupConfig]\r\nNoReboot\r\n": false, "[SetupConfig]\r\n/NoReboot\r\n": true} {
		src := newFake(softwareKeys(), systemKeys())
		src.put(setupConfigPath, []byte(content))
		m := look(t, src)
		want(t, content, m.Setup.Malformed, malformed)
		if m.Setup.Config.Value != windowsPath(setupConfigPath) || malformed && m.Setup.Malformed.Origin.Line != 2 {
			t.Errorf("%+v", m.Setup)
		}
	}
	src := newFake(softwareKeys(), systemKeys())
	src.put(setupConfigPath, failing)
	wantUnseen(t, "unreadable", look(t, src).Setup.Malformed, model.ReasonDamaged)
}

// In a copy of a few folders the absence of a log, or of SetupConfig.ini, says nothing.
func TestSetupOfAFolder(t *testing.T) {
	m := look(t, newFake(softwareKeys(), systemKeys()).folder())
	if c := m.Setup.Log.Coverage; c.Complete || c.Why == nil {
		t.Errorf("%+v", c)
	}
	wantUnseen(t, "SetupConfig.ini", m.Setup.Malformed, model.ReasonAbsent)
	wantUnseen(t, "its path", m.Setup.Config, model.ReasonAbsent)
}
