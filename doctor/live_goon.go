package doctor

import (
	"context"
	"errors"

	"updoc/model"
	"updoc/remedy/host"
)

// timeIsUp is the reason of a step that was not begun because the run's time was over.
const timeIsUp = "time-is-up"

// arm lets the run go on by itself before anything is changed: a power cut, or whoever
// ends this process, must not leave a PC half-way for good. A step of one operation that
// leaves the partitions alone is done or not done; it may be tried on a PC that has no
// Task Scheduler any more.
func (r *liveRun) arm(ctx context.Context, ops []host.Op) error {
	if r.armed {
		return nil
	}
	was := r.state.GoesOn
	err := r.register(ctx, true)
	if err != nil {
		r.state.GoesOn = was
	}
	if err != nil && len(ops) == 1 && !hasAny(ops, partitionWork) {
		return nil
	}
	r.armed = err == nil
	return err
}

// armAnyway is arm on the way out of a PC that is half-way: it is left also where no task
// can be registered.
func (r *liveRun) armAnyway(ctx context.Context) error {
	_ = r.arm(ctx, nil)
	return ctx.Err()
}

func (r *liveRun) register(ctx context.Context, soon bool) error {
	r.state.GoesOn = true // before it is: what is registered must be taken away
	a := Again{Soon: soon}
	if usual, err := DefaultJournal(); err != nil || r.folder != usual {
		a.Journal = r.folder
	}
	return r.pc.GoOn(ctx, a)
}

// goOnAfter lets the run go on when what it waits for may be there: nothing but a start of
// Windows brings a restart, and nobody but a person knows when he is ready.
func (r *liveRun) goOnAfter(ctx context.Context, what string) error {
	var err error
	if what == model.WaitPerson {
		err = r.done(ctx)
		if err == nil {
			err = r.tell(ctx)
		}
	} else {
		err = r.register(ctx, what != model.WaitRestart)
	}
	if err != nil {
		return r.lost(err)
	}
	return nil
}

// ifStopped is for an error of a run. If a person stopped it between two steps, nothing
// goes on by itself; in the middle of one it does at the next start of Windows, because a
// PC must not stay half-way, but not before: whoever stopped it decides what becomes of it.
func (r *liveRun) ifStopped(ctx context.Context, err error) error {
	if !r.armed || !errors.Is(err, context.Canceled) {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if r.state.Open != "" && r.isBegun(r.state.Open) {
		return errors.Join(err, r.register(ctx, false))
	}
	return errors.Join(err, r.done(ctx))
}

// done takes the tasks of the run away. A Task Scheduler that does not answer is a matter
// only if it holds one.
func (r *liveRun) done(ctx context.Context) error {
	if err := r.pc.Done(ctx); err != nil && r.state.GoesOn {
		return err
	}
	return nil
}

// inTime ends the operations of a run when its time is over, between two of them.
func (r *liveRun) inTime() error {
	if r.end.IsZero() || r.opts.clock().Now().Before(r.end) {
		return nil
	}
	return &host.Interrupted{For: model.WaitTime}
}

// notNow ends a run in which nothing was begun: nobody waits for it, and the next one looks
// anew. why is put to each step that would have been done. One that has changed something
// waits, and goes on by itself.
func (r *liveRun) notNow(ctx context.Context, what string, why model.ReceiptStep) (*Fixed, error) {
	if len(r.state.Journals) > 0 {
		return r.wait(ctx, &model.Waiting{For: what})
	}
	left := r.left()
	for _, d := range r.decideLive(r.now.Plan.Steps) {
		if d.may() {
			why.ID, why.Remedy, why.Risk = d.step.ID, d.step.Remedy, d.step.Risk
			left = append(left, why)
		}
	}
	return r.ended(ctx, model.FixRefused, left...)
}
