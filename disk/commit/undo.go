package commit

import (
	"context"
	"slices"
)

// Undo goes back from any state to exactly the old bytes. A disk that was not yet
// written is not written now either: it is seen to be old, and the journal is discarded.
// Done a second time it writes nothing. Errors are those of Commit.
func (j *Journal) Undo(ctx context.Context, device Device, tell Progress) error {
	name, by := undoIndexName, UndoSynced
	switch j.State() {
	case Undone:
		return nil
	case "", Discarded:
		return j.Discard()
	case Prepared:
		name, by = deltaIndex, Prepared
	}
	ix, err := j.index(name, by)
	if err != nil {
		return err
	}
	r, err := j.start(ctx, ix, device, tell)
	if err != nil {
		return err
	}
	defer r.close()
	return r.undo()
}

func (r *run) undo() error {
	if s := r.j.State(); s == Prepared || s == UndoSynced {
		if err := r.untouched(false, r.old); err != nil {
			return err
		}
		return r.j.Discard()
	}
	if err := r.mayUndo(); err != nil {
		return err
	}
	if r.j.State() != Undoing {
		if err := r.j.log.Append(Undoing, nil); err != nil {
			return err
		}
	}
	return r.steps()
}

// mayUndo checks undo and disk. Only a disk that was seen to be new must still be exactly
// that: one whose reading back failed may be old in places.
func (r *run) mayUndo() error {
	if err := r.intact(r.old); err != nil {
		return err
	}
	if r.j.State() == Verified {
		return r.untouched(false, r.new)
	}
	return r.untouched(true, r.old, r.new)
}

// back writes the old content, last phase first.
func (r *run) back() error {
	phases := slices.Clone(r.phases)
	slices.Reverse(phases)
	if err := r.write(r.old, phases); err != nil {
		return err
	}
	if err := r.readBack(r.old); err != nil {
		return err
	}
	return r.j.log.Append(Undone, nil)
}
