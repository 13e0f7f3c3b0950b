package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"

	"updoc/knowledge"
	"updoc/model"
)

// Failures groups the attempts into updates that fail or once failed, newest first.
// Apps of the Store are no Windows updates and are left out.
func Failures(m *model.Machine, b *knowledge.Base) []model.Failure {
	groups := map[string][]model.Attempt{}
	for _, a := range m.Attempts.Items {
		if a.Store {
			continue
		}
		groups[updateKey(a)] = append(groups[updateKey(a)], a)
	}
	out := []model.Failure{}
	for _, attempts := range groups {
		if f, ok := failure(attempts); ok {
			classify(&f, m, b)
			out = append(out, f)
		}
	}
	for i := range out {
		if out[i].Outcome == model.OutcomeFailing && overtaken(out[i], m.Attempts.Items, b) {
			out[i].Outcome = model.OutcomeHealed
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		x, y := out[i], out[j]
		return cmp.Or(y.Last.Compare(x.Last), cmp.Compare(x.KB, y.KB), cmp.Compare(x.Title, y.Title)) < 0
	})
	for i := range out {
		out[i].ID = fmt.Sprintf("f%d", i+1)
	}
	return out
}

// updateKey names an update across attempts: definitions get a new update id with
// every version, so the KB comes first.
func updateKey(a model.Attempt) string {
	return cmp.Or(a.KB, a.UpdateID, strings.ToLower(a.Title))
}

// failure describes a group; ok is false if it never failed.
func failure(attempts []model.Attempt) (model.Failure, bool) {
	attempts = slices.Clone(attempts)
	sort.SliceStable(attempts, func(i, j int) bool { return attempts[i].End.Before(attempts[j].End) })
	var failed []model.Attempt
	outcome := ""
	for _, a := range attempts {
		switch a.Outcome {
		case model.AttemptFailed:
			failed, outcome = append(failed, a), model.OutcomeFailing
		case model.AttemptInstalled: // one that waits for a restart may still be rolled back
			outcome = model.OutcomeHealed
		}
	}
	if len(failed) == 0 {
		return model.Failure{}, false
	}
	last := failed[len(failed)-1]
	return model.Failure{
		KB: last.KB, Title: titleOf(attempts), UpdateID: last.UpdateID,
		Code: last.Code, InnerCode: last.InnerCode, Stage: last.Stage, Attempts: attempts,
		First: failed[0].End, Last: last.End, Outcome: outcome, Causes: []model.Cause{},
	}, true
}

func titleOf(attempts []model.Attempt) string {
	for _, a := range slices.Backward(attempts) {
		if a.Title != "" {
			return a.Title
		}
	}
	return ""
}

// overtaken reports whether a later update made this one needless: one that replaces
// it, or a newer one of a class whose updates hold all earlier ones.
func overtaken(f model.Failure, attempts []model.Attempt, b *knowledge.Base) bool {
	successors := b.Successors(f.KB)
	return slices.ContainsFunc(attempts, func(a model.Attempt) bool {
		if a.Outcome != model.AttemptInstalled || a.Store || a.KB == f.KB || !a.End.After(f.Last) {
			return false
		}
		return slices.Contains(successors, a.KB) || (b.Cumulative(f.Class) && b.ClassOf(a.KB, a.Title) == f.Class)
	})
}
