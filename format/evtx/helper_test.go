package evtx

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"updoc/testkit"
)

// sampleLogs returns the paths of all real event logs.
func sampleLogs(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testkit.Sample(t, "evtx"), "*.evtx"))
	if err != nil {
		t.Fatal(err)
	}
	testkit.Need(t, len(files) > 0, "the sample evtx/*.evtx")
	return files
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
