package wine

import (
	"os"
	"testing"
	"time"

	"updoc/model"
	"updoc/testkit"
	"updoc/testkit/standin"
)

// DISM by the real program, in the place of Windows' own a stand-in: what it says is not
// believed, where it fails or lacks that is said, and the next step is not taken then.
func TestToolsThatMisbehave(t *testing.T) {
	t.Parallel()
	p, exe := windowsWith(t, windows10(3), byStore), program(t)
	at := time.Now().Add(-47 * time.Hour).UTC().Format(time.DateTime)
	line := at + ", Info                  CBS    "
	put(t, p, `C:\windows\Logs\CBS\CBS.log`, []byte(line+"Checking System Update Readiness.\r\n"+
		line+"(p)\tCSI Payload Corrupt\t(n)\t\tamd64_one_31bf_10.0.1_none_1\\a.dll\r\n"+
		line+"Total Detected Corruption:\t1\r\n"+line+"Total Repaired Corruption:\t0\r\n"+line+"Total Operation Time: 3 seconds.\r\n"))
	fix := func() testkit.Result {
		return p.Run(t, exe, "fix", "--yes", "--accept", "windows-clean", "--accept", "R3", "--accept", "work-saved", "--no-restart", "--only", "repair-component-store", "--format", "json")
	}
	p.StandIn(t, "sfc", standin.Rule{})
	t.Logf("%s", p.Run(t, exe, "plan").Out)
	for _, c := range []struct {
		name    string
		rule    standin.Rule
		verdict string
		sfc     int // how often it has been run so far
	}{
		{"fails", standin.Rule{Code: 1726}, model.StepFailed, 0},
		{"says success and does nothing", standin.Rule{Out: []byte("The restore operation completed successfully.")}, model.StepFailed, 1},
	} {
		p.StandIn(t, "dism", c.rule)
		r := fix()
		if got := verdictOf(t, r, "repair-component-store"); got != c.verdict || r.Code != 1 {
			t.Errorf("DISM that %s: exit code %d, %s\n%s%s", c.name, r.Code, got, r.Out, r.Err)
		}
		if n := len(p.Calls(t, "sfc")); n != c.sfc {
			t.Errorf("DISM that %s: sfc was run %d times", c.name, n)
		}
	}
	if err := os.Remove(p.Path(`C:\windows\system32\dism.exe`)); err != nil {
		t.Fatal(err)
	}
	r := fix()
	if got := verdictOf(t, r, "repair-component-store"); got != model.StepRefused || r.Code != 6 {
		t.Errorf("no DISM: exit code %d, %s\n%s%s", r.Code, got, r.Out, r.Err)
	}
}
