package doctor

import (
	"context"
	"errors"
	"slices"
	"time"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/journal"
)

const (
	exitWaits    = 5
	maxRestarts  = 4                // that one run asks for; a clean boot needs three
	restartAfter = 60               // seconds in which work can be saved, or the restart called off
	agentPoll    = 30 * time.Second // between two looks whether an update is still being installed
)

// interrupted ends, or waits with, a step that goes on later.
func (r *liveRun) interrupted(ctx context.Context, j *journal.Journal, why *host.Interrupted) (*Fixed, error) {
	w := &model.Waiting{For: why.For, Text: why.Text}
	switch why.For {
	case model.WaitRestart:
		return r.restart(ctx, j, w)
	case model.WaitAgent:
		return r.again(ctx, j, w)
	}
	return r.wait(ctx, w)
}

// wait writes down what is waited for and ends this process's part of the run.
func (r *liveRun) wait(ctx context.Context, w *model.Waiting) (*Fixed, error) {
	w.Since = r.opts.clock().Now().UTC()
	r.state.Waiting = w
	if err := keepRun(r.folder, r.state); err != nil {
		return nil, r.lost(err)
	}
	out, err := r.result(model.FixWaiting)
	if err != nil {
		return nil, err
	}
	return out, r.goOnAfter(ctx, w.For)
}

// restart lets the run go on by itself after a restart, and asks Windows for one if that
// was agreed to. The task is there before Windows goes down.
func (r *liveRun) restart(ctx context.Context, j *journal.Journal, w *model.Waiting) (*Fixed, error) {
	if r.state.Restarts >= maxRestarts {
		return r.tooOften(ctx, j)
	}
	yes, err := r.mayRestart()
	if err != nil {
		return nil, err
	}
	if yes {
		r.count()
	}
	out, err := r.wait(ctx, w)
	if err != nil {
		return nil, err
	}
	if yes {
		if err := r.pc.Restart(ctx, restartAfter, r.reason()); err != nil {
			return nil, err // it waits all the same, and goes on when somebody restarts Windows
		}
	}
	return out, nil
}

// oneStart is by how much the start of Windows, which is read off two clocks, may seem to
// differ. Two starts are farther apart: restartAfter.
const oneStart = restartAfter / 2 * time.Second

// count counts a restart, once for each start of Windows: before it goes down, the run may
// be resumed and ask again.
func (r *liveRun) count() {
	start := r.facts().Boot.LastBoot
	if start.Known && start.Value.Sub(r.state.Start).Abs() < oneStart {
		return
	}
	r.state.Restarts++
	r.state.Start = start.Value
}

// mayRestart: nobody forbade it, and somebody said that open work is saved.
func (r *liveRun) mayRestart() (bool, error) {
	switch {
	case r.opts.NoRestart:
		return false, nil
	case slices.Contains(r.opts.Accept, workSaved):
		return true, nil
	case r.opts.Confirm == nil:
		return false, nil
	}
	return r.opts.Confirm(&Proposal{Diagnosis: r.now, Receipt: r.receipt(), Restart: true})
}

// reason is what Windows shows beside the restart. It is a name, in no language.
func (r *liveRun) reason() string {
	if r.state.Doing != nil {
		return "updoc: " + r.state.Doing.Remedy
	}
	return "updoc"
}

// tooOften gives a step up that wants one restart after the other.
func (r *liveRun) tooOften(ctx context.Context, j *journal.Journal) (*Fixed, error) {
	r.state.Failed = model.StoppedRestarts
	if err := keepRun(r.folder, r.state); err != nil {
		return nil, r.lost(err)
	}
	if err := r.takeBack(ctx, j); err != nil {
		return nil, err
	}
	r.state.Receipt.Stopped = r.stopped(model.StoppedRestarts)
	return r.ended(ctx, model.FixNotCured)
}

// again does the step again until the update agent is free, or the time to wait is up.
func (r *liveRun) again(ctx context.Context, j *journal.Journal, w *model.Waiting) (*Fixed, error) {
	clock := r.opts.clock()
	for end := clock.Now().Add(r.opts.Wait); clock.Now().Before(end); {
		r.opts.tell(Doing{What: "wait-agent"})
		if err := clock.Sleep(ctx, agentPoll); err != nil {
			return nil, r.lost(err)
		}
		err := r.run(ctx, j)
		var still *host.Interrupted
		switch {
		case errors.As(err, &still) && still.For == model.WaitAgent:
		case errors.As(err, &still):
			return r.interrupted(ctx, j, still)
		case r.broken(j, err) != nil:
			return nil, r.broken(j, err)
		default:
			return nil, r.judge(ctx, j, err)
		}
	}
	return r.wait(ctx, w)
}

// waitForAgent waits before a step until no update is being installed: it is looked again
// each time.
func (r *liveRun) waitForAgent(ctx context.Context) (*Fixed, error) {
	clock := r.opts.clock()
	if r.agentEnd.IsZero() {
		r.agentEnd = clock.Now().Add(r.opts.Wait)
	}
	if !clock.Now().Before(r.agentEnd) {
		return r.notNow(ctx, model.WaitAgent, model.ReceiptStep{Verdict: model.StepRefused, Detail: gateClosed, Gate: noUpdate})
	}
	r.opts.tell(Doing{What: "wait-agent"})
	return nil, clock.Sleep(ctx, agentPoll)
}
