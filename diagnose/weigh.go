package diagnose

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"updoc/expr"
	"updoc/knowledge"
	"updoc/model"
)

// Bounds of the verdicts, and the weight of a confirming entry that names none.
// They are judgements, checked against the casebook.
const (
	confirmedAt   = 0.97
	likelyAt      = 0.70
	confirmWeight = 12.0 // of a proof that names no weight: it outweighs a small prior among many causes
)

// shareOfUnknown is the prior probability that none of the known causes is at work.
const shareOfUnknown = 0.5

// suspect is a cause while it is being weighed.
type suspect struct {
	know      *knowledge.Cause
	cause     model.Cause
	score     float64               // sum of the log-likelihood ratios
	confirmed bool                  // a confirming entry holds
	ruledOut  bool                  // a ruling-out entry holds
	lacking   []*knowledge.Evidence // what would speak for it and is seen not to be so
	open      bool                  // a ruling-out entry is unseen
	refines   bool                  // it says more about another cause, which still stands
}

// weigh fills the causes of a failure: they compete with each other and with
// "unknown"; causes that refine another share its probability.
func weigh(m *model.Machine, f *model.Failure, b *knowledge.Base) error {
	suspects, err := suspectsOf(m, f, b)
	if err != nil {
		return err
	}
	standAlone(suspects)
	share(suspects)
	refine(suspects)
	for _, s := range suspects {
		if s.worthNaming() {
			f.Causes = append(f.Causes, s.cause)
		}
	}
	slices.SortStableFunc(f.Causes, bySurety)
	f.Contrast = contrast(f, suspects)
	if len(f.Causes) > 0 && noFault(*f) && f.Causes[0].ID != "ms-side-bug" {
		f.Outcome = model.OutcomeFalseError
	}
	return nil
}

func suspectsOf(m *model.Machine, f *model.Failure, b *knowledge.Base) ([]*suspect, error) {
	v := vars(m, f, b)
	var out []*suspect
	for _, k := range b.Causes {
		if len(k.Evidence) == 0 || !inScope(k, f) {
			continue
		}
		s, err := examine(k, v)
		if err != nil {
			return nil, fmt.Errorf("cause %s: %w", k.ID, err)
		}
		s.open = s.open || !toTheEnd(m)
		out = append(out, s)
	}
	return out, nil
}

// toTheEnd reports whether the histories of updates were seen to their end. A later
// attempt that was not seen could have gone in, or failed for another reason.
func toTheEnd(m *model.Machine) bool {
	return m.Attempts.Coverage.Complete || m.Attempts.Coverage.Covers(m.LastSeen)
}

// inScope reports whether a cause can hit this class and stage. What is not known
// about the failure excludes nothing.
func inScope(k *knowledge.Cause, f *model.Failure) bool {
	class := len(k.Classes) == 0 || f.Class == "unknown" || slices.Contains(k.Classes, f.Class)
	stage := len(k.Stages) == 0 || f.Stage == "" || slices.Contains(k.Stages, f.Stage)
	return class && stage
}

// examine evaluates the evidence of one cause.
func examine(k *knowledge.Cause, v expr.Vars) (*suspect, error) {
	s := &suspect{know: k, cause: model.Cause{
		ID: k.ID, Refines: k.Refines, Fault: !k.NoFault, Verdict: model.VerdictPossible,
		For: []model.Finding{}, Against: []model.Finding{}, Missing: []model.Missing{}, Remedies: k.Remedies.All(),
	}}
	args, err := evalArgs(k.Args, v)
	if err != nil {
		return nil, err
	}
	s.cause.Args = args
	strongest := map[string]float64{}
	for i := range k.Evidence {
		e := &k.Evidence[i]
		truth, missing, err := e.When.Truth(v)
		if err != nil {
			return nil, fmt.Errorf("evidence %s: %w", e.ID, err)
		}
		if err := s.take(e, truth, missing, v, strongest); err != nil {
			return nil, err
		}
	}
	for _, w := range strongest {
		s.score += w
	}
	return s, nil
}

// take adds one entry. Within a group only the strongest counts.
func (s *suspect) take(e *knowledge.Evidence, truth expr.Truth, missing []expr.Missing, v expr.Vars, strongest map[string]float64) error {
	switch truth {
	case expr.Unseen:
		s.open = s.open || (e.RulesOut && unseenOnPC(missing))
		s.miss(e, missing)
		return nil
	case expr.False:
		if !e.RulesOut && strength(e) > 0 {
			s.lacking = append(s.lacking, e)
		}
		return nil
	}
	finding, err := findingOf(s.know.ID, e, v)
	if err != nil {
		return err
	}
	if e.RulesOut || e.Weight < 0 {
		s.cause.Against = append(s.cause.Against, finding)
	} else {
		s.cause.For = append(s.cause.For, finding)
	}
	s.ruledOut = s.ruledOut || e.RulesOut
	s.confirmed = s.confirmed || e.Confirms
	weight := e.Weight
	if e.Confirms {
		weight = cmp.Or(weight, confirmWeight)
	}
	group := cmp.Or(e.Group, "\x00"+e.ID)
	if old, ok := strongest[group]; !ok || math.Abs(weight) > math.Abs(old) {
		strongest[group] = weight
	}
	return nil
}

// unseenOnPC reports whether a fact of the machine is lacking. What nobody has
// published about an update can never be looked up, so it leaves nothing open.
func unseenOnPC(missing []expr.Missing) bool {
	return slices.ContainsFunc(missing, func(m expr.Missing) bool { return m.Why.Artifact != "knowledge" })
}

func (s *suspect) miss(e *knowledge.Evidence, missing []expr.Missing) {
	if e.Settle.EN == "" || !unseenOnPC(missing) {
		return
	}
	why := missing[0].Why
	s.cause.Missing = append(s.cause.Missing, model.Missing{
		ID: s.know.ID + "/" + e.ID, TextID: "cause." + s.know.ID + "." + e.ID + ".settle",
		Fact: missing[0].Path, Artifact: why.Artifact, Reason: why.Reason, How: why.How,
	})
}

// standAlone lets a cause compete for itself when what it refines is ruled out.
func standAlone(suspects []*suspect) {
	for _, s := range suspects {
		i := slices.IndexFunc(suspects, func(p *suspect) bool { return p.know.ID == s.know.Refines })
		s.refines = i >= 0 && !suspects[i].ruledOut
		if !s.refines {
			s.cause.Refines = ""
		}
	}
}

// share turns the scores of the causes that stand alone into probabilities.
func share(suspects []*suspect) {
	var priors float64
	for _, s := range suspects {
		if !s.refines {
			priors += s.know.Prior
		}
	}
	total := shareOfUnknown
	weights := map[*suspect]float64{}
	for _, s := range suspects {
		if s.refines || s.ruledOut {
			continue
		}
		weights[s] = (1 - shareOfUnknown) * s.know.Prior / priors * math.Exp(s.score)
		total += weights[s]
	}
	for _, s := range suspects {
		if !s.refines {
			s.cause.Probability = weights[s] / total
			s.cause.Verdict = s.verdict(s.cause.Probability)
		}
	}
}

// refine gives causes that refine another their part of its probability: their own
// odds, never surer than the cause they refine.
func refine(suspects []*suspect) {
	for _, s := range suspects {
		if !s.refines {
			continue
		}
		parent := model.Cause{Verdict: model.VerdictPossible}
		for _, p := range suspects {
			if p.know.ID == s.know.Refines {
				parent = p.cause
			}
		}
		own := 0.0
		if !s.ruledOut {
			own = 1 / (1 + (1-s.know.Prior)/s.know.Prior*math.Exp(-s.score))
		}
		s.cause.Probability = own * parent.Probability
		s.cause.Verdict = s.verdict(own)
		if rank(parent.Verdict) > rank(s.cause.Verdict) {
			s.cause.Verdict = parent.Verdict
		}
	}
}

func (s *suspect) verdict(p float64) string {
	switch {
	case s.ruledOut:
		return model.VerdictRuledOut
	case s.confirmed && !s.open && p >= confirmedAt:
		return model.VerdictConfirmed
	case p >= likelyAt && len(s.cause.For) > 0:
		return model.VerdictLikely
	}
	return model.VerdictPossible
}

// worthNaming leaves out causes that nothing speaks for and nothing would settle.
func (s *suspect) worthNaming() bool {
	return s.ruledOut || len(s.cause.For) > 0 || len(s.cause.Missing) > 0
}

func rank(verdict string) int {
	return slices.Index([]string{model.VerdictConfirmed, model.VerdictLikely, model.VerdictPossible, model.VerdictRuledOut}, verdict)
}

// bySurety puts the surest first; a refinement stays below what it refines because
// its probability is a part of it.
func bySurety(x, y model.Cause) int {
	return cmp.Or(cmp.Compare(rank(x.Verdict), rank(y.Verdict)), cmp.Compare(refining(x), refining(y)),
		cmp.Compare(y.Probability, x.Probability), cmp.Compare(x.ID, y.ID))
}

func refining(c model.Cause) int {
	if c.Refines != "" {
		return 1
	}
	return 0
}
