package cases

import (
	"cmp"
	"slices"

	"updoc/model"
)

// Call is what a diagnosis says about one update (or about the PC as a whole) whose
// true cause is known.
type Call struct {
	Story   string
	Subject string // KB or title; empty: the PC as a whole
	Truth   string // empty: no cause can be named
	Top     string // the cause it puts first; empty: none
	Verdict string // of Top
	P       float64
	Right   bool     // Top is the truth, or what the truth refines
	Rank    int      // of the truth among the causes that are not ruled out, from 1; 0: not among them
	Own     string   // verdict of the truth; empty: it is not named
	Lacking []string // what would settle the truth, as fact paths
}

// Sure reports whether a cause is named at least as likely.
func (c Call) Sure() bool {
	return c.Verdict == model.VerdictConfirmed || c.Verdict == model.VerdictLikely
}

// WrongConfirmed reports whether a wrong cause of a failure is called proven: what must
// never be. Conditions of the PC do not compete: one that is true beside the one asked
// for is not wrong.
func (c Call) WrongConfirmed() bool {
	return c.Verdict == model.VerdictConfirmed && !c.Right && c.Subject != ""
}

// judge compares the causes of a diagnosis with the truth.
func judge(story, subject, truth string, causes []model.Cause) Call {
	c := Call{Story: story, Subject: subject, Truth: truth}
	running := slices.DeleteFunc(slices.Clone(causes), func(k model.Cause) bool { return k.Verdict == model.VerdictRuledOut })
	if i := slices.IndexFunc(causes, func(k model.Cause) bool { return k.ID == truth }); i >= 0 {
		c.Own = causes[i].Verdict
		for _, m := range causes[i].Missing {
			c.Lacking = append(c.Lacking, m.Fact)
		}
	}
	if len(running) == 0 {
		return c
	}
	top := running[0]
	c.Top, c.Verdict, c.P = top.ID, top.Verdict, top.Probability
	c.Right = truth != "" && (top.ID == truth || refines(running, truth, top))
	c.Rank = rankOf(running, truth)
	if c.Right {
		c.Rank = 1
	}
	return c
}

// refines reports whether the truth says more about the cause that stands first and
// is as sure as that.
func refines(causes []model.Cause, truth string, top model.Cause) bool {
	return slices.ContainsFunc(causes, func(k model.Cause) bool {
		return k.ID == truth && k.Refines == top.ID && k.Verdict == top.Verdict
	})
}

// rankOf counts the causes in front of the truth; refinements stand under what they
// refine and do not count.
func rankOf(causes []model.Cause, truth string) int {
	rank := 0
	for _, k := range causes {
		if k.Refines == "" || k.ID == truth {
			rank++
		}
		if k.ID == truth {
			return rank
		}
	}
	return 0
}

// Judge compares a diagnosis with the story: a call for every update that is expected
// to fail, for a public case one.
func (s Story) Judge(d *model.Diagnosis) []Call {
	if s.Half != "" {
		return []Call{s.judgePublic(d)}
	}
	var calls []Call
	for _, want := range s.Want.Failures {
		i := slices.IndexFunc(d.Failures, func(f model.Failure) bool { return f.KB == want.KB })
		if i < 0 || want.Outcome == model.OutcomeHealed || d.Failures[i].Outcome == model.OutcomeHealed {
			continue // a failure that less evidence hides, or shows as healed, is no wrong cause
		}
		truth := want.Cause
		if want.Verdict == model.VerdictPossible {
			truth = "" // with all evidence it cannot be told
		}
		calls = append(calls, judge(s.ID, want.KB, truth, d.Failures[i].Causes))
	}
	return calls
}

// judgePublic looks at the newest failing update; where none fails, or none of its
// causes is sure, a condition can name the truth.
func (s Story) judgePublic(d *model.Diagnosis) Call {
	best := judge(s.ID, "", s.Cause, d.Conditions)
	for _, f := range d.Failures {
		if f.Outcome == model.OutcomeHealed {
			continue
		}
		c := judge(s.ID, cmp.Or(f.KB, f.Title), s.Cause, f.Causes)
		if best.Right && !c.Sure() {
			break
		}
		return c
	}
	return best
}
