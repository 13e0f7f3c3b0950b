package testkit

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// wineLimit is how long a program under Wine may take: far more than any needs, so that
// only one that hangs is ended.
const wineLimit = 3 * time.Minute

// WinePrefix is a Windows of Wine's that belongs to one test. What a program does in it
// says something about start, files, registry, services, processes and packages; Wine's
// answers about disks, event logs, updates and permissions mean nothing.
type WinePrefix struct {
	Dir     string   // on the host
	Env     []string // added to the environment of every program; the test may add more
	started bool     // until Stop
}

// Result is how a program ended.
type Result struct {
	Out, Err []byte
	Code     int // the lowest eight bits of the exit code, all that a Unix process passes on
}

// Wine returns a fresh Windows, which the test needs. It and all that still runs in it go
// when the test ends. A Windows takes some 15 seconds to make: that is done once for each
// version of Wine, in the cache folder of whoever runs the tests.
func Wine(t testing.TB) *WinePrefix {
	t.Helper()
	ready := readyPrefix(t)
	dir, err := os.MkdirTemp(filepath.Dir(ready), "test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(t, dir) })
	p := newPrefix(dir)
	if err := clonePrefix(ready, dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop(t) })
	return p
}

// newPrefix keeps Wine away from screens, from the menu of the host's desktop, from the
// home folder, and from offers to download what is missing.
func newPrefix(dir string) *WinePrefix {
	return &WinePrefix{Dir: dir, Env: []string{
		"WINEPREFIX=" + dir, "HOME=" + dir, "WINEDEBUG=-all", "DISPLAY=", "LC_ALL=C.UTF-8", "TZ=UTC",
		"WINEDLLOVERRIDES=mscoree,mshtml=;dism.exe=n;winemenubuilder.exe=d",
	}}
}

func remove(t testing.TB, dir string) {
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
}

// Command prepares a program for Windows, given by its path on the host or its name in
// system32, and starts Windows. The caller starts the program, and may add to its input.
func (p *WinePrefix) Command(ctx context.Context, t testing.TB, exe string, args ...string) *exec.Cmd {
	t.Helper()
	p.start(t)
	cmd := exec.CommandContext(ctx, Tool(t, "wine"), append([]string{exe}, args...)...)
	cmd.Env = append(os.Environ(), p.Env...)
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// Run runs a program to its end, or ends it after minutes, which fails the test.
func (p *WinePrefix) Run(t testing.TB, exe string, args ...string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wineLimit)
	defer cancel()
	var out, complaint bytes.Buffer
	cmd := p.Command(ctx, t, exe, args...)
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	var exit *exec.ExitError
	if ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v %v\n%s", exe, err, ctx.Err(), complaint.Bytes())
	}
	return Result{Out: out.Bytes(), Err: complaint.Bytes(), Code: cmd.ProcessState.ExitCode()}
}

// Must runs a program that must end with 0 and returns its standard output.
func (p *WinePrefix) Must(t testing.TB, exe string, args ...string) string {
	t.Helper()
	r := p.Run(t, exe, args...)
	if r.Code != 0 {
		t.Fatalf("%s %s: %d\n%s%s", exe, strings.Join(args, " "), r.Code, r.Out, r.Err)
	}
	return string(r.Out)
}

// GoTest runs the tests of these packages, built for Windows, and returns what go test
// prints. There what needs tools of Linux is skipped, whatever CI says.
func (p *WinePrefix) GoTest(t testing.TB, args ...string) (string, error) {
	t.Helper()
	p.start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*wineLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, Tool(t, "go"), append([]string{"test", "-exec", Tool(t, "wine"), mended(t)}, args...)...)
	cmd.Dir = checkout(t)
	cmd.Env = append(append(os.Environ(), p.Env...), goCaches(t)...)
	cmd.Env = append(cmd.Env, "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0", "CI=")
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// goCaches keeps what the go command knows although the prefix has a home of its own.
func goCaches(t testing.TB) []string {
	t.Helper()
	lines := strings.Fields(Run(t, "go", "env", "GOCACHE", "GOMODCACHE", "GOPATH"))
	if len(lines) != 3 {
		t.Fatal("go env: ", lines)
	}
	return []string{"GOCACHE=" + lines[0], "GOMODCACHE=" + lines[1], "GOPATH=" + lines[2]}
}

// Path returns where C:\… lies on the host. Letters may differ in case, as on Windows;
// what is not there yet is spelt as given.
func (p *WinePrefix) Path(windows string) string {
	at := filepath.Join(p.Dir, "drive_c")
	for _, name := range strings.Split(strings.TrimPrefix(windows[1:], `:\`), `\`) {
		at = filepath.Join(at, spelling(at, name))
	}
	return at
}

func spelling(dir, name string) string {
	entries, _ := os.ReadDir(dir) // a folder that lacks has no other spelling
	for _, e := range entries {
		if strings.EqualFold(e.Name(), name) {
			return e.Name()
		}
	}
	return name
}

// start makes this Windows, if there is none, and starts it: it then runs until Stop. By itself
// it would end with its last program, and what is started while it ends finds half of a Windows.
// Its services begin here, with none of the test's files open: whoever waits for a program would
// wait for them; not by wineboot, after which the service for COM is not there.
// It ends by itself only minutes after a test that was killed.
func (p *WinePrefix) start(t testing.TB) {
	t.Helper()
	if p.started {
		return
	}
	p.started = true
	for _, line := range [][]string{{"wineserver", "-p600"}, {"wine", "cmd", "/c", "ver"}} {
		cmd := exec.Command(Tool(t, line[0]), line[1:]...)
		cmd.Env = append(os.Environ(), p.Env...)
		if err := cmd.Run(); err != nil {
			t.Fatal(line, err)
		}
	}
}

// Stop ends everything that runs in this Windows, as a power cut does; what is run next
// starts it anew. Registry keys are written, volatile ones are gone.
func (p *WinePrefix) Stop(t testing.TB) {
	t.Helper()
	for _, flag := range []string{"-k", "-w"} {
		cmd := exec.Command(Tool(t, "wineserver"), flag)
		cmd.Env = append(os.Environ(), p.Env...)
		cmd.Run() // it complains when nothing runs any more
	}
	p.started = false
}
