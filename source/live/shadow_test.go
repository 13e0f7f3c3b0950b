package live_test

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"updoc/source/live"
	"updoc/source/live/simulated"
	"updoc/winapi"
)

const notes = `HKLM\SOFTWARE\updoc-shadow-copies`

func notedCopies(t *testing.T, w *simulated.Windows) int {
	t.Helper()
	key, err := winapi.RegistryKey.Do(t.Context(), w, notes)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if err == nil && len(key.Values) == 0 {
		t.Error("an empty key of notes was left")
	}
	return len(key.Values)
}

// Looks that follow each other share one copy, until whoever gave it wants a new one.
func TestLooksShareOneCopy(t *testing.T) {
	w, copies := start(t, simulated.Options{Admin: true}), &live.Copies{}
	for round := 1; round <= 2; round++ {
		for range 3 {
			s := open(t, w, live.Options{Copies: copies})
			if err := errors.Join(read(s, inUse), s.Close()); err != nil {
				t.Fatal(err)
			}
		}
		if w.Asked["shadow-copy"] != round || w.Shadows() != 1 || notedCopies(t, w) != 1 {
			t.Errorf("%d copies made, %d are there, %d noted", w.Asked["shadow-copy"], w.Shadows(), notedCopies(t, w))
		}
		if err := copies.Delete(t.Context(), w); err != nil || w.Shadows() != 0 || notedCopies(t, w) != 0 {
			t.Errorf("%v, %d copies left, %d noted", err, w.Shadows(), notedCopies(t, w))
		}
	}
}

// A copy of a program that was killed is deleted by a later look; that of a look beside this
// one is not.
func TestStaleCopiesAreDeleted(t *testing.T) {
	started := time.Now().UTC().Add(-30 * time.Minute)
	for name, c := range map[string]struct {
		noted time.Time
		left  int
	}{
		"just made":              {time.Now().UTC(), 1},
		"hours ago":              {time.Now().UTC().Add(-2 * time.Hour), 0},
		"before Windows started": {started.Add(-time.Minute), 0},
	} {
		w := start(t, simulated.Options{Admin: true, Started: started})
		mine := &live.Copies{}
		killed := open(t, w, live.Options{Copies: mine})
		if err := read(killed, inUse); err != nil || w.Shadows() != 1 {
			t.Fatal(err, w.Shadows())
		}
		w.Age(notes, c.noted)
		open(t, w, live.Options{Copies: mine}) // the program that made it may take hours
		if w.Shadows() != 1 {
			t.Errorf("%s: its own copy was deleted", name)
		}
		open(t, w, live.Options{})
		if w.Shadows() != c.left || notedCopies(t, w) != c.left {
			t.Errorf("%s: %d copies left, %d noted", name, w.Shadows(), notedCopies(t, w))
		}
	}
}

// A copy that cannot be noted is not kept: after a crash nobody would know of it.
func TestCopyWithoutANoteIsDeleted(t *testing.T) {
	w := start(t, simulated.Options{Admin: true, Answers: map[string]any{"set-value": &winapi.Error{Call: "set-value", Code: 5}}})
	if err := read(open(t, w, live.Options{}), inUse); err == nil || w.Shadows() != 0 {
		t.Errorf("%v, %d copies left", err, w.Shadows())
	}
}
