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

// A real log of Microsoft Defender (1151, hourly and all well): versions stand where
// they are expected, and of hundreds only the newest stay. The other real log speaks of
// malware only, which no collector wants.
func TestRealDefenderLogs(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.put(eventFolder+defenderLog+".evtx", testkit.SampleBytes(t, "evtx/evtx2mitre__ID1151-Defender-health-status.evtx"))
	d := newDesk(t.Context(), src, Options{Now: time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)})
	d.defenderEvents()
	events := d.m.Defender.Events.Items
	if len(events) != healthyLimit {
		t.Fatalf("%d events", len(events))
	}
	for _, e := range events {
		if e.Kind != "healthy" || versionText(e.Platform) == "" || versionText(e.Engine) == "" || versionText(e.Intelligence) == "" || e.Code != "" {
			t.Errorf("%+v", e)
		}
	}
	if last := events[len(events)-1]; last.Time.Format(time.DateOnly) != "2020-12-11" {
		t.Errorf("the last is of %v", last.Time)
	}
	src.put(eventFolder+defenderLog+".evtx", testkit.SampleBytes(t, "evtx/attacksamples__WinDefender_1116_1117.evtx"))
	d = newDesk(t.Context(), src, Options{Now: now})
	if d.defenderEvents(); len(d.m.Defender.Events.Items) != 0 {
		t.Errorf("%+v", d.m.Defender.Events.Items)
	}
}

// A real log of definitions that all went in gives runs, none of which failed.
func TestRealStubLogs(t *testing.T) {
	for _, name := range []string{"jazmyne__MpSigStub_delta_ok.log", "jmarrujo__MpSigStub_platform_update.log"} {
		src := newFake(softwareKeys(), systemKeys())
		src.put(stubLogs[0], testkit.SampleBytes(t, "log/defender/"+name))
		d := newDesk(t.Context(), src, Options{Now: now})
		d.defenderRuns()
		runs := d.m.Defender.Runs
		if len(runs.Items) < 7 || runs.Coverage.From.IsZero() {
			t.Errorf("%s: %d runs, %+v", name, len(runs.Items), runs.Coverage)
		}
		for _, r := range runs.Items {
			if r.Failed || r.Code != "" || r.Need != "" || r.Package == "" {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
}

// A real SYSTEM hive of Windows 10: the driver of Defender at its altitude, and what
// its service starts.
func TestRealFilters(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	for _, suffix := range []string{"", ".LOG1", ".LOG2"} {
		src.put(systemPath+suffix, testkit.SampleBytes(t, "hive/regipy__SYSTEM_B"+suffix))
	}
	d := newDesk(t.Context(), src, Options{Now: now})
	filters(d)
	d.defenderService()
	heights := map[string]float64{}
	for _, f := range d.m.Filters.Items {
		heights[f.Name] = f.Altitude
	}
	if heights["wdfilter"] != 328010 || heights["luafv"] != 135000 || len(heights) < 20 || len(heights) > 120 {
		t.Errorf("filters %v", heights)
	}
	want(t, "service", d.m.Defender.Service, true)
	want(t, "platform", d.m.Defender.Platform, "4.12.17007.18022")
}
