package doctor

import (
	"context"
	"errors"
	"slices"
	"time"

	"updoc/expr"
	"updoc/model"
	"updoc/plan"
	"updoc/remedy/host"
)

// liveDecision is a decision with what the step will do.
type liveDecision struct {
	decision
	ops   []host.Op
	notes []string // ids of what should be said if it is done
	asked bool     // somebody was asked: time has passed, and it is looked at again first
}

// done tells that the step is to be carried out now.
func (d *liveDecision) may() bool { return d.verdict == "" }

// decideLive goes through the plan for a running Windows. It is pure.
func (r *liveRun) decideLive(steps []model.Step) []*liveDecision {
	var out []*liveDecision
	for _, s := range steps {
		d := r.decideStep(s)
		_, ours := r.remedy(s.Remedy)
		d.decision = r.opts.administrators.judge(d.decision, d.ops, ours && slices.Contains(s.Where, model.WhereLive))
		out = append(out, d)
	}
	return out
}

func (r *liveRun) decideStep(s model.Step) *liveDecision {
	d := &liveDecision{decision: decision{step: s}}
	var ours bool
	d.remedy, ours = r.remedy(s.Remedy)
	switch o := r.opts; {
	case len(o.Only) > 0 && !slices.Contains(o.Only, s.Remedy):
		d.verdict, d.detail = model.StepSkipped, notChosen
	case o.MaxRisk != "" && s.Risk > o.MaxRisk:
		d.verdict, d.detail = model.StepSkipped, aboveMaxRisk
	case ours && slices.Contains(s.Where, model.WhereLive):
		r.prepare(d)
	case s.Risk > model.RiskLook:
		d.verdict, d.detail = model.StepFollowUp, needsPerson
	default:
		d.verdict, d.detail = model.StepSkipped, needsPerson // advice
	}
	return d
}

// prepare finds out what the step will do, and whether it may.
func (r *liveRun) prepare(d *liveDecision) {
	ops, notes, err := opsOf(d.remedy, d.step, r.facts())
	var known *model.Error
	switch {
	case errors.As(err, &known):
		d.verdict, d.detail, d.args = model.StepRefused, known.Code, known.Args
		return
	case err != nil:
		d.verdict, d.detail = model.StepRefused, "failed"
		return
	case len(ops) == 0:
		d.verdict, d.detail = model.StepSkipped, "as-it-should-be"
		return
	}
	d.ops, d.notes = ops, notes
	if code, args := lacking(r.facts(), ops); code != "" {
		d.verdict, d.detail, d.args = model.StepRefused, code, args
		return
	}
	d.detail, d.gate = r.opts.liveGates(d.step, ops, r.facts())
	if d.detail != "" {
		d.verdict = model.StepRefused
	}
}

// next is the first step that may be done; else the first one for which a person can be
// asked; nil if there is none.
func (r *liveRun) next() *liveDecision {
	all := append(r.decideLive(r.now.Plan.Steps), r.decideLive(r.owed())...)
	i := slices.IndexFunc(all, (*liveDecision).may)
	if i < 0 && r.opts.Accepts != nil {
		i = slices.IndexFunc(all, func(d *liveDecision) bool { return r.askable(d) != "" })
	}
	if i < 0 {
		return nil
	}
	return all[i]
}

// owed are the steps that are to show that what was done worked: the plan made
// afterwards does not hold them any more.
func (r *liveRun) owed() []model.Step {
	var out []model.Step
	tried := r.tried()
	for _, s := range r.state.Owed {
		planned := slices.ContainsFunc(r.now.Plan.Steps, func(p model.Step) bool { return p.Remedy == s.Remedy })
		if !planned && !slices.Contains(tried, s.Remedy) {
			s.Gates = r.gatesOf(s.Remedy)
			out = append(out, s)
		}
	}
	return out
}

// gatesOf are the gates of a remedy on the facts as they are now.
func (r *liveRun) gatesOf(id string) []model.Gate {
	out := []model.Gate{}
	know := r.base.Remedies[id]
	if know == nil {
		return out
	}
	for _, gate := range know.Gates {
		state, err := plan.GateState(r.base.Gates[gate], expr.Vars{Machine: r.facts(), Windows: r.base.Lifecycle(&r.facts().OS)})
		if err != nil {
			state = model.GateUnseen
		}
		out = append(out, model.Gate{ID: gate, State: state})
	}
	return out
}

// owe remembers what belongs behind a step that was done.
func (r *liveRun) owe(done model.Step) {
	for _, s := range r.full.Steps {
		_, ours := r.remedy(s.Remedy)
		serves := slices.ContainsFunc(s.For, func(id string) bool { return slices.Contains(done.For, id) })
		known := slices.ContainsFunc(r.state.Owed, func(o model.Step) bool { return o.Remedy == s.Remedy })
		if ours && serves && !known && s.Risk == model.RiskLook && s.Remedy != done.Remedy {
			r.state.Owed = append(r.state.Owed, s)
		}
	}
}

// askable names the risk or the gate for which a step is refused and that a person can
// accept.
func (r *liveRun) askable(d *liveDecision) string {
	what := ""
	switch g := r.base.Gates[d.gate]; {
	case d.verdict != model.StepRefused:
	case d.detail == backupNeeded || d.detail == riskUnsettled:
		if d.step.Risk >= model.RiskHard {
			what = d.step.Risk
		}
	case d.detail == gateUnseen && g.Answerable(true) && d.gate != power:
		what = d.gate
	}
	if what != "" && slices.Contains(r.opts.Accept, what) {
		return ""
	}
	return what
}

// mayBegin asks for what is needed before the step, waits for an update that is being
// installed, and ends the run if it cannot go on.
func (r *liveRun) mayBegin(ctx context.Context, d *liveDecision) (*Fixed, error) {
	if what := r.askable(d); what != "" {
		d.asked = true
		return r.askFor(ctx, what)
	}
	if running := r.facts().Live.UpdateRunning; running.Known && running.Value {
		d.asked = true
		return r.waitForAgent(ctx)
	}
	r.agentEnd = time.Time{} // what is installed later is waited for anew
	if r.state.Agreed.All || slices.Contains(r.state.Agreed.Remedies, d.step.Remedy) {
		return nil, nil
	}
	d.asked = true
	return r.propose(ctx)
}

// askFor lets the person accept a risk or a gate.
func (r *liveRun) askFor(ctx context.Context, what string) (*Fixed, error) {
	yes, err := r.opts.Accepts(what)
	if err != nil {
		return nil, err
	}
	if !yes {
		return r.declined(ctx)
	}
	r.state.Agreed.Accept = append(slices.Clone(r.state.Agreed.Accept), what)
	r.opts.Accept = r.state.Agreed.Accept
	return nil, nil
}

// propose shows what will be done and asks. What comes in the place of a step that fails
// is agreed to with it.
func (r *liveRun) propose(ctx context.Context) (*Fixed, error) {
	if r.opts.Confirm == nil {
		return r.wait(ctx, &model.Waiting{For: model.WaitPerson, Text: "ui.waiting.not-agreed"})
	}
	p := &Proposal{Diagnosis: r.now, Receipt: r.receipt()}
	p.Receipt.Steps, p.Receipt.After = nil, p.Receipt.Before
	for _, d := range r.decideLive(r.now.Plan.Steps) {
		if d.may() {
			p.Steps = append(p.Steps, d.step)
			p.Receipt.Steps = append(p.Receipt.Steps, model.ReceiptStep{ID: d.step.ID, Remedy: d.step.Remedy, Risk: d.step.Risk, Verdict: model.StepDone})
		}
	}
	p.Steps = append(p.Steps, r.owed()...)
	yes, err := r.opts.Confirm(p)
	if err != nil {
		return nil, err
	}
	if !yes {
		return r.declined(ctx)
	}
	for _, s := range p.Steps {
		r.state.Agreed.Remedies = append(append(r.state.Agreed.Remedies, s.Remedy), s.Otherwise...)
	}
	for _, d := range r.decideLive(r.full.Steps) { // what shows that it worked needs no further yes
		if d.step.Risk == model.RiskLook && len(d.ops) > 0 && !hasAny(d.ops, installing) {
			r.state.Agreed.Remedies = append(r.state.Agreed.Remedies, d.step.Remedy)
		}
	}
	return nil, nil
}

// declined ends a run in which nothing was done, or says what was.
func (r *liveRun) declined(ctx context.Context) (*Fixed, error) {
	if len(r.state.Journals) == 0 {
		return nil, &model.Error{Code: "declined", Exit: exitCancelled}
	}
	return r.finished(ctx)
}
