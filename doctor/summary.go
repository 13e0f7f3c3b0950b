package doctor

import (
	"errors"
	"slices"

	"updoc/model"
)

// doneAlready is the reason of a step that was done since the update failed last: what it
// does shows at the next attempt, and doing it again every day helps nobody.
const doneAlready = "done-already"

// Summarise tells what a diagnosis means for a tool that manages many PCs: what opts would
// let a fix do, and whether that changes anything. done are the journals of this computer,
// last is the LastResult of its own repairs; nil: none. Nothing is looked at but whether
// two paths are one disk. The policy in the facts limits opts as it limits a fix.
func Summarise(d *model.Diagnosis, opts FixOptions, done []model.JournalInfo, last *model.Receipt) *model.Summary {
	s := newSummary("diagnose", d.Outcome, d.ExitCode)
	s.Knowledge, s.Unseen = d.Knowledge.Version, len(d.Unseen)
	for _, f := range d.Failures {
		s.Failures = append(s.Failures, summaryFailure(f))
	}
	for _, c := range d.Conditions {
		if c.Verdict == model.VerdictConfirmed || c.Verdict == model.VerdictLikely {
			s.Conditions = append(s.Conditions, c.ID)
		}
	}
	if slices.ContainsFunc(d.Plan.Limits, func(l model.Limit) bool { return l.Code == deferralOver }) {
		s.Conditions = append(s.Conditions, deferralOver)
	}
	done = slices.DeleteFunc(slices.Clone(done), func(j model.JournalInfo) bool { return !isOf(j, d) })
	kept := keptFrom(d, last)
	half := slices.ContainsFunc(done, func(j model.JournalInfo) bool { return halfWay(j.State) })
	s.Interrupted = kept == runWaits || half
	s.Remediate = isLive(d) && (kept == runWaits && nobodyNeeded(last.Waiting, &d.Machine) || kept != runWaits && half)
	for _, step := range decideFor(d, PolicyOf(&d.Machine).Limit(opts)) {
		said := summaryStep(step, d, done)
		if kept != "" && said.Verdict == model.StepReady {
			said.Verdict, said.Detail = model.StepSkipped, kept
		}
		s.Steps = append(s.Steps, said)
		s.Remediate = s.Remediate || said.Verdict == model.StepReady && said.Risk > model.RiskLook
	}
	return s
}

// runWaits is the reason of every step while a run waits for a restart or a person: a new
// one is not begun.
const runWaits = "run-waits"

// nobodyNeeded: what waits can be gone on with, for it waited for another update, for its
// time, or for a restart that has taken place since. Nothing else is done on that PC before.
// Without the restart or the person it would only wait again, though its journal is half-way.
func nobodyNeeded(w *model.Waiting, m *model.Machine) bool {
	switch start := m.Boot.LastBoot; w.For {
	case model.WaitAgent, model.WaitTime:
		return true
	case model.WaitRestart:
		return start.Known && start.Value.After(w.Since)
	}
	return false
}

// keptFrom is the code of the error with which a fix of the running PC would begin nothing.
func keptFrom(d *model.Diagnosis, last *model.Receipt) string {
	var refused *model.Error
	switch {
	case !isLive(d):
	case last != nil && last.Waiting != nil:
		return runWaits
	case errors.As(Refusal(&d.Machine), &refused):
		return refused.Code
	}
	return ""
}

func isLive(d *model.Diagnosis) bool { return d.Source.Kind == "live" }

// isOf tells whether a journal is about what was diagnosed.
func isOf(j model.JournalInfo, d *model.Diagnosis) bool {
	if isLive(d) {
		return j.Target == targetOf(&d.Machine)
	}
	return sameFile(j.Target, d.Source.Path)
}

// decideFor decides as a fix of what was diagnosed does.
func decideFor(d *model.Diagnosis, opts FixOptions) []decision {
	if !isLive(d) {
		return decide(d.Plan, opts)
	}
	var out []decision
	for _, step := range (&liveRun{opts: opts, now: d}).decideLive(d.Plan.Steps) {
		out = append(out, step.decision)
	}
	return out
}

// SummariseFix tells what a fix came to.
func SummariseFix(f *Fixed, exitCode int) *model.Summary {
	s := newSummary("fix", f.Receipt.Verdict, exitCode)
	if f.Before != nil {
		s.Knowledge = f.Before.Knowledge.Version
	}
	s.Remediate = slices.Contains([]string{model.FixNotCured, model.FixRefused, model.FixHalfDone}, s.Outcome)
	s.Interrupted = s.Outcome == model.FixHalfDone
	for _, st := range f.Receipt.Steps {
		s.Steps = append(s.Steps, model.SummaryStep{Remedy: st.Remedy, Risk: st.Risk, Verdict: st.Verdict, Detail: st.Detail})
	}
	return s
}

// SummariseError tells that a verb could not do what was asked. Nothing is remediated
// because of a diagnosis that failed; a fix that failed has not done what it was to do.
func SummariseError(verb, code string, exitCode int) *model.Summary {
	s := newSummary(verb, model.SummaryError, exitCode)
	s.Code, s.Remediate, s.Interrupted = code, verb == "fix", exitCode == exitHalfDone || code == runWaits
	return s
}

func newSummary(verb, outcome string, exitCode int) *model.Summary {
	return &model.Summary{Schema: model.SummarySchema, Version: Version, Verb: verb, Outcome: outcome, ExitCode: exitCode,
		Failures: []model.SummaryFailure{}, Conditions: []string{}, Steps: []model.SummaryStep{}}
}

func summaryFailure(f model.Failure) model.SummaryFailure {
	out := model.SummaryFailure{KB: f.KB, Code: f.Code, Outcome: f.Outcome}
	if len(f.Causes) > 0 && f.Causes[0].Verdict != model.VerdictRuledOut {
		out.Cause, out.Verdict = f.Causes[0].ID, f.Causes[0].Verdict
	}
	return out
}

func summaryStep(d decision, from *model.Diagnosis, done []model.JournalInfo) model.SummaryStep {
	out := model.SummaryStep{Remedy: d.step.Remedy, Risk: d.step.Risk, Verdict: d.verdict, Detail: d.detail}
	switch {
	case d.verdict != "":
	case !slices.Contains([]string{"disk", "live"}, from.Source.Kind):
		out.Verdict, out.Detail = model.StepSkipped, "disk-needed"
	case doneSince(d.step, from.Failures, done):
		out.Verdict, out.Detail = model.StepSkipped, doneAlready
	default:
		out.Verdict = model.StepReady
	}
	return out
}

// doneSince: a journal holds the remedy, still stands, and began after every failure that
// the step serves. A step for a condition is judged by the facts alone.
func doneSince(s model.Step, failures []model.Failure, done []model.JournalInfo) bool {
	return slices.ContainsFunc(done, func(j model.JournalInfo) bool {
		return touched(j) && !halfWay(j.State) && slices.Contains(j.Remedy, s.Remedy) && afterAll(j, s.For, failures)
	})
}

func afterAll(j model.JournalInfo, ids []string, failures []model.Failure) bool {
	served := 0
	for _, f := range failures {
		if slices.Contains(ids, f.ID) {
			if !j.Started.After(f.Last) {
				return false
			}
			served++
		}
	}
	return served > 0 && served == len(ids)
}
