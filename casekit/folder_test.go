package casekit

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"updoc/format/evtx"
	"updoc/format/regf"
)

func TestFolderIsTheSameEachTime(t *testing.T) {
	a, b := folder(t, load(t, "winre-too-small-after-os")), folder(t, load(t, "winre-too-small-after-os"))
	n := 0
	err := filepath.WalkDir(a, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		rel, _ := filepath.Rel(a, path)
		if !bytes.Equal(read(t, path), read(t, b, rel)) {
			t.Errorf("%s differs", rel)
		}
		return nil
	})
	if err != nil || n < 30 {
		t.Errorf("%d files, error %v", n, err)
	}
}

func TestTextLogsTellTheStory(t *testing.T) {
	dir := folder(t, load(t, "winre-too-small-after-os"))
	report := string(bytes.ReplaceAll(read(t, dir, "Windows/SoftwareDistribution/ReportingEvents.log"), []byte{0}, nil))
	if n := strings.Count(report, "182 [AGENT_INSTALLING_FAILED]"); n != 7 { // six of the KB, one Store app
		t.Errorf("ReportingEvents.log: %d failed installations, want 7", n)
	}
	cbs := string(read(t, dir, "Windows/Logs/CBS/CBS.log"))
	if n := strings.Count(cbs, "finalized. Reboot required: no [HRESULT = 0x800f0828"); n != 6 {
		t.Errorf("CBS.log: %d sessions failed for lack of room, want 6", n)
	}
}

// events counts the events of a log by provider and id.
func events(t *testing.T, path string) map[string]int {
	t.Helper()
	b := read(t, path)
	log, err := evtx.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	err = log.Records(context.Background(), nil, func(r *evtx.Record) error {
		count[fmt.Sprintf("%s %d", r.Provider, r.EventID)]++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}

func TestEventLogsTellTheStory(t *testing.T) {
	logs := filepath.Join(folder(t, load(t, "winre-too-small-after-os")), "Windows/System32/winevt/Logs")
	system, setup := events(t, filepath.Join(logs, "System.evtx")), events(t, filepath.Join(logs, "Setup.evtx"))
	for name, want := range map[string]int{
		"Microsoft-Windows-WindowsUpdateClient 20": 7, "Microsoft-Windows-WinREAgent 4502": 6, "Microsoft-Windows-WinREAgent 4501": 0,
	} {
		if system[name] != want {
			t.Errorf("System: %d of %s, want %d", system[name], name, want)
		}
	}
	if starts := system["Microsoft-Windows-Kernel-General 12"]; starts < 10 || starts != system["EventLog 6005"] {
		t.Errorf("System: %d starts, %d of the event log", starts, system["EventLog 6005"])
	}
	if setup["Microsoft-Windows-Servicing 2"] != 3 || setup["Microsoft-Windows-Servicing 4"] != 3 {
		t.Errorf("Setup: %v, want three cumulative updates that went in after a restart", setup)
	}
}

const registryCase = `
about: what the text says about the registry
now: 2024-03-01 10:00
services: {wuauserv: disabled, bits: deleted}
policies: {WUServer: "http://wsus.example:8530", 'AU\UseWUServer': "1"}
pending: {cbs-reboot: 2024-02-28 09:00, sessions: [{id: 31089520_1, complete: no}], renames: ['C:\a -> C:\b']}
packages: [{name: Package_for_KB5000001~31bf3856ad364e35~amd64~~10.0.1.0, state: superseded}]
winre: {registry: none, patched: yes}
registry:
- {key: 'HKLM\SOFTWARE\Example', name: Now, text: flushed}
- {key: 'HKLM\SOFTWARE\Example', name: Later, number: 7, unflushed: yes}
- {key: 'HKLM\SYSTEM\CurrentControlSet\Control\Bfsvc', name: EspPaddingPercent, number: 0}
`

func hive(t *testing.T, dir, name string, logs bool) *regf.Hive {
	t.Helper()
	open := func(ext string) *bytes.Reader {
		return bytes.NewReader(read(t, dir, "Windows/System32/config/"+name+ext))
	}
	r, l1, l2 := open(""), open(".LOG1"), open(".LOG2")
	var list []regf.Log
	if logs {
		list = []regf.Log{{Name: "LOG1", R: l1, Size: l1.Size()}, {Name: "LOG2", R: l2, Size: l2.Size()}}
	}
	h, err := regf.Open(r, r.Size(), list...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// number returns a DWORD, -1 if it is not there.
func number(h *regf.Hive, key, value string) int64 {
	k, err := h.Key(key)
	if err != nil {
		return -1
	}
	v, err := k.Value(value)
	if err != nil {
		return -1
	}
	n, err := v.Uint()
	if err != nil {
		return -1
	}
	return int64(n)
}

func TestRegistrySaysWhatTheTextSays(t *testing.T) {
	dir := folder(t, parse(t, registryCase))
	software, system := hive(t, dir, "SOFTWARE", true), hive(t, dir, "SYSTEM", true)
	const cbs = `Microsoft\Windows\CurrentVersion\Component Based Servicing\`
	for _, c := range []struct {
		h          *regf.Hive
		key, value string
		want       int64
	}{
		{system, `ControlSet001\Services\wuauserv`, "Start", 4},
		{system, `ControlSet001\Services\BITS`, "Start", -1},
		{system, `ControlSet001\Services\CryptSvc`, "Start", 2},
		{system, `ControlSet001\Control\Bfsvc`, "EspPaddingPercent", 0},
		{software, `Policies\Microsoft\Windows\WindowsUpdate\AU`, "UseWUServer", 1},
		{software, cbs + `Packages\Package_for_KB5000001~31bf3856ad364e35~amd64~~10.0.1.0`, "CurrentState", 0x50},
		{software, cbs + `SessionsPending\31089520_1`, "Complete", 0},
		{software, `Microsoft\PushButtonReset`, "WinREPathScriptSucceed", 1},
		{software, `Microsoft\Windows NT\CurrentVersion`, "UBR", 3803},
		{software, "Example", "Later", 7},
		{hive(t, dir, "SOFTWARE", false), "Example", "Later", -1},
	} {
		if got := number(c.h, c.key, c.value); got != c.want {
			t.Errorf(`%s\%s = %d, want %d`, c.key, c.value, got, c.want)
		}
	}
	if _, err := software.Key(cbs + "RebootPending"); err != nil {
		t.Errorf("RebootPending: %v", err)
	}
}

func TestForeignToolsAcceptHivesAndLogs(t *testing.T) {
	dir := folder(t, load(t, "pending-reboot"))
	tool(t, "hivexml", "regfexport", "evtxexport")
	for _, name := range []string{"SOFTWARE", "SYSTEM", "COMPONENTS"} {
		path := filepath.Join(dir, "Windows/System32/config", name)
		if out := say(t, "hivexml", path); !strings.Contains(out, "<node") {
			t.Errorf("hivexml %s: %.200s", name, out)
		}
		if out := say(t, "regfexport", path); strings.Contains(out, "orruption") {
			t.Errorf("regfexport %s: %.400s", name, out)
		}
	}
	logs, _ := filepath.Glob(filepath.Join(dir, "Windows/System32/winevt/Logs/*.evtx"))
	if len(logs) != 5 {
		t.Fatalf("%d event logs", len(logs))
	}
	for _, path := range logs {
		ours, theirs := 0, len(regexp.MustCompile(`(?m)^<Event `).FindAllString(say(t, "evtxexport", "-f", "xml", path), -1))
		for _, n := range events(t, path) {
			ours += n
		}
		if ours != theirs {
			t.Errorf("%s: %d events, evtxexport finds %d", filepath.Base(path), ours, theirs)
		}
	}
}

func TestLogsLoseWhatTheTextTakes(t *testing.T) {
	const text = "about: x\nnow: 2024-03-01 10:00\nupdates:\n- {kb: KB5034441, at: [2024-02-01 10:00, 2024-02-20 10:00], code: 0x80070643, without: [reporting]}\n"
	pc := parse(t, text+"logs: {System: {from: 2024-02-10 00:00}, Setup: {missing: yes}, Application: {damaged: yes}}\n")
	dir := folder(t, pc)
	logs := filepath.Join(dir, "Windows/System32/winevt/Logs")
	if n := events(t, filepath.Join(logs, "System.evtx"))["Microsoft-Windows-WindowsUpdateClient 43"]; n == 0 {
		t.Error("System: nothing is left")
	}
	if _, err := os.Stat(filepath.Join(logs, "Setup.evtx")); err == nil {
		t.Error("Setup.evtx is there")
	}
	if report := read(t, dir, "Windows/SoftwareDistribution/ReportingEvents.log"); bytes.Contains(report, []byte("3\x004\x004\x004\x001\x00")) {
		t.Error("ReportingEvents.log knows the update")
	}
	if whole := events(t, filepath.Join(folder(t, parse(t, text)), "Windows/System32/winevt/Logs/System.evtx")); whole["Microsoft-Windows-WindowsUpdateClient 20"] != 3 {
		t.Errorf("whole System log: %v", whole)
	}
}
