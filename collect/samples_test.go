package collect

import (
	"testing"
	"time"

	"updoc/model"
	"updoc/testkit"
)

// A real SYSTEM hive of Windows 7 or later: zone with daylight saving, services.
func TestRealSystemHive(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.put(systemPath, testkit.SampleBytes(t, "hive/regipy__SYSTEM"))
	d := newDesk(t.Context(), src, Options{Now: now})
	for _, c := range collectors()[:4] {
		d.run(c)
	}
	want(t, "zone", d.m.Clock.Zone, "Eastern Standard Time")
	want(t, "bias", d.m.Clock.BiasMinutes, 300)
	for local, utc := range map[string]string{"2012-01-10 12:00": "17:00", "2012-07-10 12:00": "16:00"} {
		l, _ := time.Parse("2006-01-02 15:04", local)
		if got := d.zone.utc(l).Format("15:04"); got != utc {
			t.Errorf("%s is %s UTC, want %s", local, got, utc)
		}
	}
	starts := map[string]int64{}
	for _, s := range d.m.Services.Items {
		if s.Start.Known {
			starts[s.Name] = s.Start.Value
		}
	}
	if starts["rpcss"] != 2 || starts["msiserver"] != 3 || starts["eventlog"] != 2 {
		t.Errorf("start types: %v", starts)
	}
}

// A real System log (figures by evtxexport): events 12 and 6005 of seven starts, two of
// which began with a clock two hours ahead; the last by order is not the last by time.
func TestRealSystemLog(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.put(eventFolder+"System.evtx", testkit.SampleBytes(t, "evtx/plaso__System.evtx"))
	m := look(t, src)
	if m.Boot.Boots.Coverage.Reason().Reason != model.ReasonOutOfRange {
		t.Errorf("coverage: %+v", m.Boot.Boots.Coverage)
	}
	if n := len(m.Boot.Boots.Items); n != 9 {
		t.Errorf("%d starts: %+v", n, m.Boot.Boots.Items)
	}
	want(t, "last start", m.Boot.LastBoot, time.Date(2015, 8, 25, 13, 41, 19, 0, time.UTC))
}

// Excerpts of real text logs and a real ReAgent.xml.
func TestRealTextLogs(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.put(cbsPath, testkit.SampleBytes(t, "log/cbs/wsl1580__0x800f0831.log"))
	src.put(reagentLogPath, testkit.SampleBytes(t, "log/reagent/mhimken6__ReAgent_excerpt.log"))
	src.put(reagentPath, testkit.SampleBytes(t, "xml/ReAgent_win11_25h2_enabled__winmedic.xml"))
	m := look(t, src)
	if n := m.CBS.Notes.Items; len(n) != 1 || n[0].Kind != "package-missing" || n[0].Code != "0x800f0831" {
		t.Errorf("notes: %+v", n)
	}
	want(t, "path", m.WinRE.Config.Path, `\Recovery\WindowsRE`)
	want(t, "offset", m.WinRE.Config.Offset, 1799445544960)
}
