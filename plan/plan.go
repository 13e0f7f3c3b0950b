// Package plan turns a diagnosis into ordered steps, least risk first. It is pure:
// random values are derived from the machine, nothing is done. It may import model,
// expr and knowledge, and must never look at or touch a machine.
package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"updoc/expr"
	"updoc/knowledge"
	"updoc/model"
)

// lookFurther is the remedy that only gathers what would settle a possible cause.
const lookFurther = "look-further"

// nothingToInstall is the remedy for an update its vendor took back.
const nothingToInstall = "nothing-to-install"

// named are remedies for a file that the person names, whether or not a cause asks for
// it: an update of the recovery environment, any other one.
var named = []string{"winre-add-safe-os-update", "install-standalone"}

// retryUpdate is the remedy that installs an update again.
const retryUpdate = "retry-update"

// Policy limits a plan. The zero Policy allows everything: gates decide.
type Policy struct {
	MaxRisk string            // highest risk that may be planned; empty: R4
	Files   map[string]string // what the person names, as remedies ask for it: "install-wim", "safe-os-update" → local path
	Without []string          // remedies that were tried already: those behind them come in their place
	Retry   string            // KB that is to be tried again, whatever its cause; empty: none
}

// planner gathers steps; the same remedy for two failures is one step.
type planner struct {
	m      *model.Machine
	b      *knowledge.Base
	policy Policy
	drafts []*draft
}

// draft is a step with what orders it.
type draft struct {
	step  model.Step
	after bool    // belongs behind the cure: it only shows that it worked
	merit float64 // probability of the cause per cost
	know  *knowledge.Remedy
}

// target is one failure or condition with a cause that is to be cured.
type target struct {
	id      string // failure id, or id of the condition
	failure *model.Failure
	cause   model.Cause
}

// Make plans the cure of everything in d. An error means broken knowledge.
func Make(d *model.Diagnosis, b *knowledge.Base, policy Policy) (model.Plan, error) {
	p := &planner{m: &d.Machine, b: b, policy: policy}
	for _, t := range targets(d) {
		if k := b.Cause(t.cause.ID); k != nil && k.Stops {
			err := p.cure(t)
			return p.ordered(), err
		}
	}
	for i := range d.Failures {
		if err := p.failure(&d.Failures[i]); err != nil {
			return model.Plan{}, err
		}
	}
	for _, c := range d.Conditions {
		if err := p.cure(target{id: c.ID, cause: c}); err != nil {
			return model.Plan{}, err
		}
	}
	for _, add := range []func() error{p.addNamed, p.addVolume} {
		if err := add(); err != nil {
			return model.Plan{}, err
		}
	}
	for i := range d.Failures {
		if f := &d.Failures[i]; policy.Retry != "" && f.KB == policy.Retry {
			if err := p.add(retryUpdate, target{id: f.ID, failure: f, cause: best(f)}, true); err != nil {
				return model.Plan{}, err
			}
		}
	}
	return p.ordered(), nil
}

// addNamed adds what installs a file that no step has a use for yet.
func (p *planner) addNamed() error {
	for _, id := range named {
		know := p.b.Remedies[id]
		used := know != nil && slices.ContainsFunc(p.drafts, func(d *draft) bool { return d.know.File == know.File })
		if know == nil || used || p.policy.Files[know.File] == "" {
			continue
		}
		if err := p.add(id, target{}, true); err != nil {
			return err
		}
	}
	return nil
}

// volume are remedies for the file system of a running Windows, which stands below
// whatever else is done.
var volume = []string{"check-volume", "repair-volume"}

// addVolume adds those that surely apply, if there is anything to be done at all.
func (p *planner) addVolume() error {
	if len(p.drafts) == 0 {
		return nil
	}
	for _, id := range volume {
		if p.b.Remedies[id] == nil {
			continue
		}
		truth, err := p.applies(id, target{})
		if err == nil && truth == expr.True {
			err = p.add(id, target{}, false)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// targets are all sure causes of failing updates, and the conditions.
func targets(d *model.Diagnosis) []target {
	var out []target
	for i := range d.Failures {
		f := &d.Failures[i]
		for _, verdict := range []string{model.VerdictConfirmed, model.VerdictLikely} {
			for _, c := range standing(f, verdict) {
				out = append(out, target{id: f.ID, failure: f, cause: c})
			}
		}
	}
	for _, c := range d.Conditions {
		out = append(out, target{id: c.ID, cause: c})
	}
	return out
}

// failure plans for one failure: the confirmed causes only, else the likely ones,
// else a look that would settle the possible ones.
func (p *planner) failure(f *model.Failure) error {
	if f.Outcome == model.OutcomeHealed {
		return nil
	}
	if f.Outcome == model.OutcomeFailing && p.b.Withdrawn(f.KB) {
		return p.add(nothingToInstall, target{id: f.ID, failure: f, cause: best(f)}, false)
	}
	for _, verdict := range []string{model.VerdictConfirmed, model.VerdictLikely} {
		causes := standing(f, verdict)
		for _, c := range causes {
			if err := p.cure(target{id: f.ID, failure: f, cause: c}); err != nil {
				return err
			}
		}
		if len(causes) > 0 {
			return nil
		}
	}
	return p.add(lookFurther, target{id: f.ID, failure: f, cause: best(f)}, false)
}

func best(f *model.Failure) model.Cause {
	if len(f.Causes) == 0 {
		return model.Cause{}
	}
	return f.Causes[0]
}

// standing returns the causes with a verdict that are cured on their own; a
// refinement only says more about the cause it refines.
func standing(f *model.Failure, verdict string) []model.Cause {
	var out []model.Cause
	for _, c := range f.Causes {
		if c.Verdict == verdict && c.Refines == "" {
			out = append(out, c)
		}
	}
	return out
}

// cure adds the remedies of one cause: all of First that apply, the first of OneOf
// that applies, all of Then.
func (p *planner) cure(t target) error {
	know := p.b.Cause(t.cause.ID)
	if know == nil {
		return fmt.Errorf("cause %s is not known", t.cause.ID)
	}
	chosen, rest, err := p.choose(know.Remedies.OneOf, t)
	if err != nil {
		return err
	}
	for _, id := range know.Remedies.First {
		if err := p.addFirst(id, chosen, t); err != nil {
			return err
		}
	}
	if chosen != "" {
		if err := p.add(chosen, t, false); err != nil {
			return err
		}
		p.drafts[len(p.drafts)-1].step.Otherwise = rest
	}
	for _, id := range know.Remedies.Then {
		if t.failure == nil || p.b.Withdrawn(t.failure.KB) {
			continue // nothing to try again
		}
		if err := p.add(id, t, true); err != nil {
			return err
		}
	}
	return nil
}

// addFirst adds a preparation, unless it only serves a riskier step than was chosen.
func (p *planner) addFirst(id, chosen string, t target) error {
	prepares := p.b.Remedies[id] != nil && p.b.Remedies[id].Prepares
	if prepares && (chosen == "" || p.b.Remedies[chosen].Risk < model.RiskHard) {
		return nil
	}
	return p.add(id, t, false)
}

// choose returns the first remedy that surely applies, and those behind it that
// could follow if it fails.
func (p *planner) choose(ids []string, t target) (chosen string, rest []string, err error) {
	for _, id := range ids {
		truth, err := p.applies(id, t)
		if err != nil {
			return "", nil, err
		}
		switch {
		case truth == expr.True && chosen == "":
			chosen = id
		case truth == expr.True:
			rest = append(rest, id)
		}
	}
	return chosen, rest, nil
}

func (p *planner) applies(id string, t target) (expr.Truth, error) {
	r := p.b.Remedies[id]
	if r == nil {
		return expr.Unseen, fmt.Errorf("remedy %s is not known", id)
	}
	if p.policy.MaxRisk != "" && r.Risk > p.policy.MaxRisk || slices.Contains(p.policy.Without, id) {
		return expr.False, nil
	}
	truth := expr.True
	if r.Applies.Set() {
		var err error
		if truth, _, err = r.Applies.Truth(p.vars(t)); err != nil {
			return truth, err
		}
	}
	if truth == expr.True && r.Layout != "" {
		if _, _, ok := layoutOf(r.Layout, p.m); !ok {
			return expr.False, nil // there is no room for it, or no entry in the table
		}
	}
	return truth, nil
}

func (p *planner) vars(t target) expr.Vars {
	v := expr.Vars{Machine: p.m, Windows: p.b.Lifecycle(&p.m.OS)}
	if t.failure != nil {
		v.Failure, v.KB, v.At = t.failure, p.b.Facts(t.failure.KB), t.failure.Last
	}
	return v
}

// add makes a step of a remedy that applies, or lets an equal step serve t too.
func (p *planner) add(id string, t target, after bool) error {
	truth, err := p.applies(id, t)
	if err != nil || truth != expr.True {
		return err
	}
	for _, d := range p.drafts {
		if d.step.Remedy == id {
			if !slices.Contains(d.step.For, t.id) {
				d.step.For = append(d.step.For, t.id)
			}
			return nil
		}
	}
	step, err := p.step(p.b.Remedies[id], t)
	if err != nil {
		return fmt.Errorf("remedy %s: %w", id, err)
	}
	know := p.b.Remedies[id]
	p.drafts = append(p.drafts, &draft{step: step, after: after, know: know, merit: t.cause.Probability / max(know.Cost, 0.1)})
	return nil
}

func (p *planner) step(r *knowledge.Remedy, t target) (model.Step, error) {
	v := p.vars(t)
	s := model.Step{
		For: []string{t.id}, Cause: t.cause.ID, Remedy: r.ID, Risk: r.Risk, Where: r.Where,
		Params: model.Args{}, Gates: []model.Gate{}, Expect: r.Expect.Source, UndoKind: r.UndoKind, Seconds: r.Seconds,
	}
	if t.id == "" {
		s.For = []string{}
	}
	if path := p.policy.Files[r.File]; r.File != "" && path != "" {
		s.Params[r.File] = path
	}
	for name, rule := range r.Params {
		value, ok, err := rule.Value(v)
		if err != nil {
			return s, err
		}
		if ok {
			s.Params[name] = value
		}
	}
	for _, id := range r.Gates {
		state, err := GateState(p.b.Gates[id], v)
		if err != nil {
			return s, err
		}
		s.Gates = append(s.Gates, model.Gate{ID: id, State: state})
	}
	if r.Bytes.Set() {
		if n, ok, err := r.Bytes.Value(v); err != nil {
			return s, err
		} else if ok {
			s.Bytes, _ = n.(int64)
		}
	}
	return s, nil
}

// GateState is that of a gate on the facts of v: unseen for what only a person or the moment itself can tell.
func GateState(g *knowledge.Gate, v expr.Vars) (string, error) {
	if !g.When.Set() {
		return model.GateUnseen, nil
	}
	truth, _, err := g.When.Truth(v)
	switch truth {
	case expr.True:
		return model.GateOpen, err
	case expr.False:
		if !g.Ask {
			return model.GateClosed, err
		}
	}
	return model.GateUnseen, err
}

// ordered sorts: cures by risk, then by merit; what shows that they worked last.
func (p *planner) ordered() model.Plan {
	slices.SortStableFunc(p.drafts, func(x, y *draft) int {
		return cmp.Or(boolRank(x.after)-boolRank(y.after), cmp.Compare(x.step.Risk, y.step.Risk), cmp.Compare(y.merit, x.merit))
	})
	out := model.Plan{Schema: model.PlanSchema, Steps: []model.Step{}}
	for i, d := range p.drafts {
		d.step.ID = fmt.Sprintf("s%d", i+1)
		if after, params, ok := layoutOf(d.know.Layout, p.m); ok {
			out.After = append(out.After, after)
			maps.Copy(d.step.Params, params)
		}
		out.Steps = append(out.Steps, d.step)
	}
	return out
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}
