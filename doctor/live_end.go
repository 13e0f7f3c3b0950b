package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/journal"
)

// finished ends a run that has nothing left to do, and says what came of it.
func (r *liveRun) finished(ctx context.Context) (*Fixed, error) {
	if err := r.setAside(ctx); err != nil {
		return nil, err
	}
	left := r.left()
	if again := r.onlyTried(); again {
		r.state.Receipt.Stopped = r.stopped(model.StoppedSameAgain)
		return r.ended(ctx, model.FixNotCured, left...)
	}
	return r.ended(ctx, r.verdict(left), left...)
}

// left are the steps that were not done, with the reason.
func (r *liveRun) left() []model.ReceiptStep {
	var out []model.ReceiptStep
	for _, d := range r.decideLive(r.now.Plan.Steps) {
		if !d.may() {
			out = append(out, model.ReceiptStep{ID: d.step.ID, Remedy: d.step.Remedy, Risk: d.step.Risk, Verdict: d.verdict, Detail: d.detail, Gate: d.gate, Args: d.args})
		}
	}
	return out
}

// onlyTried tells of a loop: something is still wrong, and the plan for it holds nothing
// but what was tried in this run.
func (r *liveRun) onlyTried() bool {
	tried := r.tried()
	again := slices.ContainsFunc(r.full.Steps, func(s model.Step) bool {
		return s.Risk > model.RiskLook && slices.Contains(tried, s.Remedy)
	})
	other := slices.ContainsFunc(r.now.Plan.Steps, func(s model.Step) bool { return s.Risk > model.RiskLook })
	return again && !other || r.retryFailed()
}

// retryFailed tells that an update was tried again and still fails.
func (r *liveRun) retryFailed() bool {
	return slices.ContainsFunc(r.state.Receipt.Steps, func(s model.ReceiptStep) bool { return s.Detail == "still-failing" }) &&
		!slices.ContainsFunc(r.now.Plan.Steps, func(s model.Step) bool { return s.Risk > model.RiskLook })
}

// stopped names a loop: what was tried, and what is still seen.
func (r *liveRun) stopped(code string) *model.Stopped {
	out := &model.Stopped{Code: code, Tried: r.tried(), Seen: []string{}}
	for _, s := range r.full.Steps {
		if s.Cause != "" && !slices.Contains(out.Seen, s.Cause) {
			out.Seen = append(out.Seen, s.Cause)
		}
	}
	return out
}

// verdict sums up what was done and what was left.
func (r *liveRun) verdict(left []model.ReceiptStep) string {
	all := append(slices.Clone(r.state.Receipt.Steps), left...)
	has := func(verdicts ...string) bool {
		return slices.ContainsFunc(all, func(s model.ReceiptStep) bool { return slices.Contains(verdicts, s.Verdict) })
	}
	switch done := has(model.StepDone); {
	case done && slices.ContainsFunc(left, stillOpen):
		return model.FixWaiting
	case done:
		return model.FixCured
	case has(model.StepFailed, model.StepUndone):
		return model.FixNotCured
	case has(model.StepRefused):
		return model.FixRefused
	case has(model.StepFollowUp):
		return model.FixWaiting
	}
	return model.FixNothing
}

// ended closes the run: what it registered is taken away, and the result lies where
// everybody may read it.
func (r *liveRun) ended(ctx context.Context, verdict string, left ...model.ReceiptStep) (*Fixed, error) {
	r.state.Ended, r.state.Waiting = true, nil
	if err := keepRun(r.folder, r.state); err != nil {
		return nil, r.lost(err)
	}
	out, err := r.result(verdict, left...)
	if err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // it is done: to stop now would leave the tasks
	if err := r.done(ctx); err != nil {
		return nil, err
	}
	return out, r.tell(ctx)
}

// tell shows the result to who signs in next, if nobody was there to see it.
func (r *liveRun) tell(ctx context.Context) error {
	t, ok := r.pc.(Teller)
	if !ok || r.state.Restarts == 0 || r.opts.Confirm != nil || r.state.Undone {
		return nil
	}
	return t.Tell(ctx, r.opts.clock().Now().AddDate(0, 0, tellDays))
}

// tellDays is how long a result is shown at sign-in.
const tellDays = 1

// result is the receipt as it is now, kept for whoever signs in.
func (r *liveRun) result(verdict string, left ...model.ReceiptStep) (*Fixed, error) {
	receipt := r.receipt()
	receipt.Steps = append(slices.Clone(receipt.Steps), left...)
	receipt.Verdict, receipt.Ended = verdict, r.opts.clock().Now().UTC()
	if r.now != nil {
		receipt.After = layouts(r.facts())
	}
	if err := keepResult(r.folder, receipt); err != nil {
		return nil, err
	}
	return &Fixed{Receipt: receipt, Before: r.first, After: r.now}, nil
}

// receipt is that of the run so far; its journal is the newest.
func (r *liveRun) receipt() *model.Receipt {
	out := *r.state.Receipt
	out.Waiting = r.state.Waiting
	if n := len(r.state.Journals); n > 0 {
		out.ID = r.state.Journals[n-1]
		out.Folder = filepath.Join(r.folder, out.ID)
		if j, err := r.held.Open(out.ID); err == nil {
			out.State, out.Journal = j.Steps().State(), j.Chain()
			j.Close()
		}
	}
	return &out
}

// keepResult writes the receipt where the person may read it.
func keepResult(folder string, r *model.Receipt) error {
	text, err := json.MarshalIndent(r, "", "  ")
	path := resultPath(folder)
	if err == nil {
		err = journal.Keep(path, text)
	}
	if err != nil {
		return &model.Error{Code: "journal-not-writable", Args: model.Args{"path": path}, Err: err}
	}
	return nil
}

// resultPath is the file of the result: beside the usual folder of journals, which only
// administrators may read, or in one that was named.
func resultPath(folder string) string {
	if filepath.Base(folder) == journalsName {
		folder = filepath.Dir(folder)
	}
	return filepath.Join(folder, resultName)
}

// LastResult is the receipt of the last run on this Windows, or of what it waits for; nil
// if there was none. folder is that of the journals, empty: the usual one.
func LastResult(folder string) (*model.Receipt, error) {
	folder, err := FixOptions{Journal: folder}.folder()
	if err != nil {
		return nil, err
	}
	path := resultPath(folder)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxRun) { // until a repair takes the folder, anybody may have put it there
		err = errors.New("not a result")
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	out := &model.Receipt{}
	if err == nil {
		err = json.Unmarshal(text, out)
	}
	if err != nil {
		return nil, &model.Error{Code: "result-not-readable", Args: model.Args{"path": path}, Err: err}
	}
	return out, nil
}

// dryLive says what would be done. Nothing can be tried out on a running Windows.
func dryLive(ctx context.Context, pc PC, opts FixOptions) (*Fixed, error) {
	r := &liveRun{pc: pc, opts: opts, state: &liveState{Agreed: agreedOf(opts), Receipt: newReceipt("", opts.clock().Now().UTC())}}
	var err error
	if r.base, err = opts.base(); err != nil {
		return nil, err
	}
	if err := r.look(ctx); err != nil {
		return nil, err
	}
	if err := Refusal(r.facts()); err != nil {
		return nil, err
	}
	out := r.state.Receipt
	out.Before, out.After = layouts(r.facts()), layouts(r.facts())
	for _, d := range r.decideLive(r.now.Plan.Steps) {
		s := model.ReceiptStep{ID: d.step.ID, Remedy: d.step.Remedy, Risk: d.step.Risk, Verdict: d.verdict, Detail: d.detail, Gate: d.gate, Args: d.args}
		if d.may() {
			s.Verdict, s.Operations = model.StepDone, describe(d.ops)
		}
		out.Steps = append(out.Steps, s)
	}
	out.Notes = append(out.Notes, "not-tried-out")
	out.Verdict, out.Ended = model.FixDry, opts.clock().Now().UTC()
	return &Fixed{Receipt: out, Before: r.now}, nil
}

// setAside gives the plan that an offline repair left another name: it was done.
func (r *liveRun) setAside(ctx context.Context) error {
	if r.state.FollowUp == "" {
		return nil
	}
	w := r.facts().Windows.ID
	name := "follow-up-done-" + r.state.ID + ".json"
	h, err := r.hostOf(filepath.Join(r.folder, "run-"+r.state.ID)) // no journal's: it is not taken back
	if err != nil {
		return err
	}
	err = h.Do(ctx, host.Op{Kind: host.Rename, From: host.Place{Volume: w, Path: r.state.FollowUp}, Text: name, Maybe: true})
	if err != nil {
		return err
	}
	r.state.FollowUp = ""
	return nil
}
