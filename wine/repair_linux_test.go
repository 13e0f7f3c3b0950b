package wine

import (
	"fmt"
	"strings"
	"testing"

	"updoc/model"
	"updoc/testkit"
)

// sickWindows is a Windows with something that updoc puts right under Wine, and how.
type sickWindows struct {
	made     func(t *testing.T) *testkit.WinePrefix
	remedies []string
	sick     func(before, after string) bool // tells whether what should differ after the repair does
}

// theSick are repaired. Wine does not tell whether its volume is marked for checking:
// somebody who has looked says so.
var theSick = map[string]sickWindows{
	"registry": {func(t *testing.T) *testkit.WinePrefix { return sick(t, byService, byPolicy) },
		[]string{"policy-value-out", "service-start-type"},
		func(before, after string) bool {
			return !strings.Contains(after, "DisableWindowsUpdateAccess") && strings.Contains(after, `"TargetGroup"="kept"`) &&
				strings.Contains(before, `"Start"=dword:00000004`) && len(lines(before))-len(lines(after)) == 1
		}},
	"files": {func(t *testing.T) *testkit.WinePrefix {
		p := withScheduler(t, windowsWith(t, windows10(3), byHosts))
		put(t, p, hosts, []byte("127.0.0.1 localhost\r\n0.0.0.0 update.microsoft.com\r\n0.0.0.0 ads.example\r\n"))
		return p
	}, []string{"hosts-line-out"},
		func(before, after string) bool {
			return strings.Count(before, "update.microsoft.com") == 1 && strings.Count(after, "update.microsoft.com") == 1 && // in the copy
				strings.Count(before, "ads.example") == 1 && strings.Count(after, "ads.example") == 2
		}},
}

func (s sickWindows) fix() []string {
	args := []string{"fix", "--yes", "--accept", "windows-clean", "--format", "json"}
	for _, remedy := range s.remedies {
		args = append(args, "--only", remedy)
	}
	return args
}

var (
	goOn     = []string{"resume", "--format", "json"}
	takeBack = []string{"undo", "--yes", "--format", "json"}
)

// The whole repair by the real program: killed at every record that it writes into its
// journals, gone on with, killed at the next record, and gone on with to the end, each time
// from the beginning; every third time all of Windows ends with it.
func TestRepairKilledAtEveryRecord(t *testing.T) {
	for name, s := range theSick {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, exe := s.made(t), program(t)
			g, start, before := watched(t, p), save(t, p), begun(t, p)
			repaired(t, s, p.Run(t, exe, s.fix()...))
			records, after := journaled(t, p), stateOf(t, p)
			if !s.sick(before, after) || records < 3 {
				t.Fatalf("%d records; before:\n%s\nafter:\n%s", records, differences(before, after), differences(after, before))
			}
			for n := 1; n <= records && !t.Failed(); n++ {
				start.restore(t)
				if r := g.untilKilled(t, p, n, exe, s.fix()...); r != nil || journaled(t, p) != n {
					t.Fatalf("not killed at record %d of %d: %v", n, records, r)
				}
				if n%3 == 0 {
					p.Stop(t) // and Windows starts anew
				}
				r := g.untilKilled(t, p, 1, exe, goOn...)
				if r == nil {
					r = new(p.Run(t, exe, goOn...))
				}
				repaired(t, s, *r)
				same(t, fmt.Sprint("killed at record ", n), after, stateOf(t, p))
			}
		})
	}
}

// What was repaired is taken back: killed at every record of that, and gone on with by both
// commands that do.
func TestUndoKilledAtEveryRecord(t *testing.T) {
	for name, s := range theSick {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, exe := s.made(t), program(t)
			g, before := watched(t, p), begun(t, p)
			repaired(t, s, p.Run(t, exe, s.fix()...))
			there, done := journaled(t, p), save(t, p)
			undone := func(when string, r testkit.Result) {
				t.Helper()
				if r.Code != 0 {
					t.Errorf("%s: %d %s%s", when, r.Code, r.Out, r.Err)
				}
				same(t, when, before, stateOf(t, p))
			}
			undone("at once", p.Run(t, exe, takeBack...))
			records := journaled(t, p) - there
			if records < 3 {
				t.Fatal(records, " records")
			}
			for n := 1; n <= records && !t.Failed(); n++ {
				done.restore(t)
				if r := g.untilKilled(t, p, n, exe, takeBack...); r != nil || journaled(t, p) != there+n {
					t.Fatalf("not killed at record %d of %d: %v", n, records, r)
				}
				if n%3 == 0 {
					p.Stop(t)
				}
				undone(fmt.Sprint("killed at record ", n), p.Run(t, exe, [][]string{goOn, takeBack}[n%2]...))
			}
		})
	}
}

// begun is the state of a Windows that has started once: its services have written theirs.
func begun(t *testing.T, p *testkit.WinePrefix) string {
	t.Helper()
	p.Must(t, "reg", "query", `HKCU\Software\Wine`)
	return stateOf(t, p)
}

// repaired looks whether a repair says that all was done.
func repaired(t *testing.T, s sickWindows, r testkit.Result) {
	t.Helper()
	for _, remedy := range s.remedies {
		if got := verdictOf(t, r, remedy); got != model.StepDone {
			t.Errorf("%s: %q, exit code %d\n%s%s", remedy, got, r.Code, r.Out, r.Err)
		}
	}
}
