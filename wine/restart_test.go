package wine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"updoc/model"
	"updoc/testkit"
)

// byRestart fails until Windows was restarted, now.
var byRestart = failedUpdate{kb: "KB5034122", title: byService.title, code: "0x80240016", ago: time.Second}

// restartRequired is the key that says so, with its time, which must lie before the failure.
const restartRequired = `[Software\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired]`

// fileTime is a time as a registry has it: 100 ns since 1601.
func fileTime(t time.Time) int64 { return (t.Unix() + 11_644_473_600) * 10_000_000 }

// A repair that restarts Windows: Wine only says that it will, so all of Windows is ended and
// started anew, as a restart does, and what the task names that updoc registered is run: it
// goes on with the repair, and takes the task away.
func TestRestartAndGoOn(t *testing.T) {
	t.Parallel()
	keys := windows10(3) + fmt.Sprintf("\n%s\n#time=%x\n\"a\"=dword:00000001\n", restartRequired, fileTime(time.Now().Add(-10*time.Second)))
	p, exe := withScheduler(t, windowsWith(t, keys, byRestart)), program(t)
	r := p.Run(t, exe, "fix", "--yes", "--accept", "work-saved", "--only", "restart", "--format", "json")
	if r.Code != 5 {
		t.Fatalf("exit code %d\n%s%s", r.Code, r.Out, r.Err)
	}
	task := taskOf(t, p, "resume")
	if len(task) < 2 || !strings.HasPrefix(task[0], `C:\ProgramData\updoc\program\`) || task[1] != "resume" {
		t.Fatal(task)
	}
	if r := p.Run(t, task[0], task[1:]...); r.Code != 5 {
		t.Errorf("not restarted yet: exit code %d\n%s%s", r.Code, r.Out, r.Err)
	}
	restarted(t, p)
	if r := p.Run(t, task[0], task[1:]...); r.Code != 5 { // the rest is left to a person
		t.Errorf("exit code %d\n%s%s", r.Code, r.Out, r.Err)
	}
	last := p.Run(t, exe, "history", "--last", "--format", "json")
	if got := verdictOf(t, last, "restart"); got != model.StepDone {
		t.Errorf("%q: %s%s", got, last.Out, last.Err)
	}
	if task := taskOf(t, p, "resume"); task != nil {
		t.Errorf("still there: %v", task)
	}
	if task := taskOf(t, p, "tell"); !slices.Contains(task, "history") {
		t.Errorf("nobody is told: %v", task)
	}
}

// restarted ends a Windows; what runs next starts it anew, without the key that lasts until
// then: on Windows it is volatile, Wine keeps it.
func restarted(t *testing.T, p *testkit.WinePrefix) {
	t.Helper()
	p.Stop(t)
	name := filepath.Join(p.Dir, "system.reg")
	keys := strings.Split(string(testkit.ReadFile(t, name)), "\n\n")
	left := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return strings.HasPrefix(key, restartRequired) })
	if len(left) != len(keys)-1 {
		t.Fatal("that a restart was required is not there")
	}
	if err := os.WriteFile(name, []byte(strings.Join(left, "\n\n")), 0o600); err != nil {
		t.Fatal(err)
	}
}
