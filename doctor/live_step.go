package doctor

import (
	"context"
	"errors"
	"maps"
	"slices"

	"updoc/disk/commit"
	"updoc/model"
	"updoc/remedy"
	"updoc/remedy/host"
	"updoc/remedy/journal"
)

// irreversible are operations that Back does not take back.
var irreversible = []string{host.RunTool, host.InstallUpdate, host.AwaitPerson}

// carryOut does the operations of a journal, or goes on with them, and looks what came of
// it. A Fixed means that the run ends or waits here.
func (r *liveRun) carryOut(ctx context.Context, j *journal.Journal) (*Fixed, error) {
	s := r.state
	r.opts.tell(Doing{What: "live-step", Remedy: s.Doing.Remedy})
	if s.Failed != "" || j.Steps().State() == commit.Undoing {
		return nil, r.takeBack(ctx, j)
	}
	ctx = host.Telling(ctx, func(done, total int64) {
		r.opts.tell(Doing{What: "live-step", Remedy: s.Doing.Remedy, Done: done, Total: total})
	})
	err := r.run(ctx, j)
	var wait *host.Interrupted
	if errors.As(err, &wait) {
		return r.interrupted(ctx, j, wait)
	}
	if e := r.broken(j, err); e != nil {
		return nil, e
	}
	return nil, r.judge(ctx, j, err)
}

// broken is the error of a step that is neither done nor known to have failed: the
// journal itself, the power, or a person who stopped it.
func (r *liveRun) broken(j *journal.Journal, err error) error {
	var known *model.Error
	switch state := j.Steps().State(); {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled) && state == "":
		return err // nothing was begun
	case errors.Is(err, context.Canceled), !errors.As(err, &known), known.Code == "journal-damaged", known.Code == "disk-underway":
		return r.lost(err)
	}
	return nil
}

// judge decides by what is seen whether the step did what is expected of it; failed is
// what the operations said, and is believed no more than success. What did not is taken
// back.
func (r *liveRun) judge(ctx context.Context, j *journal.Journal, failed error) error {
	if err := r.look(ctx); err != nil {
		return r.lost(err)
	}
	seen := r.asExpected(j)
	if failed != nil && seen == nil && r.settles(j) {
		failed = j.Steps().Settle()
	}
	switch {
	case failed != nil:
		r.state.Failed, r.state.With = codeOf(failed), errorArgs(failed)
	case codeOf(seen) == "still-failing":
		r.state.Failed = "still-failing"
	case seen != nil:
		r.state.Failed = "live-not-as-expected"
	default:
		r.judged = true
		r.owe(*r.state.Doing)
		return r.record(model.StepDone, "", nil)
	}
	if err := keepRun(r.folder, r.state); err != nil {
		return r.lost(err)
	}
	return r.takeBack(ctx, j)
}

// settles tells that only the last operation failed and that what follows from the remedy
// can be seen: then the sight of it decides.
func (r *liveRun) settles(j *journal.Journal) bool {
	know := r.base.Remedies[r.state.Doing.Remedy]
	left, err := j.Steps().Left()
	rem, _ := r.remedy(r.state.Doing.Remedy)
	return err == nil && left == 1 && know != nil && know.Expect.Set() && !rem.Later()
}

func codeOf(err error) string {
	var known *model.Error
	if errors.As(err, &known) {
		return known.Code
	}
	return "failed"
}

// errorArgs are what the text of an error names; nil: nothing.
func errorArgs(err error) model.Args {
	var known *model.Error
	if errors.As(err, &known) {
		return known.Args
	}
	return nil
}

// asExpected holds the step to its word. An update that was installed again is in, waits
// for a restart, or was not needed.
func (r *liveRun) asExpected(j *journal.Journal) error {
	s := r.state
	rem, ok := r.remedy(s.Doing.Remedy)
	if !ok {
		rem = remedy.Remedy{ID: s.Doing.Remedy}
	}
	if err := expected(r.base, r.facts(), rem, s.Serves); err != nil {
		return err
	}
	if s.Serves == nil || !hasAny(j.Head.Ops, []string{host.InstallUpdate}) {
		return nil
	}
	state := verifyUpdate(r.now, r.base, *s.Serves).State
	if state == model.UpdateFailing || state == model.UpdateMissing {
		return &model.Error{Code: "still-failing", Exit: exitNotCured, Args: model.Args{"kb": s.Serves.KB}}
	}
	return nil
}

// takeBack undoes the step, as far as it can be undone, and writes that down.
func (r *liveRun) takeBack(ctx context.Context, j *journal.Journal) error {
	r.opts.tell(Doing{What: "undo", Remedy: r.state.Doing.Remedy})
	if err := r.back(ctx, j); err != nil {
		return r.lost(err)
	}
	verdict, args := model.StepUndone, model.Args{"remedy": r.state.Doing.Remedy}
	maps.Copy(args, r.state.With)
	if hasAny(j.Head.Ops, irreversible) {
		verdict = model.StepFailed
		r.note("not-taken-back")
	}
	if s := r.state.Serves; s != nil {
		args["kb"] = s.KB
	}
	return r.record(verdict, r.state.Failed, args)
}

// record writes down what came of the step: it is not under way any more.
func (r *liveRun) record(verdict, detail string, args model.Args) error {
	s := r.state
	s.Receipt.Steps = append(s.Receipt.Steps, model.ReceiptStep{ID: s.Doing.ID, Remedy: s.Doing.Remedy, Risk: s.Doing.Risk, Verdict: verdict, Detail: detail, Args: args})
	s.Open, s.Doing, s.Serves, s.Failed, s.With, s.Waiting = "", nil, nil, "", nil, nil
	return keepRun(r.folder, s)
}

func (r *liveRun) note(id string) {
	if !slices.Contains(r.state.Receipt.Notes, id) {
		r.state.Receipt.Notes = append(r.state.Receipt.Notes, id)
	}
}
