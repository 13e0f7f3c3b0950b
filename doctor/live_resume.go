package doctor

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"updoc/disk/commit"
	"updoc/model"
	"updoc/remedy/journal"
)

// ResumeLive goes on with the run that waits or was interrupted; else with the plan that
// an offline repair left for this Windows. It asks nothing but through opts. Errors:
// nothing-to-resume, run-damaged, run-foreign, and those of FixLive.
func ResumeLive(ctx context.Context, pc PC, opts FixOptions) (*Fixed, error) {
	r, err := newLive(pc, opts)
	if err != nil {
		return nil, err
	}
	defer r.held.Close()
	defer fresh(ctx, pc)
	if r.state, err = readRun(r.folder); err != nil {
		return nil, err
	}
	switch {
	case r.state == nil || r.state.Ended:
		return r.followUp(ctx)
	case r.state.Undone:
		return r.undo(ctx, "")
	}
	if err := r.look(ctx); err != nil {
		return nil, r.lost(err)
	}
	if err := errors.Join(r.own(), Refusal(r.facts())); err != nil {
		return nil, err
	}
	out, err := r.goOn(ctx)
	if out == nil && err == nil {
		out, err = r.loop(ctx)
	}
	return out, r.ifStopped(ctx, err)
}

// own refuses a run that was begun on another PC.
func (r *liveRun) own() error {
	if r.state.PC.same(identityOf(r.facts())) {
		return nil
	}
	return &model.Error{Code: "run-foreign", Exit: exitRefused, Args: model.Args{"path": r.folder, "computer": r.state.PC.Name}}
}

// goOn finishes the step under way, if there is one.
func (r *liveRun) goOn(ctx context.Context) (*Fixed, error) {
	r.state.Waiting = nil
	if r.state.Open == "" {
		return nil, keepRun(r.folder, r.state)
	}
	j, err := r.held.Open(r.state.Open)
	if err != nil {
		return nil, err
	}
	defer j.Close()
	switch state := j.Steps().State(); {
	case state == "" && r.state.Failed == "":
		err = r.notBegun(ctx, j)
	case state == commit.Undone, state == commit.Discarded: // taken back, but that was not written down
		err = r.takeBack(ctx, j)
	default:
		if err := r.armAnyway(ctx); err != nil {
			return nil, r.lost(err)
		}
		out, e := r.carryOut(ctx, j)
		if out != nil || e != nil {
			return out, e
		}
	}
	if err != nil {
		return nil, err
	}
	return nil, r.afterStep(ctx)
}

// notBegun drops a step of which nothing was begun: disks may have other numbers since it
// was planned.
func (r *liveRun) notBegun(ctx context.Context, j *journal.Journal) error {
	if err := j.Steps().Undo(ctx, nil); err != nil {
		return err
	}
	s := r.state
	s.Open, s.Doing, s.Serves = "", nil, nil
	return keepRun(r.folder, s)
}

// UndoLive takes back the journals of the newest run, or of the one that the journal id
// belongs to, the newest first. What cannot be taken back is told in the receipt. It
// works without the file of the run. Errors: newer-run-first while a later run has not been
// taken back; changed-since, with nothing changed, where somebody else has changed what a
// journal left.
func UndoLive(ctx context.Context, pc PC, id string, opts FixOptions) (*Fixed, error) {
	r, err := newLive(pc, opts)
	if err != nil {
		return nil, err
	}
	defer r.held.Close()
	defer fresh(ctx, pc)
	return r.undo(ctx, id)
}

func (r *liveRun) undo(ctx context.Context, id string) (*Fixed, error) {
	known, unread := readRun(r.folder) // what cannot be read is not needed
	if unread == nil && known != nil && known.Undone && !known.Ended {
		r.undoing = known.ID
	}
	journals, of, err := r.toUndo(id)
	if err != nil {
		return nil, errors.Join(err, r.pc.Done(ctx))
	}
	r.state = &liveState{ID: of.Run, PC: of.PC, Agreed: agreedOf(r.opts), Receipt: newReceipt("", r.opts.clock().Now().UTC())}
	if unread == nil && known != nil && known.ID == of.Run {
		r.state = known
	}
	if err := r.look(ctx); err != nil {
		return nil, err
	}
	if err := errors.Join(r.own(), Refusal(r.facts())); err != nil {
		return nil, err
	}
	if err := r.unchanged(ctx, journals[0].ID); err != nil {
		return nil, err
	}
	if yes, err := r.agreedToUndo(journals); err != nil || !yes {
		return nil, cmp.Or(err, error(&model.Error{Code: "declined", Exit: exitCancelled}))
	}
	r.state.Ended = false // until all is taken back
	if r.state.Undone = true; r.state.Started.IsZero() {
		r.state.Started = r.opts.clock().Now().UTC()
	}
	if err := keepRun(r.folder, r.state); err != nil {
		return nil, err
	}
	if err := r.armAnyway(ctx); err != nil {
		return nil, err
	}
	before := layouts(r.facts())
	for _, info := range journals {
		if err := r.undoOne(ctx, info); err != nil {
			return nil, err
		}
	}
	return r.undone(ctx, before, journals)
}

// toUndo are the journals of a run that changed something, newest first, and what they
// say of it.
func (r *liveRun) toUndo(id string) (out []model.JournalInfo, of liveHead, err error) {
	all, err := journal.List(r.folder)
	if err != nil {
		return nil, of, err
	}
	if id != "" {
		if of, err = r.runOf(id); err != nil {
			return nil, of, err
		}
	}
	newer := "" // what changed something after that run
	for _, info := range all {
		its, err := r.runOf(info.ID)
		over := slices.Contains([]string{commit.Undone, commit.Discarded}, info.State) && its.Run != r.undoing
		if err != nil || its.Run == "" || over {
			continue
		}
		if (id != "" || len(out) > 0) && its.Run != of.Run {
			if len(out) == 0 && info.State != "" {
				newer = cmp.Or(newer, info.ID)
			}
			continue
		}
		if info.Problem != "" {
			return nil, of, &model.Error{Code: info.Problem, Exit: exitRefused, Args: model.Args{"id": info.ID, "file": "log"}}
		}
		of, out = its, append(out, info)
	}
	switch {
	case len(out) == 0:
		return nil, of, &model.Error{Code: "nothing-to-undo", Args: model.Args{"path": r.folder}}
	case newer != "":
		return nil, of, &model.Error{Code: "newer-run-first", Exit: exitRefused, Args: model.Args{"id": newer}}
	}
	return out, of, nil
}

// runOf is the run that a journal belongs to; the zero liveHead: it is that of a disk.
func (r *liveRun) runOf(id string) (more liveHead, err error) {
	head, err := r.held.Head(id)
	if err == nil && len(head.More) > 0 {
		err = json.Unmarshal(head.More, &more)
	}
	return more, err
}

// agreedToUndo asks whether to take those back.
func (r *liveRun) agreedToUndo(journals []model.JournalInfo) (bool, error) {
	if r.opts.Confirm == nil || r.state.Undone {
		return true, nil
	}
	p := &Proposal{Diagnosis: r.now, Receipt: newReceipt("", r.opts.clock().Now().UTC())}
	for _, info := range journals {
		for _, id := range info.Remedy {
			p.Receipt.Steps = append(p.Receipt.Steps, model.ReceiptStep{Remedy: id, Risk: r.riskOf(id), Verdict: model.StepDone})
		}
	}
	return r.opts.Confirm(p)
}

// unchanged refuses to take a journal back if somebody else has changed since what it left.
func (r *liveRun) unchanged(ctx context.Context, id string) error {
	j, err := r.held.Open(id)
	if err != nil {
		return err
	}
	defer j.Close()
	return r.others(ctx, j)
}

func (r *liveRun) others(ctx context.Context, j *journal.Journal) error {
	h, err := r.hostOf(j.Path)
	if err != nil {
		return err
	}
	what, err := j.Steps().Changed(ctx, h)
	if err == nil && len(what) > 0 {
		err = &model.Error{Code: "changed-since", Exit: exitRefused, Args: model.Args{"what": what[0]}, Err: errors.New(strings.Join(what, ", "))}
	}
	return err
}

func (r *liveRun) undoOne(ctx context.Context, info model.JournalInfo) error {
	j, err := r.held.Open(info.ID)
	if err != nil {
		return err
	}
	defer j.Close()
	for _, id := range j.Head.Remedies {
		r.opts.tell(Doing{What: "undo", Remedy: id})
	}
	if err := r.others(ctx, j); err != nil {
		return &model.Error{Code: "live-half-done", Exit: exitHalfDone, Args: model.Args{"id": info.ID, "journal": r.folder}, Err: err}
	}
	begun := j.Steps().State() != ""
	if err := r.back(ctx, j); err != nil {
		return &model.Error{Code: "live-half-done", Exit: exitHalfDone, Args: model.Args{"id": info.ID, "journal": r.folder}, Err: err}
	}
	if begun && hasAny(j.Head.Ops, irreversible) {
		r.note("not-taken-back")
	}
	return nil
}

// undone tells what was taken back, and that nothing is to go on any more.
func (r *liveRun) undone(ctx context.Context, before []model.Layout, journals []model.JournalInfo) (*Fixed, error) {
	if err := r.look(ctx); err != nil {
		return nil, err
	}
	receipt := newReceipt("", r.state.Started)
	receipt.Source, receipt.Notes, receipt.Before = r.now.Source, r.state.Receipt.Notes, before
	for _, info := range journals {
		for _, id := range info.Remedy {
			receipt.Steps = append(receipt.Steps, model.ReceiptStep{Remedy: id, Risk: r.riskOf(id), Verdict: model.StepUndone})
		}
	}
	r.state.Receipt, r.state.Journals = receipt, []string{journals[0].ID}
	r.state.Open, r.state.Doing, r.state.FollowUp = "", nil, ""
	return r.ended(ctx, model.FixUndone)
}

func (r *liveRun) riskOf(id string) string {
	if know := r.base.Remedies[id]; know != nil {
		return know.Risk
	}
	return model.RiskReversible
}
