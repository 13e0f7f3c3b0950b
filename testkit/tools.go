package testkit

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Tool returns the path of a foreign program, which the test needs.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	Need(t, err == nil, name)
	return path
}

// Command prepares a foreign program, which the test needs, to speak English in UTF-8
// and UTC wherever the test runs. The caller may add to its input and environment.
func Command(t testing.TB, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(Tool(t, name), args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC")
	return cmd
}

// Run runs a foreign program, which the test needs, and returns what it prints, errors
// and all. A failure of the program fails the test.
func Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	return Combined(t, Command(t, name, args...))
}

// Combined runs a command and returns what it prints, errors and all. A failure of the
// program fails the test.
func Combined(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	check(t, cmd, err, out)
	return string(out)
}

// Output runs a command and returns what it prints on standard output alone. A failure
// of the program fails the test.
func Output(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	check(t, cmd, err, complaint.Bytes())
	return string(out)
}

func check(t testing.TB, cmd *exec.Cmd, err error, said []byte) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, said)
	}
}
