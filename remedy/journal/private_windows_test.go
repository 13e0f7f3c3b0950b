package journal

import (
	"path/filepath"
	"testing"
)

// The folders that are made here are those that are trusted here. Under Wine everything
// belongs to its only user.
func TestFoldersOfThisWindows(t *testing.T) {
	above := filepath.Join(t.TempDir(), "updoc")
	folder := filepath.Join(above, "journals")
	for range 2 {
		h, err := Hold(folder, "run", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
	l, err := onNTFS{}.look(folder)
	if err != nil || !l.folder || l.link || len(l.security) == 0 {
		t.Fatalf("%+v, %v", l, err)
	}
	if clean, err := (onNTFS{}).empty(folder); clean || err != nil {
		t.Error("the lock lies in it", err)
	}
	if err := (onNTFS{}).protect(above, shared); err != nil {
		t.Error(err)
	}
	if err := (onNTFS{}).restore(above, l.security); err != nil {
		t.Error(err)
	}
}
