package evtx

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// samplesDir is where real event logs lie on machines that have them.
const samplesDir = "../../../shared/samples"

// absent skips because something a test needs is missing; in CI that fails.
func absent(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("needs %s", what)
	}
	t.Skipf("needs %s", what)
}

// sampleLogs returns the paths of all real event logs.
func sampleLogs(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(samplesDir, "evtx", "*.evtx"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		absent(t, "the real event logs in "+samplesDir+"/evtx")
	}
	return files
}

func needTool(t testing.TB, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		absent(t, name)
	}
}

// openBytes opens a log held in memory.
func openBytes(t testing.TB, b []byte) *Log {
	t.Helper()
	l, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// readAll makes one pass over everything.
func readAll(t testing.TB, l *Log, fn func(*Record)) Info {
	t.Helper()
	err := l.Records(context.Background(), nil, func(r *Record) error {
		fn(r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return l.Info()
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
