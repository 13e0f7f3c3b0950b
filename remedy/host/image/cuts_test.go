package image_test

import (
	"testing"

	"updoc/cases/layouts"
	"updoc/disk/commit/cut"
)

// cutsEach is how often the power is cut for each layout: more than 10,000 in all.
const cutsEach = 800

// Whenever the power is cut, during commit, undo or resume, resuming leaves exactly the
// new disk and undoing exactly the old one.
func TestCuts(t *testing.T) {
	for i, l := range layouts.All() {
		t.Run(l.Name, func(t *testing.T) {
			path := build(t, l)
			w := carryOut(t, l, path)
			r, err := cut.Run(w.Cuts(read(t, path), cutsEach, uint64(i)))
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d blocks, %d cut points, %d losses", len(w.Plan.Changes), r.Points, r.Losses)
			if r.Losses > 0 {
				t.Error(r.Lost)
			}
		})
	}
}
