package wine

import (
	"os"
	"testing"
	"time"

	"updoc/model"
	"updoc/testkit"
	"updoc/testkit/standin"
)

// The real program runs DISM, in whose place a stand-in is: its exit code counts, not what
// it says, in no language; where it lacks, nothing is begun.
func TestToolsThatMisbehave(t *testing.T) {
	t.Parallel()
	p, exe := windowsWith(t, windows10(3), byStore), program(t)
	putDamage(t, p)
	fix := func() testkit.Result {
		return p.Run(t, exe, "fix", "--yes", "--only", "check-component-store", "--format", "json")
	}
	for _, c := range []struct {
		name, verdict string
		rule          standin.Rule
	}{
		{"fails", model.StepFailed, standin.Rule{Out: []byte("The operation completed successfully."), Code: 3}},
		{"looks", model.StepDone, standin.Rule{When: "/ScanHealth", Out: []byte{0xff, 0xfe, 0x8c}}},
	} {
		p.StandIn(t, "dism", c.rule)
		r := fix()
		if got := verdictOf(t, r, "check-component-store"); got != c.verdict {
			t.Errorf("DISM that %s: exit code %d, %s\n%s%s", c.name, r.Code, got, r.Out, r.Err)
		}
		if n := len(p.Calls(t, "dism")); n != 1 {
			t.Errorf("DISM that %s was run %d times", c.name, n)
		}
	}
	if err := os.Remove(p.Path(`C:\windows\system32\dism.exe`)); err != nil {
		t.Fatal(err)
	}
	if r := fix(); r.Code != 6 || verdictOf(t, r, "check-component-store") != model.StepRefused {
		t.Errorf("no DISM: exit code %d\n%s%s", r.Code, r.Out, r.Err)
	}
}

// putDamage writes the log of a check of the component store that found damage after the
// update had failed.
func putDamage(t *testing.T, p *testkit.WinePrefix) {
	t.Helper()
	logged := func(hours time.Duration, text string) string {
		return time.Now().Add(-hours*time.Hour).UTC().Format(time.DateTime) + ", Info                  CBS    " + text + "\r\n"
	}
	put(t, p, cbsLog, []byte(logged(49, "Ending TrustedInstaller initialization.")+logged(47, "Checking System Update Readiness.")+
		logged(47, "(p)\tCSI Payload Corrupt\t(n)\t\tamd64_one_31bf_10.0.1_none_1\\a.dll")+
		logged(47, "Total Detected Corruption:\t1")+logged(47, "Total Repaired Corruption:\t0")+logged(47, "Total Operation Time: 3 seconds.")))
}
