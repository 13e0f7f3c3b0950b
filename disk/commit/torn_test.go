package commit_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"updoc/disk/commit"
	"updoc/disk/commit/cut"
)

// content reads a file of the journal; ok is false if there is none.
func content(t *testing.T, m *cut.Machine, name string) (p []byte, ok bool) {
	t.Helper()
	f, err := m.Folder.Open(name)
	if err != nil {
		return nil, false
	}
	size, err := f.Size()
	if err != nil {
		t.Fatal(err)
	}
	p = make([]byte, size)
	if _, err := f.ReadAt(p, 0); size > 0 && err != nil {
		t.Fatal(err)
	}
	return p, true
}

// put makes a file of the journal hold p.
func put(t *testing.T, m *cut.Machine, name string, p []byte) {
	t.Helper()
	f, err := m.Folder.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	_, werr := f.WriteAt(p, 0)
	if err := errors.Join(f.Truncate(int64(len(p))), werr); err != nil {
		t.Fatal(err)
	}
}

// spoiled goes on with machines whose file name was spoiled, and counts the refusals.
func spoiled(t *testing.T, w *cut.Want, m *cut.Machine, name string, spoil func([]byte) []byte, what string) (refused int) {
	t.Helper()
	p, ok := content(t, m, name)
	if !ok {
		return 0
	}
	p = spoil(p)
	for _, undo := range []bool{false, true} {
		m := fork(m)
		put(t, m, name, p)
		r, err := refusedOrWell(w, m, undo)
		if err != nil {
			t.Errorf("%s %s: %v", name, what, err)
		}
		if r {
			refused++
		}
	}
	return refused
}

func TestLogTruncatedAtEveryByteOfItsLastRecord(t *testing.T) {
	cfg := small()
	w := cfg.Want()
	for state, m := range states(t, cfg) {
		p, _ := content(t, m, "log")
		for n := bytes.LastIndexByte(bytes.TrimSuffix(p, []byte{'\n'}), '\n') + 1; n < len(p); n++ {
			refused := spoiled(t, w, m, "log", func(p []byte) []byte { return bytes.Clone(p[:n]) }, fmt.Sprintf("of %s cut at %d", state, n))
			if refused > 0 && !strings.Contains(state, ", ") {
				t.Errorf("log of %s cut at %d is refused", state, n)
			}
		}
	}
}

func TestEveryFlippedBitOfLogAndIndexes(t *testing.T) {
	cfg := small()
	w := cfg.Want()
	all := states(t, cfg)
	for _, state := range []string{commit.UndoSynced, "APPLYING, half", commit.Verified} {
		m := all[state]
		for _, name := range []string{"log", "delta.index", "undo.index"} {
			p, _ := content(t, m, name)
			for bit := range 8 * len(p) {
				flip := func(p []byte) []byte {
					p[bit/8] ^= 1 << (bit % 8)
					return p
				}
				refused := spoiled(t, w, m, name, flip, fmt.Sprintf("of %s, bit %d", state, bit))
				if name == "log" && refused != 2 && bit/8 <= bytes.LastIndexByte(p, '\n') {
					t.Fatalf("log of %s with bit %d flipped is read", state, bit)
				}
			}
		}
	}
}

func TestFlippedBitsOfContent(t *testing.T) {
	cfg := small()
	w := cfg.Want()
	refused := map[string]int{}
	for state, m := range states(t, cfg) {
		for _, name := range []string{"delta", "undo", "head.json"} {
			p, _ := content(t, m, name)
			for at := 0; at < len(p); at += 509 {
				flip := func(p []byte) []byte {
					p[at] ^= 1 << (at % 8)
					return p
				}
				refused[name] += spoiled(t, w, m, name, flip, fmt.Sprintf("of %s, byte %d", state, at))
			}
		}
	}
	if len(refused) != 3 || refused["delta"]*refused["undo"]*refused["head.json"] == 0 {
		t.Errorf("refused: %v", refused)
	}
}

func TestShortAndMissingFiles(t *testing.T) {
	cfg := small()
	w := cfg.Want()
	for state, m := range states(t, cfg) {
		for _, name := range m.Folder.Names() {
			p, _ := content(t, m, name)
			for _, n := range []int{0, 1, len(p) / 2, len(p) - 1} {
				spoiled(t, w, m, name, func(p []byte) []byte { return bytes.Clone(p[:min(n, len(p))]) }, fmt.Sprintf("of %s, %d bytes left", state, n))
			}
			for _, undo := range []bool{false, true} {
				m := fork(m)
				if err := m.Folder.Remove(name); err != nil {
					t.Fatal(err)
				}
				if _, err := refusedOrWell(w, m, undo); err != nil {
					t.Errorf("%s of %s missing: %v", name, state, err)
				}
			}
		}
	}
}

// A disk of the journal that has room for n bytes more, for every n that matters.
func TestFullJournalDisk(t *testing.T) {
	cfg := small()
	w := cfg.Want()
	for room := int64(0); ; {
		m := cut.New(cfg.Base)
		left, need := room, int64(0)
		m.Before = func(c cut.Call) error {
			n := c.Size
			if c.Op == "allocate" {
				n = c.Off
			}
			if c.Name == "disk" || c.Op != "write" && c.Op != "allocate" {
				return nil
			}
			if left -= n; left < 0 && need == 0 {
				need = -left
			}
			if left < 0 {
				return syscall.ENOSPC
			}
			return nil
		}
		j, err := cut.Prepare(m, cfg)
		if err == nil {
			err = j.Commit(t.Context(), m.Disk, nil)
		}
		if err == nil {
			return
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("room for %d bytes: %v", room, err)
		}
		m.Before = nil
		for _, undo := range []bool{false, true} {
			if err := endsWell(w, fork(m), undo); err != nil {
				t.Errorf("room for %d bytes, later more: %v", room, err)
			}
		}
		room += need
	}
}

// Damage to what is not written leaves the other way open.
func TestDamageToOneSideLeavesTheOtherWay(t *testing.T) {
	cfg := small()
	w := cfg.Want()
	all := states(t, cfg)
	for _, c := range []struct {
		state string
		files []string
		undo  bool
	}{
		{commit.Verified, []string{"delta", "delta.index"}, true},
		{commit.Undoing, []string{"delta", "delta.index"}, true},
		{commit.Applying, []string{"undo", "undo.index"}, false},
		{commit.Applied, []string{"undo", "undo.index"}, false},
	} {
		m := fork(all[c.state])
		for _, name := range c.files {
			put(t, m, name, []byte("gone"))
		}
		if err := endsWell(w, m, c.undo); err != nil {
			t.Errorf("%s without %v: %v", c.state, c.files, err)
		}
	}
}
