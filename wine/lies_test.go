package wine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"updoc/format/evtx"
	"updoc/model"
	"updoc/testkit"
	"updoc/testkit/standin"
)

// byDefinitions fails because Defender's definitions do not load, as its own log says too.
var byDefinitions = failedUpdate{kb: "KB2267602", title: "Security Intelligence Update for Microsoft Defender Antivirus", code: "0x80508002"}

// defenderKeys are Defender's, with definitions of that age.
func defenderKeys(age time.Duration) string {
	var old []string
	for at, i := uint64(fileTime(time.Now().Add(-age))), 0; i < 8; i++ {
		old = append(old, fmt.Sprintf("%02x", byte(at>>(8*i))))
	}
	return `
[System\\CurrentControlSet\\Services\\WinDefend]
"ImagePath"="C:\\Program Files\\Windows Defender\\MsMpEng.exe"

[Software\\Microsoft\\Windows Defender\\Signature Updates]
"SignaturesLastUpdated"=hex:` + strings.Join(old, ",") + "\n"
}

// MpCmdRun says that the definitions are new. What is believed is what Defender says then.
func TestToolThatSaysItWorked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		age           time.Duration
		verdict, told string
	}{
		"without effect": {72 * time.Hour, model.StepFailed, "live-not-as-expected"},
		"with effect":    {time.Hour, model.StepDone, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, exe := withScheduler(t, windowsWith(t, windows10(3)+defenderKeys(c.age), byDefinitions)), program(t)
			log, err := evtx.Build([]evtx.Event{{Provider: "Microsoft-Windows-Windows Defender", EventID: 2004, Level: 2, Channel: "Microsoft-Windows-Windows Defender/Operational",
				Time: time.Now().Add(-48 * time.Hour), Data: []evtx.Item{{Name: "Error Code", Type: evtx.TypeString, Value: byDefinitions.code}}}}, evtx.Options{})
			if err != nil {
				t.Fatal(err)
			}
			put(t, p, `C:\windows\system32\winevt\Logs\Microsoft-Windows-Windows Defender%4Operational.evtx`, log)
			tool := defenderTool(t, p)
			r := p.Run(t, exe, "fix", "--yes", "--only", "defender-refresh-definitions", "--format", "json")
			if got := verdictOf(t, r, "defender-refresh-definitions"); got != c.verdict || !strings.Contains(string(r.Out), c.told) {
				t.Errorf("exit code %d, %q\n%s%s", r.Code, got, r.Out, r.Err)
			}
			if calls, err := standin.Calls(tool); err != nil || len(calls) != 2 {
				t.Error(calls, err)
			}
		})
	}
}

// defenderTool puts a stand-in that says 0 to everything in the place of MpCmdRun.
func defenderTool(t *testing.T, p *testkit.WinePrefix) string {
	t.Helper()
	from := p.StandIn(t, "mpcmdrun", standin.Rule{Out: []byte("Signature update finished.")})
	to := filepath.Join(p.Path(`C:\Program Files\Windows Defender`), "MpCmdRun.exe")
	for from, to := range map[string]string{from: to, standin.RulesOf(from): standin.RulesOf(to)} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	return to
}
