package diagnose

import (
	"cmp"
	"slices"

	"updoc/knowledge"
	"updoc/model"
)

// maxLacking bounds how much of what the runner-up lacks is named.
const maxLacking = 3

// contrast says what separates the surest cause from the one that comes next: what
// speaks against the next, and what would speak for it and is not so.
func contrast(f *model.Failure, suspects []*suspect) *model.Contrast {
	if len(f.Causes) == 0 || f.Causes[0].Verdict == model.VerdictRuledOut {
		return nil
	}
	first := f.Causes[0]
	out := &model.Contrast{Cause: first.ID, Holds: []string{}, Against: []model.Finding{}, Lacking: []model.Finding{}}
	next := runnerUp(first, suspects)
	if next == nil {
		return out
	}
	out.Next, out.Against = next.know.ID, next.cause.Against
	if !next.ruledOut && next.cause.Probability > 0 {
		out.Odds = first.Probability / next.cause.Probability
	}
	for _, finding := range first.For {
		out.Holds = append(out.Holds, finding.ID)
	}
	next.fillLacking(out)
	return out
}

// runnerUp is the cause that comes next: one that something speaks for, else one that
// something spoke for before it was ruled out, else the likeliest without any sign, of
// the same family if there is one. What only says more about the first is none.
func runnerUp(first model.Cause, suspects []*suspect) *suspect {
	family := ""
	for _, s := range suspects {
		if s.know.ID == first.ID {
			family = s.know.Family
		}
	}
	const none = 4
	class := func(s *suspect) int {
		switch {
		case len(s.cause.For) > 0 && !s.ruledOut:
			return 0
		case len(s.cause.For) > 0:
			return 1
		case !s.ruledOut && s.know.Family == family:
			return 2
		case !s.ruledOut:
			return 3
		}
		return none
	}
	var best *suspect
	for _, s := range suspects {
		if s.refines || s.know.ID == first.ID || s.know.Refines == first.ID || first.Refines == s.know.ID || class(s) == none {
			continue
		}
		if best == nil || cmp.Or(cmp.Compare(class(s), class(best)), cmp.Compare(best.cause.Probability, s.cause.Probability), cmp.Compare(best.score, s.score)) < 0 {
			best = s
		}
	}
	return best
}

// fillLacking names what would speak for a cause and was seen not to be so, the
// weightiest first. A text with values is left out: what is not so has none.
func (s *suspect) fillLacking(out *model.Contrast) {
	slices.SortStableFunc(s.lacking, func(x, y *knowledge.Evidence) int { return cmp.Compare(strength(y), strength(x)) })
	for _, e := range s.lacking {
		if len(out.Lacking) < maxLacking && len(e.Args) == 0 {
			out.Lacking = append(out.Lacking, model.Finding{ID: s.know.ID + "/" + e.ID, TextID: "cause." + s.know.ID + "." + e.ID, Args: model.Args{}})
		}
	}
}

func strength(e *knowledge.Evidence) float64 {
	if e.Confirms {
		return cmp.Or(e.Weight, confirmWeight)
	}
	return e.Weight
}
