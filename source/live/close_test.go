package live_test

import (
	"io/fs"
	"testing"

	"updoc/source/live"
	"updoc/source/live/simulated"
)

// closing counts how often a volume was closed.
type closing struct {
	fs.FS
	closed *int
}

func (c closing) Close() error { *c.closed++; return nil }

// Volumes that were opened are closed with the source, once.
func TestVolumesAreClosed(t *testing.T) {
	w := start(t, simulated.Options{Admin: true})
	sys := w.System()
	volume, opened, closed := sys.Volume, 0, 0
	sys.Volume = func(root string) (fs.FS, error) {
		opened++
		fsys, err := volume(root)
		return closing{fsys, &closed}, err
	}
	s, err := live.Open(t.Context(), sys, live.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := read(s, plain); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if opened == 0 || closed != opened {
		t.Errorf("%d opened, %d closed", opened, closed)
	}
}
