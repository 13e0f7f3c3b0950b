package cut

import (
	"bytes"
	"os"
	"strconv"
	"testing"
)

// UPDOC_CUTS asks for more points than fit into a test.
func TestNoCutLosesAnything(t *testing.T) {
	for blocks, points := range map[int]int{40: 2200, 500: 200} {
		if n, err := strconv.Atoi(os.Getenv("UPDOC_CUTS")); err == nil {
			points = n
		}
		cfg := Random(uint64(blocks), 3*blocks, blocks)
		cfg.Points = points
		if got, err := Run(cfg); err != nil || got.Losses != 0 || got.Points != points {
			t.Errorf("%d blocks: %+v, %v", blocks, got, err)
		}
	}
}

// A harness that cannot find a loss proves nothing: here each flush in turn is a lie.
func TestLostFlushesAreFound(t *testing.T) {
	for _, name := range []string{"disk", "log", "delta", "delta.index", "undo", "undo.index", "folder"} {
		cfg := Random(7, 400, 40)
		cfg.Points = 400
		cfg.Lies = func(n string) bool { return n == name }
		if got, err := Run(cfg); err != nil || got.Losses == 0 {
			t.Errorf("without the flush of %s: %+v, %v", name, got, err)
		} else {
			t.Logf("without the flush of %s: %+v", name, got)
		}
	}
}

// The disks without their journal are between old and new: each of their sectors is one.
func TestJournalLost(t *testing.T) {
	cfg := Random(9, 100, 30)
	m := New(cfg.Base)
	j, err := Prepare(m, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := j.Commit(t.Context(), m.Disk, nil); err != nil {
		t.Fatal(err)
	}
	states, mixed := 0, 0
	old, new := cfg.Want().OldBytes(), cfg.Want().NewBytes()
	for _, d := range m.JournalLost(3, 1) {
		states++
		if cfg.Want().Old(d) != nil && cfg.Want().New(d) != nil {
			mixed++
		}
		for off, page := range d.Changed() {
			for at := off; at < min(off+pageSize, d.Size()); at += sectorSize {
				p := page[at-off : at-off+sectorSize]
				if !bytes.Equal(p, old[at:at+sectorSize]) && !bytes.Equal(p, new[at:at+sectorSize]) {
					t.Fatalf("sector at %d is neither old nor new", at)
				}
			}
		}
	}
	if states < 30 || mixed < states/2 {
		t.Errorf("%d states, %d of them mixed", states, mixed)
	}
}
