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
	"updoc/remedy/journal"
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

// agreed keeps what is about to be done beside the journal, for whoever goes on with it:
// a journal without that was never agreed to.
func (r *repair) agreed() error {
	planned := *r.receipt
	planned.Verdict = model.FixHalfDone
	return r.journal.WriteReceipt(&planned)
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

func (r *repair) args() model.Args { return argsOf(r.path, r.journal) }

// argsOf are what texts about a journal name: the disk, the journal, its folder.
func argsOf(path string, j *journal.Journal) model.Args {
	return model.Args{"path": path, "id": j.Head.ID, "journal": filepath.Dir(j.Path)}
}

// interrupted turns what stopped a commit into what can be done about it.
func (r *repair) interrupted(err error) error {
	switch {
	case err == nil:
		return nil
	case halfWay(r.blocks.State()):
		return &model.Error{Code: "half-done", Exit: exitHalfDone, Args: r.args(), Err: err}
	}
	r.kept = false
	if errors.Is(err, context.Canceled) {
		return err
	}
	return journalError(err, r.args())
}

// halfWay tells that in this state the disk may be neither old nor new, or was not yet
// seen to be.
func halfWay(state string) bool {
	return state == commit.Applying || state == commit.Applied || state == commit.Undoing
}

// finish keeps the receipt, then looks at the disk itself once more. What was done stays
// done if that cannot be looked at.
func (r *repair) finish(ctx context.Context) (*Fixed, error) {
	r.receipt.Changed.Seconds = max(1, int64(time.Since(r.began).Seconds()))
	out := r.end(verdictOf(r.receipt.Steps), nil)
	if err := r.journal.WriteReceipt(out.Receipt); err != nil {
		return nil, err
	}
	m, err := r.again(ctx)
	if err != nil {
		return nil, err
	}
	if out.After, err = Diagnose(m, r.opts.Options); err != nil {
		return nil, err
	}
	out.After.Source = r.receipt.Source
	r.receipt.After = layouts(m)
	return out, r.journal.WriteReceipt(out.Receipt)
}

// again reads the facts of the disk that was written.
func (r *repair) again(ctx context.Context) (*model.Machine, error) {
	d, err := disk.Open(ctx, r.path, disk.Options{})
	if err != nil {
		return nil, err
	}
	return r.look(ctx, d)
}
