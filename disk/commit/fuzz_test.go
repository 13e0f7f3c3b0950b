package commit_test

import (
	"bytes"
	"errors"
	"testing"

	"updoc/disk/commit"
	"updoc/disk/commit/cut"
)

// Whatever stands in the log: it is read or damaged, and after a torn line it goes on.
func FuzzLog(f *testing.F) {
	m := cut.New(nil)
	l, err := commit.OpenLog(m.Folder)
	if err := errors.Join(err, l.Append("A", nil), l.Append("B", []int{1, 2})); err != nil {
		f.Fatal(err)
	}
	whole, err := m.Folder.Open("log")
	if err != nil {
		f.Fatal(err)
	}
	text := make([]byte, 4096)
	n, _ := whole.ReadAt(text, 0)
	f.Add(text[:n])
	f.Add(text[:n-1])
	f.Add(bytes.Replace(text[:n-1], []byte("\n"), []byte("\v"), 1)) // a line break gone, the next line torn
	f.Add(bytes.ReplaceAll(text[:n], []byte("A"), []byte("\n")))
	f.Fuzz(func(t *testing.T, text []byte) {
		m := cut.New(nil)
		file, err := m.Folder.Create("log")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt(text, 0); err != nil {
			t.Fatal(err)
		}
		l, err := commit.OpenLog(m.Folder)
		var damaged *commit.DamagedError
		if errors.As(err, &damaged) {
			return
		}
		if err := errors.Join(err, l.Append("C", "x")); err != nil {
			t.Fatal(err)
		}
		again, err := commit.OpenLog(m.Folder)
		if err != nil || len(again.Records()) != len(l.Records()) || again.Head() != l.Head() || again.State() != "C" {
			t.Fatalf("%v: %d records after %d", err, len(again.Records()), len(l.Records()))
		}
	})
}
