package journal

import (
	"os"
	"path/filepath"
	"testing"

	"updoc/disk/commit"
	"updoc/remedy/host/fake"
)

// Several journals under one lock: another process is kept out until it is given back.
func TestHeld(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "journals")
	held, err := Hold(folder, "run", clock())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		j, err := held.Create(head("x"))
		if err != nil {
			t.Fatal(err)
		}
		finish(t, j, pc(), false)
		j.Close()
		if again, err := held.Open(j.Head.ID); err != nil || again.Steps().State() != commit.Verified {
			t.Error(err)
		}
		_, err = Hold(folder, "other", nil)
		wantCode(t, err, "journal-locked")
	}
	_, err = held.Open("../x")
	wantCode(t, err, "no-such-journal")
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Hold(folder, "other", nil)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

// An operation whose tool failed and that has its effect all the same ends the run.
func TestSettle(t *testing.T) {
	p := pc()
	p.Troubles = []fake.Trouble{{Kind: fake.InUse, Path: "b"}}
	j := create(t, t.TempDir(), head("x"), clock())
	wantCode(t, j.Steps().Settle(), "already-undone")
	wantCode(t, j.Steps().Run(t.Context(), p.Host()), "file-in-use")
	if n, err := j.Steps().Left(); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if err := j.Steps().Settle(); err != nil || j.Steps().State() != commit.Verified {
		t.Error(err)
	}
}

// A file is written whole.
func TestKeep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, text := range []string{"one", "two"} {
		if err := Keep(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Error(string(got), err)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Error("something is left", left)
	}
}
