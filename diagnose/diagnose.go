// Package diagnose turns facts and knowledge into a diagnosis: which updates fail,
// why, how sure that is, and what could not be seen. It is pure: the same machine and
// knowledge give the same diagnosis. It may import model, expr and knowledge, and
// must never look at a machine, a clock or the environment.
package diagnose

import (
	"errors"
	"slices"
	"time"

	"updoc/expr"
	"updoc/knowledge"
	"updoc/model"
)

// Exit codes that a diagnosis can end in; the commands share them (DESIGN.md).
const (
	ExitHealthy = 0
	ExitFault   = 1
	ExitUnseen  = 3
)

// Run diagnoses m. The plan of the result is empty. An error means that the
// knowledge is broken; facts never cause one.
func Run(m *model.Machine, b *knowledge.Base) (*model.Diagnosis, error) {
	m = WithSecurity(m, b)
	d := &model.Diagnosis{
		Schema: model.DiagnosisSchema, Knowledge: model.Versioned{Version: b.Version},
		Machine: *m, Failures: Failures(m, b), Conditions: []model.Cause{}, Unseen: []model.UnseenEntry{},
		Plan: model.Plan{Schema: model.PlanSchema, Steps: []model.Step{}},
	}
	var errs []error
	for i := range d.Failures {
		if d.Failures[i].Outcome == model.OutcomeFailing {
			errs = append(errs, weigh(m, &d.Failures[i], b))
		}
	}
	conditions, open, err := conditions(m, d.Failures, b)
	d.Conditions = conditions
	d.Unseen = unseen(m, d.Failures, open)
	d.Outcome, d.ExitCode = outcome(m, d, len(open) > 0)
	return d, errors.Join(append(errs, err)...)
}

// outcome sums up: a fault wins over everything, then what was not seen.
func outcome(m *model.Machine, d *model.Diagnosis, open bool) (string, int) {
	fault := func(f model.Failure) bool { return f.Outcome == model.OutcomeFailing && !noFault(f) }
	switch {
	case slices.ContainsFunc(d.Failures, fault):
		return model.OutcomeFailing, ExitFault
	case slices.ContainsFunc(d.Conditions, func(c model.Cause) bool { return c.Fault }):
		return model.OutcomeCondition, ExitFault
	case open || !seen(m):
		return model.OutcomeUnseen, ExitUnseen
	case len(d.Conditions) > 0: // none is a fault of the PC
		return model.OutcomeCondition, ExitHealthy
	case has(d.Failures, model.OutcomeFalseError), has(d.Failures, model.OutcomeFailing):
		return model.OutcomeFalseError, ExitHealthy
	case has(d.Failures, model.OutcomeHealed):
		return model.OutcomeHealed, ExitHealthy
	}
	return model.OutcomeHealthy, ExitHealthy
}

// cycle is how long the histories must reach back to clear a PC if one of them cannot
// be read: one month's updates with their retries.
const cycle = 35 * 24 * time.Hour

// seen reports whether the histories of updates were seen: up to the end, and, if one
// of them could not be read, far enough back without it.
func seen(m *model.Machine) bool {
	c := m.Attempts.Coverage
	switch {
	case !toTheEnd(m):
		return false
	case c.Complete, c.Covers(m.LastSeen.Add(-cycle)):
		return true
	}
	return !slices.ContainsFunc(m.Looks, func(l model.Look) bool {
		return l.Unseen != nil && l.Unseen.Reason != model.ReasonAbsent && slices.Contains([]string{"reportingevents", "evtx"}, l.Artifact)
	})
}

func has(fs []model.Failure, outcome string) bool {
	return slices.ContainsFunc(fs, func(f model.Failure) bool { return f.Outcome == outcome })
}

// noFault reports whether the best cause is sure enough and lies outside the PC.
func noFault(f model.Failure) bool {
	return len(f.Causes) > 0 && !f.Causes[0].Fault && sure(f.Causes[0])
}

func sure(c model.Cause) bool {
	return c.Verdict == model.VerdictConfirmed || c.Verdict == model.VerdictLikely
}

// vars are what the expressions of one failure see.
func vars(m *model.Machine, f *model.Failure, b *knowledge.Base) expr.Vars {
	if f == nil {
		return expr.Vars{Machine: m, Windows: b.Lifecycle(&m.OS), At: m.LastSeen} // a condition is about now
	}
	return expr.Vars{Machine: m, Failure: f, KB: b.Facts(f.KB), Windows: b.Lifecycle(&m.OS), At: f.Last}
}
