package doctor

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"updoc/disk"
	"updoc/disk/commit"
	"updoc/disk/overlay"
	"updoc/model"
)

// prepare verifies the overlay and completes the delta: PREPARED.
func (r *repair) prepare(ctx context.Context) error {
	r.opts.tell(Doing{What: "verify"})
	if err := r.host.Verify(ctx); err != nil {
		return err
	}
	plan, err := r.host.Plan()
	if err != nil {
		return err
	}
	if err := r.blocks.Describe(r.journal.Head); err != nil {
		return journalError(err, r.args())
	}
	if err := r.blocks.Prepare(ctx, plan.Changes, r.target.Reader(), plan.Phase, plan.Watch); err != nil {
		return journalError(err, r.args())
	}
	r.receipt.State, r.receipt.After = r.blocks.State(), layouts(r.facts)
	r.receipt.Notes = append(r.receipt.Notes, r.host.Notes()...)
	r.receipt.ID, r.receipt.Folder = r.journal.Head.ID, r.journal.Path
	r.receipt.Changed = changedBy(plan.Changes, r.target.Size())
	return nil
}

// changedBy sums up blocks as ranges.
func changedBy(list []overlay.Change, size int64) model.Changed {
	out := model.Changed{Ranges: []model.Range{}}
	for _, c := range list {
		start := uint64(c.Block) * overlay.BlockSize
		n := min(overlay.BlockSize, uint64(size)-start)
		out.Bytes += int64(n)
		if last := len(out.Ranges) - 1; last >= 0 && out.Ranges[last].Start+out.Ranges[last].Size == start {
			out.Ranges[last].Size += n
			continue
		}
		out.Ranges = append(out.Ranges, model.Range{Start: start, Size: n})
	}
	out.Journal = 2*out.Bytes + int64(len(list))*2*64
	out.Seconds = secondsFor(out.Bytes)
	return out
}

// confirmed asks whether to write.
func (r *repair) confirmed() error {
	if r.opts.Confirm == nil {
		return nil
	}
	yes, err := r.opts.Confirm(&Proposal{Diagnosis: r.before, Receipt: r.receipt})
	if err == nil && !yes {
		err = &model.Error{Code: "declined", Exit: exitCancelled}
	}
	return err
}

// commit writes to the disk. From its first write on the journal stays.
func (r *repair) commit(ctx context.Context) error {
	if err := r.host.Close(); err != nil {
		return err
	}
	r.host = nil
	dev, err := r.target.Writer()
	if err != nil {
		return err
	}
	defer dev.Close()
	r.kept = true
	err = r.blocks.Commit(ctx, dev, func(what string, done, total int64) { r.opts.tell(Doing{What: what, Done: done, Total: total}) })
	r.receipt.State, r.receipt.Journal = r.blocks.State(), r.blocks.Log().Head()
	return r.interrupted(err)
}

func (r *repair) args() model.Args {
	return model.Args{"path": r.path, "id": r.journal.Head.ID, "journal": filepath.Dir(r.journal.Path)}
}

// interrupted turns what stopped a commit into what can be done about it.
func (r *repair) interrupted(err error) error {
	switch {
	case err == nil:
		return nil
	case r.blocks.State() == commit.Applying || r.blocks.State() == commit.Applied:
		return &model.Error{Code: "half-done", Exit: exitHalfDone, Args: r.args(), Err: err}
	}
	r.kept = false
	if errors.Is(err, context.Canceled) {
		return err
	}
	return journalError(err, r.args())
}

// finish looks at the disk itself once more.
func (r *repair) finish(ctx context.Context) (*Fixed, error) {
	d, err := disk.Open(ctx, r.path, disk.Options{})
	if err != nil {
		return nil, err
	}
	m, err := r.look(ctx, d)
	if err != nil {
		return nil, err
	}
	after, err := Diagnose(m, r.opts.Options)
	if err != nil {
		return nil, err
	}
	after.Source = r.receipt.Source
	r.receipt.After = layouts(m)
	r.receipt.Changed.Seconds = max(1, int64(time.Since(r.began).Seconds()))
	out := r.end(verdictOf(r.receipt.Steps), after)
	return out, r.journal.WriteReceipt(out.Receipt)
}
