package cut

import "testing"

func TestNoCutLosesAnything(t *testing.T) {
	for blocks, points := range map[int]int{40: 2500, 500: 300} {
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
