package diagnose

import (
	"cmp"
	"fmt"
	"slices"

	"updoc/expr"
	"updoc/knowledge"
	"updoc/model"
)

// maxAlso bounds how many further places a finding names.
const maxAlso = 8

func findingOf(cause string, e *knowledge.Evidence, v expr.Vars) (model.Finding, error) {
	args, err := evalArgs(e.Args, v)
	if err != nil {
		return model.Finding{}, err
	}
	f := model.Finding{ID: cause + "/" + e.ID, TextID: "cause." + cause + "." + e.ID, Args: args}
	return cite(f, e.Cite, v)
}

// cite adds the origins of the facts that the rules name.
func cite(f model.Finding, rules []knowledge.Rule, v expr.Vars) (model.Finding, error) {
	var all []expr.Cited
	for _, r := range rules {
		c, err := r.Cite(v)
		if err != nil {
			return f, fmt.Errorf("cite of %s: %w", f.ID, err)
		}
		all = append(all, c...)
	}
	for i, c := range all {
		switch {
		case i == 0:
			f.Origin, f.Value = c.Origin, c.Value
		case c.Origin != f.Origin && len(f.Also) < maxAlso:
			f.Also = append(f.Also, c.Origin)
		}
	}
	return f, nil
}

// evalArgs leaves out what is unseen: a text drops or names what was not measured.
func evalArgs(rules map[string]knowledge.Rule, v expr.Vars) (model.Args, error) {
	args := model.Args{}
	for name, r := range rules {
		value, ok, err := r.Value(v)
		if err != nil {
			return nil, fmt.Errorf("argument %s: %w", name, err)
		}
		if ok {
			args[name] = value
		}
	}
	return args, nil
}

// conditions finds what is wrong with the machine although no failure points to it.
// open lists the causes whose condition could not be decided, with what is missing.
func conditions(m *model.Machine, failures []model.Failure, b *knowledge.Base) (found []model.Cause, open map[string][]expr.Missing, err error) {
	found, open = []model.Cause{}, map[string][]expr.Missing{}
	v := vars(m, nil, b)
	for _, k := range b.Causes {
		if k.Condition == nil || explained(k.ID, failures, b) {
			continue
		}
		truth, missing, err := k.Condition.When.Truth(v)
		if err != nil {
			return nil, nil, fmt.Errorf("condition %s: %w", k.ID, err)
		}
		if truth == expr.Unseen && unseenOnPC(missing) {
			open[k.ID] = missing
		}
		if truth != expr.True {
			continue
		}
		c, err := conditionOf(k, v)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, c)
	}
	slices.SortStableFunc(found, func(x, y model.Cause) int { return weightier(b.Cause(x.ID), b.Cause(y.ID)) })
	return found, open, nil
}

// weightier orders conditions: what stops everything else, then what is wrong with the
// PC, last how long its Windows lives; among equals the rarer, because it says more.
func weightier(x, y *knowledge.Cause) int {
	rank := func(c *knowledge.Cause) int {
		switch {
		case c.Stops:
			return 0
		case c.Family == "life":
			return 2
		}
		return 1
	}
	return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(x.Prior, y.Prior), cmp.Compare(x.ID, y.ID))
}

// explained reports whether a failure that is still worth curing has this cause
// already. A failing update that was withdrawn needs no cure: its cause stays.
func explained(cause string, failures []model.Failure, b *knowledge.Base) bool {
	for _, f := range failures {
		if f.Outcome != model.OutcomeFailing || b.Withdrawn(f.KB) {
			continue
		}
		for _, c := range f.Causes {
			if c.ID == cause && sure(c) {
				return true
			}
		}
	}
	return false
}

func conditionOf(k *knowledge.Cause, v expr.Vars) (model.Cause, error) {
	args, err := evalArgs(k.Args, v)
	if err != nil {
		return model.Cause{}, err
	}
	own, err := evalArgs(k.Condition.Args, v)
	if err != nil {
		return model.Cause{}, err
	}
	f, err := cite(model.Finding{ID: k.ID + "/condition", TextID: "cause." + k.ID + ".condition", Args: own}, k.Condition.Cite, v)
	p := 0.99
	if k.Condition.Verdict == model.VerdictLikely {
		p = 0.8
	}
	return model.Cause{
		ID: k.ID, Refines: k.Refines, Fault: !k.NoFault, Verdict: k.Condition.Verdict, Probability: p, Args: args,
		For: []model.Finding{f}, Against: []model.Finding{}, Missing: []model.Missing{}, Remedies: k.Remedies.All(),
	}, err
}
