package commit_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"updoc/disk/commit"
	"updoc/disk/commit/cut"
)

var errIO = errors.New("input/output error")

// Every call on the disk fails once, and then all from there on. What follows on a disk
// that works again must end well.
func TestEveryCallOnTheDiskFails(t *testing.T) {
	cfg := small()
	w := cfg.Want()
	for state, from := range states(t, cfg) {
		for _, undo := range []bool{false, true} {
			for _, forGood := range []bool{false, true} {
				for k := 0; failsAt(t, w, from, undo, forGood, k, state); k++ {
				}
			}
		}
	}
}

// failsAt lets call k fail; false if there are not so many.
func failsAt(t *testing.T, w *cut.Want, from *cut.Machine, undo, forGood bool, k int, state string) bool {
	t.Helper()
	m := fork(from)
	calls, torn := 0, false
	m.Before = func(c cut.Call) error {
		if c.Name != "disk" {
			return nil
		}
		if calls++; calls == k+1 || forGood && calls > k {
			torn = torn || c.Op != "read"
			return errIO
		}
		return nil
	}
	_, err := goOn(m, undo)
	if calls <= k {
		return false
	}
	var device *commit.DeviceError
	if err != nil && !errors.As(err, &device) {
		t.Errorf("%s, undo %v, call %d fails: %v", state, undo, k, err)
	}
	if torn && err == nil {
		t.Errorf("%s, undo %v, call %d fails and nobody says so", state, undo, k)
	}
	m.Before = nil
	for _, undo := range []bool{false, true} {
		if err := endsWell(w, fork(m), undo); err != nil {
			t.Errorf("%s, call %d failed, then: %v", state, k, err)
		}
	}
	return true
}

// The same for calls on the journal, from its making on.
func TestEveryCallOnTheJournalFails(t *testing.T) {
	cfg := small()
	w := cfg.Want()
	for _, forGood := range []bool{false, true} {
		for k := 0; ; k++ {
			m := cut.New(cfg.Base)
			calls := 0
			m.Before = func(c cut.Call) error {
				if c.Name == "disk" {
					return nil
				}
				if calls++; calls == k+1 || forGood && calls > k {
					return errIO
				}
				return nil
			}
			err := thereAndBack(m, cfg)
			if calls <= k {
				break
			}
			if err == nil {
				t.Errorf("call %d fails and nobody says so", k)
			}
			m.Before = nil
			for _, undo := range []bool{false, true} {
				if err := endsWell(w, fork(m), undo); err != nil {
					t.Errorf("call %d failed, then: %v", k, err)
				}
			}
		}
	}
}

// thereAndBack is all of a journal's life.
func thereAndBack(m *cut.Machine, cfg cut.Config) error {
	j, err := cut.Prepare(m, cfg)
	if err != nil {
		return err
	}
	defer j.Close()
	if err := j.Commit(context.Background(), m.Disk, nil); err != nil {
		return err
	}
	return j.Undo(context.Background(), m.Disk, nil)
}

// One byte that somebody else has written, in each block of the journal and each watched
// one: nothing is written, and the error names the sector, or the blocks in a row where
// only their hash is known.
func TestForeignByte(t *testing.T) {
	cfg := small()
	places := []int64{8*4096 + 4000, 9 * 4096}
	for _, c := range cfg.Changes {
		places = append(places, c.Block*4096+700)
	}
	for state, from := range states(t, cfg) {
		if state == commit.Undone || state == "" {
			continue
		}
		for n, at := range places {
			size := int64(512)
			switch {
			case n < 2:
				size = 8192 // blocks 8 and 9 are watched together
			case state == commit.Prepared:
				size = 4096
			}
			refusesForeign(t, from, state, at, size)
		}
	}
}

func refusesForeign(t *testing.T, from *cut.Machine, state string, at, unit int64) {
	t.Helper()
	for _, undo := range []bool{false, true} {
		if state == commit.Verified && !undo {
			continue // done: nothing is looked at
		}
		m := fork(from)
		write(t, m, at)
		before := m.Disk.Writes()
		_, err := goOn(m, undo)
		var foreign *commit.ForeignError
		if !errors.As(err, &foreign) || foreign.Offset/unit != at/unit || m.Disk.Writes() != before {
			t.Errorf("%s, undo %v, byte %d: %v, %d writes", state, undo, at, err, m.Disk.Writes()-before)
		}
	}
}

// write changes the byte at of the disk.
func write(t *testing.T, m *cut.Machine, at int64) {
	t.Helper()
	var p [1]byte
	_, err := m.Disk.ReadAt(p[:], at)
	p[0] ^= 0x10
	_, werr := m.Disk.WriteAt(p[:], at)
	if err := errors.Join(err, werr); err != nil {
		t.Fatal(err)
	}
}

// A sector that cannot be read since the power went is written again; before the disk
// was being written it is an error.
func TestUnreadableSector(t *testing.T) {
	cfg := small()
	w := cfg.Want()
	bad := cfg.Changes[0].Block*4096 + 512
	for state, from := range states(t, cfg) {
		for _, undo := range []bool{false, true} {
			m := fork(from)
			unreadable(m, bad)
			err := endsWell(w, m, undo)
			var device *commit.DeviceError
			switch state {
			case "APPLYING, half", "UNDOING, half", commit.Applying, commit.Undoing:
				if err != nil {
					t.Errorf("%s: %v", state, err)
				}
			case commit.UndoSynced:
				if !errors.As(err, &device) || m.Disk.Writes() != 0 {
					t.Errorf("%s: %v", state, err)
				}
			}
		}
	}
}

// unreadable makes reads of the sector at fail until it is written.
func unreadable(m *cut.Machine, at int64) {
	written := false
	m.Before = func(c cut.Call) error {
		if c.Name != "disk" || c.Off+c.Size <= at || c.Off > at {
			return nil
		}
		written = written || c.Op == "write"
		if c.Op == "read" && !written {
			return fmt.Errorf("sector %d: %w", at/512, errIO)
		}
		return nil
	}
}

// A disk that says it has written and has not is found out by reading back.
func TestDiskThatForgetsAWrite(t *testing.T) {
	cfg := small()
	m, j := prepared(t, cfg)
	forgetful := &forgets{Disk: m.Disk, n: 2}
	var unverified *commit.UnverifiedError
	if err := j.Commit(t.Context(), forgetful, nil); !errors.As(err, &unverified) {
		t.Fatalf("%v", err)
	}
	if err := endsWell(cfg.Want(), m, true); err != nil {
		t.Error(err)
	}
}

// forgets is a disk that loses its nth write.
type forgets struct {
	*cut.Disk
	n int
}

func (f *forgets) WriteAt(p []byte, off int64) (int, error) {
	if f.n--; f.n == 0 {
		return len(p), nil
	}
	return f.Disk.WriteAt(p, off)
}
