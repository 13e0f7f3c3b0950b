package commit

import (
	"context"

	"updoc/disk/overlay"
)

// forward are the steps to VERIFIED, by the state each begins in.
var forward = map[string]func(*run) error{
	Prepared:   (*run).saveUndo,
	UndoSynced: (*run).allow,
	Applying:   (*run).apply,
	Applied:    (*run).verify,
	Undoing:    (*run).back,
}

// Commit writes a prepared journal to device: the undo first, then the changes, then it
// reads them back. Errors: *ForeignError and *SizeError, nothing was written;
// *DamagedError; *DeviceError; *UnverifiedError; the context's. Unless the state is
// still PREPARED or UNDO_SYNCED, Resume or Undo must follow.
func (j *Journal) Commit(ctx context.Context, device Device, tell Progress) error {
	if j.State() != Prepared {
		return &StateError{Prepared, j.State()}
	}
	return j.Resume(ctx, device, tell)
}

// Resume goes on from any state to VERIFIED, or to UNDONE if an Undo had begun. Done a
// second time it writes nothing. Errors are those of Commit, and ErrUnprepared.
func (j *Journal) Resume(ctx context.Context, device Device, tell Progress) error {
	switch j.State() {
	case "":
		return ErrUnprepared
	case Undoing:
		return j.Undo(ctx, device, tell)
	case Verified, Undone, Discarded:
		return nil
	}
	ix, err := j.index(deltaIndex, Prepared)
	if err != nil {
		return err
	}
	r, err := j.start(ctx, ix, device, tell)
	if err != nil {
		return err
	}
	defer r.close()
	if err := r.mayResume(); err != nil {
		return err
	}
	return r.steps()
}

func (r *run) mayResume() error {
	if err := r.intact(r.new); err != nil {
		return err
	}
	switch r.j.State() {
	case UndoSynced:
		if _, err := r.j.index(undoIndexName, UndoSynced); err != nil {
			return err
		}
		return r.intact(r.old)
	case Applying, Applied:
		return r.untouched(true, r.old, r.new)
	}
	return nil
}

func (r *run) steps() error {
	for {
		step := forward[r.j.State()]
		if step == nil {
			return nil
		}
		if err := step(r); err != nil {
			return err
		}
	}
}

// saveUndo copies the old content of every block and makes it last.
func (r *run) saveUndo() error {
	if err := r.emptyUndo(); err != nil {
		return err
	}
	if err := r.each("undo-copy", r.phases, r.saveBatch); err != nil {
		return err
	}
	if err := r.old.file.Sync(); err != nil {
		return err
	}
	text := r.ix.encode()
	if err := r.j.keepIndex(undoIndexName, text); err != nil {
		return err
	}
	if err := r.intact(r.old); err != nil {
		return err
	}
	return r.j.log.Append(UndoSynced, struct {
		Index string `json:"index"`
	}{hexSum(text)})
}

// emptyUndo leaves the undo as zeros, whatever an attempt before has left.
func (r *run) emptyUndo() error {
	if err := r.old.file.Truncate(0); err != nil {
		return err
	}
	return r.old.file.Allocate(int64(len(r.ix.entries)) * overlay.BlockSize)
}

// saveBatch copies one batch; zeros are there already.
func (r *run) saveBatch(b batch, p []byte) error {
	if err := r.readDevice(p, b.off); err != nil {
		return err
	}
	empty := true
	for i := range b.n {
		h := hash(r.ix.block(b, i, p))
		if h != r.ix.entries[b.first+i].old {
			return &ForeignError{r.ix.one(b.first + i).off}
		}
		empty = empty && h == zeroSum
	}
	if empty {
		return nil
	}
	_, err := r.old.file.WriteAt(p, int64(b.first)*overlay.BlockSize)
	return err
}

// allow is the last look before the disk is written.
func (r *run) allow() error {
	if err := r.untouched(false, r.old); err != nil {
		return err
	}
	return r.j.log.Append(Applying, nil)
}

func (r *run) apply() error {
	if err := r.write(r.new, r.phases); err != nil {
		return err
	}
	return r.j.log.Append(Applied, nil)
}

func (r *run) verify() error {
	if err := r.readBack(r.new); err != nil {
		return err
	}
	return r.j.log.Append(Verified, nil)
}
