package cases_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"updoc/casekit"
	"updoc/model"
	"updoc/testkit"
)

// realLogs are artefacts of real PCs and the place they come from. Each is put into the
// folder of an otherwise healthy PC of its time, whose own file it replaces, and alone
// into an empty folder.
var realLogs = []struct{ sample, place, os, now string }{
	{"log/cbs/hofcake__CBS.log", cbsPlace, windows81, "2015-02-23 22:30"},
	{"log/cbs/howardzhy__CBS.log", cbsPlace, windows10, "2022-06-19 01:30"},
	{"log/cbs/loghub__Windows_2k.log", cbsPlace, windows7, "2016-09-29 03:00"},
	{"log/cbs/romi1996__CBS.log", cbsPlace, windows10, "2019-07-29 23:30"},
	{"log/cbs/roplatforms__pending_0x80070bc9.log", cbsPlace, windows7, "2011-04-20 12:00"},
	{"log/cbs/solstice__CBS_19041_clean.log", cbsPlace, windows10, "2023-03-30 12:00"},
	{"log/cbs/winmedic__CBS_container_installer_rolled_back_excerpt.log", cbsPlace, windows25, "2026-10-08 21:30"},
	{"log/cbs/wsl1580__0x800f0831.log", cbsPlace, windows10, "2017-01-20 12:00"},
	{"log/cbs/wsl2582__reparse_c0000280.log", cbsPlace, windows10, "2017-12-20 12:00"},
	{"log/windowsupdate/debajyati__WindowsUpdate_healthy.log", agentPlace, windows11, "2024-04-20 12:00"},
	{"log/windowsupdate/raja__WindowsUpdate.log", agentPlace, windows10, "2020-11-19 16:30"},
	{"log/windowsupdate/rkudache__WindowsUpdate_win7_AU_disabled.log", agentPlace, windows7, "2022-04-20 12:00"},
	{"log/windowsupdate/leapps__ReportingEvents_3lines.log", reportPlace, windows10, "2017-12-20 12:00"},
	{"log/windowsupdate/legacyupdate115__report_event_80070643.log", agentPlace, windows7, "2022-12-20 12:00"},
	{"log/defender/jazmyne__MpSigStub_delta_ok.log", stubPlace, windows11, "2024-04-05 12:00"},
	{"log/defender/jmarrujo__MpSigStub_platform_update.log", stubPlace, windows11, "2024-03-20 12:00"},
	{"log/msi/elastic431__1603_tail.log", msiPlace, windows10, "2018-05-20 12:00"},
	{"log/msi/entra_connect__1603_DetectServiceAccount.log", msiPlace, server, "2021-05-20 12:00"},
	{"log/msi/hp_one_agent_repair_success_0330.msi.log", msiPlace, windows11, "2024-03-31 12:00"},
	{"log/msi/owncloud6861__cached_package_missing.log", msiPlace, windows10, "2018-11-20 12:00"},
	{"log/msi/sergueik__msi_1603_excerpt.log", msiPlace, windows10, "2018-05-20 12:00"},
	{"log/msi/servicecontrol339__1603_tail.log", msiPlace, windows10, "2014-06-25 12:00"},
	{"log/msi/servicecontrol362__1603_tail.log", msiPlace, windows10, "2014-08-29 22:00"},
	{"log/burn/dd_vcredist_amd64_20240330191611.log", `\Windows\Temp\dd_vcredist_amd64_20240330191611.log`, windows11, "2024-03-31 12:00"},
	{"log/setup/bitbtrust__setupact.log", `\$WINDOWS.~BT\Sources\Panther\setupact.log`, windows10, "2019-03-29 02:00"},
	{"log/setup/bitbtrust__setuperr.log", `\$WINDOWS.~BT\Sources\Panther\setuperr.log`, windows10, "2019-03-29 02:00"},
	{"log/misc/plaso__setupapi.dev.log", `\Windows\INF\setupapi.dev.log`, windows10, "2016-01-20 12:00"},
	{"log/reagent/mhimken6__ReAgent_excerpt.log", `\Windows\Logs\ReAgent\ReAgent.log`, windows11, "2023-02-17 12:00"},
	{"evtx/attacksamples__WinDefender_1116_1117.evtx", defenderLog, windows10, "2020-12-20 12:00"},
	{"evtx/evtx2mitre__ID1151-Defender-health-status.evtx", defenderLog, server, "2023-12-20 12:00"},
	{"evtx/deepbluecli__many-events-application.evtx", logPlace + "Application.evtx", windows7, "2017-12-20 12:00"},
	{"evtx/omer__2-vss_7-System.evtx", logPlace + "System.evtx", windows10, "2018-12-20 12:00"},
	{"evtx/plaso__System.evtx", logPlace + "System.evtx", windows7, "2012-05-20 12:00"},
	{"hive/regipy__SYSTEM", `\Windows\System32\config\SYSTEM`, windows10, "2020-01-20 12:00"},
	{"ese/goese__qmgr.db", `\ProgramData\Microsoft\Network\Downloader\qmgr.db`, windows10, "2020-01-20 12:00"},
}

const (
	cbsPlace    = `\Windows\Logs\CBS\CBS.log`
	agentPlace  = `\Windows\WindowsUpdate.log`
	reportPlace = `\Windows\SoftwareDistribution\ReportingEvents.log`
	stubPlace   = `\Windows\Temp\MpSigStub.log`
	msiPlace    = `\Windows\Temp\MSI3f2a1.LOG`
	logPlace    = `\Windows\System32\winevt\Logs\`
	defenderLog = logPlace + `Microsoft-Windows-Windows Defender%4Operational.evtx`

	windows7  = "{product: Windows 7 Professional, edition: Professional, version: '7', build: 7601, ubr: 24000}"
	windows81 = "{product: Windows 8.1, edition: Core, version: '8.1', build: 9600, ubr: 17000}"
	windows10 = "{ubr: 2006}"
	windows11 = "{product: Windows 10 Home, version: 23H2, build: 22631, ubr: 3447}"
	windows25 = "{product: Windows 10 Home, version: 25H2, build: 26200, ubr: 9550}"
	server    = "{product: Windows Server 2022 Standard, edition: ServerStandard, version: 21H2, build: 20348, ubr: 2227, type: Server}"
)

// What is found in the real logs stands, one finding a line, in testdata/samples.txt;
// docs/accuracy.md says of each why it is right.
func TestRealLogs(t *testing.T) {
	var out bytes.Buffer
	for _, l := range realLogs {
		content := testkit.SampleBytes(t, l.sample)
		fmt.Fprintf(&out, "%s\n", l.sample)
		d := examine(t, dressed(t, l.place, l.os, l.now, content))
		tell(&out, "in a healthy PC", d)
		tell(&out, "alone", examine(t, bare(t, l.place, content)))
		tellFacts(&out, &d.Machine)
	}
	golden := filepath.Join("testdata", "samples.txt")
	if *update {
		if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want := testkit.ReadFile(t, golden)
	if !bytes.Equal(want, out.Bytes()) {
		t.Errorf("%s differs; run with -update and read the difference:\n%s", golden, out.Bytes())
	}
}

// dressed is the folder of a healthy PC with one file replaced.
func dressed(t *testing.T, place, os, now string, content []byte) string {
	t.Helper()
	text := fmt.Sprintf("about: A healthy PC around a real log\nnow: %s\nzone: UTC\nnoise: off\nos: %s\n", now, os)
	pc, err := casekit.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := pc.Folder(dir); err != nil {
		t.Fatal(err)
	}
	put(t, dir, place, content)
	return dir
}

// bare is a folder with nothing but one file.
func bare(t *testing.T, place string, content []byte) string {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, `\Windows\System32\config\unused`, nil)
	put(t, dir, place, content)
	return dir
}

func put(t *testing.T, dir, place string, content []byte) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(strings.ReplaceAll(place, `\`, "/")))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// tell writes what a diagnosis found, one finding a line.
func tell(out *bytes.Buffer, how string, d *model.Diagnosis) {
	fmt.Fprintf(out, "  %s: %s\n", how, d.Outcome)
	for _, f := range d.Failures {
		fmt.Fprintf(out, "    %s %s %s %s %s\n", f.KB, f.Outcome, f.Stage, f.Code, f.InnerCode)
		tellCauses(out, f.Causes)
	}
	tellCauses(out, d.Conditions)
}

func tellCauses(out *bytes.Buffer, causes []model.Cause) {
	for _, c := range causes {
		if c.Verdict == model.VerdictRuledOut || len(c.For) == 0 {
			continue
		}
		var why []string
		for _, f := range c.For {
			_, id, _ := strings.Cut(f.ID, "/")
			why = append(why, fmt.Sprintf("%s (%s %d%d)", id, f.Origin.Artifact, f.Origin.Line, f.Origin.Record))
		}
		fmt.Fprintf(out, "      %s %s: %s\n", c.ID, c.Verdict, strings.Join(why, ", "))
	}
}

// tellFacts writes what was read, counted by kind.
func tellFacts(out *bytes.Buffer, m *model.Machine) {
	counts := map[string]int{}
	for name, notes := range map[string][]model.Note{"cbs": m.CBS.Notes.Items, "agent": m.Agent.Log.Items, "drivers": m.DriverLog.Items,
		"setup": m.Setup.Log.Items, "defender": m.Defender.Log.Items, "transfers": m.Agent.Transfers.Items, "services": m.Agent.Services.Items} {
		for _, n := range notes {
			counts[name+" "+n.Kind]++
		}
	}
	for _, e := range m.Defender.Events.Items {
		counts["defender event "+e.Kind]++
	}
	for _, r := range m.Defender.Runs.Items {
		counts[fmt.Sprintf("defender run, failed %t %s", r.Failed, r.Code)]++
	}
	for _, e := range m.Installer.Events.Items {
		counts[fmt.Sprintf("installer event %s %d", e.Kind, e.Status)]++
	}
	for _, l := range m.Installer.Logs.Items {
		counts[fmt.Sprintf("installer log %s, failed %t, result %d, inner %d %s, action %q", l.Kind, l.Failed, l.Result, l.Inner, l.Code, l.Action)]++
	}
	for _, e := range m.DiskLog.Items {
		counts["disk event "+e.Kind]++
	}
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(out, "    read: %s ×%d\n", k, counts[k])
	}
}
