package commit_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"updoc/disk/commit"
	"updoc/disk/commit/cut"
)

// small is a change whose journal is short enough to damage each of its bits.
func small() cut.Config {
	cfg := cut.Random(3, 48, 6)
	cfg.Watch = []commit.Range{{Start: 8 * 4096, Size: 2 * 4096}}
	return cfg
}

// prepared is a machine with a prepared journal.
func prepared(t *testing.T, cfg cut.Config) (*cut.Machine, *commit.Journal) {
	t.Helper()
	m := cut.New(cfg.Base)
	j, err := cut.Prepare(m, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return m, j
}

// states are machines as of the moment each state was recorded, nothing lost, and one
// in the middle of writing for each direction.
func states(t *testing.T, cfg cut.Config) map[string]*cut.Machine {
	t.Helper()
	m, j := prepared(t, cfg)
	if err := errors.Join(j.Commit(t.Context(), m.Disk, nil), j.Undo(t.Context(), m.Disk, nil)); err != nil {
		t.Fatal(err)
	}
	all := map[string]*cut.Machine{}
	for i := range m.Events() + 1 {
		at := m.At(i, 0)
		state := open(t, at).State()
		if all[state] == nil {
			all[state] = at
		} else if state == commit.Applying || state == commit.Undoing {
			all[state+", half"] = all[state+", more"]
			all[state+", more"] = at
		}
	}
	return all
}

func open(t *testing.T, m *cut.Machine) *commit.Journal {
	t.Helper()
	j, err := commit.Open(m.Folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// fork is the machine once more, everything flushed.
func fork(m *cut.Machine) *cut.Machine { return m.At(m.Events(), 0) }

// goOn resumes or undoes as after a restart.
func goOn(m *cut.Machine, undo bool) (string, error) {
	j, err := commit.Open(m.Folder, nil)
	if err != nil {
		return "", err
	}
	if undo {
		err = j.Undo(context.Background(), m.Disk, nil)
	} else {
		err = j.Resume(context.Background(), m.Disk, nil)
	}
	return j.State(), err
}

// endsWell: the disk is exactly what the state after a resume or undo without error says.
func endsWell(w *cut.Want, m *cut.Machine, undo bool) error {
	state, err := goOn(m, undo)
	if errors.Is(err, commit.ErrUnprepared) {
		err = w.Old(m.Disk)
	} else if err == nil && state == commit.Verified && !undo {
		err = w.New(m.Disk)
	} else if err == nil {
		err = w.Old(m.Disk)
	}
	if err != nil {
		return fmt.Errorf("undo %v, state %q: %w", undo, state, err)
	}
	return nil
}

// refusedOrWell is what must come of a damaged journal or disk: either the disk is not
// written and the error is one of the kinds that say why, or all is well.
func refusedOrWell(w *cut.Want, m *cut.Machine, undo bool) (refused bool, err error) {
	before := m.Disk.Writes()
	err = endsWell(w, m, undo)
	var damaged *commit.DamagedError
	var foreign *commit.ForeignError
	if !errors.As(err, &damaged) && !errors.As(err, &foreign) {
		return false, err
	}
	if m.Disk.Writes() != before {
		return true, fmt.Errorf("written before it was refused: %w", err)
	}
	return true, nil
}

func TestStates(t *testing.T) {
	cfg := small()
	w := cfg.Want()
	all := states(t, cfg)
	for _, state := range []string{"", commit.Prepared, commit.UndoSynced, commit.Applying, commit.Applied, commit.Verified, commit.Undoing, commit.Undone, "APPLYING, half", "UNDOING, half"} {
		m := all[state]
		if m == nil {
			t.Fatalf("%q never seen", state)
		}
		for _, undo := range []bool{false, true} {
			m := fork(m)
			if err := endsWell(w, m, undo); err != nil {
				t.Errorf("from %q: %v", state, err)
			}
			events := m.Events()
			if err := endsWell(w, m, undo); err != nil || m.Events() != events {
				t.Errorf("from %q, a second time: %v, %d events more", state, err, m.Events()-events)
			}
		}
	}
}

func TestOrderOfRecordsAndFlushes(t *testing.T) {
	cfg := small()
	m, j := prepared(t, cfg)
	var calls []string
	m.Before = func(c cut.Call) error {
		if c.Op == "write" || c.Op == "sync" {
			calls = append(calls, c.Name+" "+c.Op)
		}
		return nil
	}
	if err := j.Commit(t.Context(), m.Disk, nil); err != nil {
		t.Fatal(err)
	}
	flushes := 0
	for i, c := range calls {
		if c == "disk sync" {
			flushes++
		}
		if c == "disk sync" && calls[i-1] != "disk write" {
			t.Errorf("a flush of the disk follows %q", calls[i-1])
		}
	}
	phases := map[commit.Phase]bool{}
	for _, c := range cfg.Changes {
		phases[cfg.Phase(c.Block)] = true
	}
	if flushes != len(phases) || len(phases) < 2 {
		t.Errorf("%d flushes for %d phases: %q", flushes, len(phases), calls)
	}
}

func TestRefusals(t *testing.T) {
	cfg := small()
	m, j := prepared(t, cfg)
	var size *commit.SizeError
	if err := j.Commit(t.Context(), cut.New(cfg.Base[:4096*40]).Disk, nil); !errors.As(err, &size) {
		t.Errorf("a disk of another size: %v", err)
	}
	if err := j.Commit(t.Context(), m.Disk, nil); err != nil {
		t.Fatal(err)
	}
	var state *commit.StateError
	if err := j.Commit(t.Context(), m.Disk, nil); !errors.As(err, &state) {
		t.Errorf("a second commit: %v", err)
	}
	if err := j.Discard(); !errors.As(err, &state) {
		t.Errorf("a verified journal discarded: %v", err)
	}
	if _, err := commit.Create(m.Folder, nil, nil); err == nil {
		t.Error("a journal was created over another")
	}
}

func TestDiscardFreesTheRoom(t *testing.T) {
	m, j := prepared(t, small())
	if err := j.Discard(); err != nil || j.State() != commit.Discarded {
		t.Fatalf("%v, %s", err, j.State())
	}
	if got := fmt.Sprint(m.Folder.Names()); got != "[head.json log]" || m.Disk.Writes() != 0 {
		t.Errorf("left: %s, %d writes", got, m.Disk.Writes())
	}
	if err := j.Discard(); err != nil {
		t.Error("a second time:", err)
	}
}

func TestWrongChangesAreRefused(t *testing.T) {
	var change *commit.ChangeError
	for name, spoil := range map[string]func(*cut.Config){
		"a block twice":     func(c *cut.Config) { c.Changes[1].Block = c.Changes[0].Block },
		"a slot twice":      func(c *cut.Config) { c.Changes[1].Slot = c.Changes[0].Slot },
		"a slot too high":   func(c *cut.Config) { c.Changes[1].Slot = 6 },
		"behind the disk":   func(c *cut.Config) { c.Changes[1].Block = 48 },
		"before the disk":   func(c *cut.Config) { c.Changes[1].Block = -1 },
		"far behind it":     func(c *cut.Config) { c.Changes[1].Block = 1 << 61 },
		"watch behind disk": func(c *cut.Config) { c.Watch[0].Start = 48 * 4096 },
	} {
		cfg := small()
		spoil(&cfg)
		if _, err := cut.Prepare(cut.New(cfg.Base), cfg); !errors.As(err, &change) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCancelStopsBetweenWrites(t *testing.T) {
	cfg := small()
	w := cfg.Want()
	stopped := map[string]bool{}
	for n := 0; ; n++ {
		m, j := prepared(t, cfg)
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		err := j.Commit(ctx, m.Disk, func(what string, done, total int64) {
			if calls++; calls > n {
				stopped[what] = true
				cancel()
			}
		})
		cancel()
		if err == nil && n > 0 {
			break
		}
		if !errors.Is(err, context.Canceled) && err != nil {
			t.Fatal(err)
		}
		for _, undo := range []bool{false, true} {
			if err := endsWell(w, fork(m), undo); err != nil {
				t.Errorf("stopped after %d: %v", n, err)
			}
		}
	}
	if len(stopped) != 4 {
		t.Errorf("stopped only at %v", stopped)
	}
}
