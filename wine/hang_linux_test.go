package wine

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"updoc/model"
	"updoc/testkit"
	"updoc/testkit/standin"
)

// DISM hangs, and updoc is ended: the tool ends with it, and the repair goes on with another
// one. That a tool is ended when its time is up is shown by remedy/host/windows: no limit of a
// tool is shorter than minutes.
func TestToolThatHangsEndsWithUpdoc(t *testing.T) {
	t.Parallel()
	p, exe := windowsWith(t, windows10(3), byStore), program(t)
	putDamage(t, p)
	log := standin.LogOf(p.StandIn(t, "dism", standin.Rule{Times: 1, Hang: true}, standin.Rule{}))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := p.Command(ctx, t, exe, "fix", "--yes", "--only", "check-component-store")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, ctx, "DISM is started", func() bool { _, err := os.Stat(log); return err == nil && runs(t, p, "dism.exe") })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait() // it was killed
	until(t, ctx, "DISM has ended", func() bool { return !runs(t, p, "dism.exe") })
	r := p.Run(t, exe, goOn...)
	if got := verdictOf(t, r, "check-component-store"); got != model.StepDone {
		t.Errorf("exit code %d, %q\n%s%s", r.Code, got, r.Out, r.Err)
	}
	if n := len(p.Calls(t, "dism")); n != 2 {
		t.Errorf("DISM was run %d times", n)
	}
}

// until waits for something that happens in another process.
func until(t *testing.T, ctx context.Context, what string, is func() bool) {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			t.Fatal(what, ": ", ctx.Err())
		case <-look.C:
		}
	}
}

// runs tells whether a program runs in a Windows.
func runs(t *testing.T, p *testkit.WinePrefix, name string) bool {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range all {
		line, _ := os.ReadFile(at) // it may have ended
		env, _ := os.ReadFile(filepath.Join(filepath.Dir(at), "environ"))
		if strings.Contains(strings.ToLower(string(line)), name) && bytes.Contains(env, []byte("WINEPREFIX="+p.Dir+"\x00")) {
			return true
		}
	}
	return false
}
