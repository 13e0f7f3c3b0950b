package testkit

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"updoc/testkit/standin"
)

// StandIn puts a tool in the place of one of Windows' own in system32, such as "reagentc",
// and returns its path on the host. It does what the rules say, whatever was there before.
func (p *WinePrefix) StandIn(t testing.TB, name string, rules ...standin.Rule) string {
	t.Helper()
	exe := p.Path(`C:\windows\system32\` + name + ".exe")
	for _, old := range []string{exe, standin.LogOf(exe)} {
		if err := os.Remove(old); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	b, err := json.Marshal(rules)
	if err == nil {
		err = os.WriteFile(standin.RulesOf(exe), b, 0o600)
	}
	if err == nil {
		err = copyFile(p.tool(t), exe)
	}
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// Calls returns how a stand-in was called so far.
func (p *WinePrefix) Calls(t testing.TB, name string) []standin.Call {
	t.Helper()
	calls, err := standin.Calls(p.Path(`C:\windows\system32\` + name + ".exe"))
	if err != nil {
		t.Fatal(err)
	}
	return calls
}

// tool builds the program of all stand-ins, once for each prefix.
func (p *WinePrefix) tool(t testing.TB) string {
	t.Helper()
	exe := filepath.Join(p.Dir, "standin.exe")
	if _, err := os.Stat(exe); err == nil {
		return exe
	}
	BuildWindows(t, exe, "./testkit/standin/tool")
	return exe
}

// BuildWindows builds a command of this module, "./cmd/updoc", for Windows on amd64, so
// that it can delete folders under Wine 8 too.
func BuildWindows(t testing.TB, exe, pkg string) {
	t.Helper()
	cmd := exec.Command(Tool(t, "go"), "build", mended(t), "-ldflags", "-s -w -buildid=", "-o", exe, pkg)
	cmd.Dir = checkout(t)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
	Combined(t, cmd)
}
