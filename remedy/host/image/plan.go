package image

import (
	"updoc/disk/commit"
	"updoc/disk/overlay"
)

// Plan is what a commit needs to know: the blocks, packed in the overlay's store, when
// each is written, and what tells of other writers.
type Plan struct {
	Changes []overlay.Change
	Phase   func(block int64) commit.Phase
	Watch   []commit.Range
}

// Plan packs the overlay's store, so that it is the delta. After it no operation may follow.
func (h *Host) Plan() (*Plan, error) {
	if err := h.settle(); err != nil {
		return nil, err
	}
	if err := h.target.Unchanged(); err != nil {
		return nil, err
	}
	changes, err := h.over.Compact()
	if err != nil {
		return nil, err
	}
	p, err := h.phases()
	if err != nil {
		return nil, err
	}
	return &Plan{Changes: changes, Phase: p.of, Watch: h.watch()}, nil
}

// Notes are ids of what the person should know of the result: dirty-flag, if Windows will
// check a volume at its next start; restore-points, if a volume was moved or shrunk whose
// restore points may not survive.
func (h *Host) Notes() []string {
	if h.dirty {
		return []string{"dirty-flag", "restore-points"}
	}
	return nil
}
