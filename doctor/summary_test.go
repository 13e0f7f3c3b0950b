package doctor

import (
	"testing"
	"time"

	"updoc/model"
)

func TestSummarise(t *testing.T) {
	last := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	both := []string{model.WhereLive, model.WhereOffline}
	enable := model.Step{Remedy: "winre-enable", Risk: "R1", Where: both, For: []string{"f1"}}
	gated := enable
	gated.Gates = []model.Gate{{ID: "recovery-key", State: model.GateUnseen}}
	condition := enable
	condition.For = []string{"winre-disabled"}
	journal := func(state string, at time.Time) []model.JournalInfo {
		return []model.JournalInfo{{Target: "a.img", State: state, Started: at, Remedy: []string{"winre-enable"}}}
	}
	for name, c := range map[string]struct {
		kind        string
		step        model.Step
		opts        FixOptions
		done        []model.JournalInfo
		policy      []string
		remediate   bool
		detail      string
		interrupted bool
	}{
		"can be done":              {kind: "disk", step: enable, remediate: true},
		"too risky for this tool":  {kind: "disk", step: enable, opts: FixOptions{MaxRisk: "R0"}, detail: aboveMaxRisk},
		"not chosen":               {kind: "disk", step: enable, opts: FixOptions{Only: []string{"restart"}}, detail: notChosen},
		"needs a person":           {kind: "disk", step: gated, detail: gateUnseen},
		"the policy forbids it":    {kind: "disk", step: enable, policy: []string{"MaxRisk", "R0"}, detail: policyForbids},
		"only looks":               {kind: "disk", step: model.Step{Remedy: "winre-enable", Risk: "R0", Where: both}},
		"a folder is not repaired": {kind: "folder", step: enable, detail: "disk-needed"},
		"done since":               {kind: "disk", step: enable, done: journal("VERIFIED", last.Add(time.Hour)), detail: doneAlready},
		"done before it failed":    {kind: "disk", step: enable, done: journal("VERIFIED", last.Add(-time.Hour)), remediate: true},
		"undone":                   {kind: "disk", step: enable, done: journal("UNDONE", last.Add(time.Hour)), remediate: true},
		"a fact tells":             {kind: "disk", step: condition, done: journal("VERIFIED", last.Add(time.Hour)), remediate: true},
		"another disk":             {kind: "disk", step: enable, done: []model.JournalInfo{{Target: "b.img", State: "APPLYING", Started: last.Add(time.Hour), Remedy: []string{"winre-enable"}}}, remediate: true},
		"stopped half-way":         {kind: "disk", step: enable, done: journal("APPLYING", last.Add(time.Hour)), remediate: true, interrupted: true},
	} {
		d := &model.Diagnosis{Outcome: model.OutcomeFailing, ExitCode: 1, Source: model.SourceInfo{Kind: c.kind, Path: "a.img"}, Machine: *machineWith(true, c.policy...)}
		d.Failures = []model.Failure{{ID: "f1", KB: "KB5034441", Code: "0x80070643", Outcome: "failing", Last: last, Causes: []model.Cause{{ID: "winre-disabled", Verdict: "confirmed"}}}}
		d.Conditions = []model.Cause{{ID: "disk-full", Verdict: "possible"}, {ID: "winre-disabled", Verdict: "likely"}}
		d.Plan.Steps = []model.Step{c.step}
		s := Summarise(d, c.opts, c.done, nil)
		if s.Remediate != c.remediate || s.Steps[0].Detail != c.detail || s.Interrupted != c.interrupted {
			t.Errorf("%s: %+v", name, s)
		}
		if len(s.Conditions) != 1 || s.Failures[0].Cause != "winre-disabled" || s.ExitCode != 1 || s.Verb != "diagnose" {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// A running PC is decided on as its fix would, and its journals bear its name.
func TestSummariseLive(t *testing.T) {
	last := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	step := model.Step{Remedy: "winre-enable", Risk: "R1", Where: []string{model.WhereLive, model.WhereOffline}, For: []string{"f1"}}
	done := func(target, state string, at time.Time) []model.JournalInfo {
		return []model.JournalInfo{{Target: target, State: state, Started: at, Remedy: []string{"winre-enable"}}}
	}
	later := last.AddDate(1, 0, 0) // Windows was not started since
	waits := func(what string, since time.Time) *model.Receipt {
		return &model.Receipt{Waiting: &model.Waiting{For: what, Since: since}}
	}
	closed := step
	closed.Gates = []model.Gate{{ID: power, State: model.GateClosed}}
	for name, c := range map[string]struct {
		change      func(*model.Machine)
		step        model.Step
		done        []model.JournalInfo
		last        *model.Receipt
		remediate   bool
		detail      string
		interrupted bool
	}{
		"can be done":           {step: step, remediate: true},
		"not as a plain user":   {step: step, change: func(m *model.Machine) { m.Live.Admin.Value = false }, detail: "live-not-administrator"},
		"power is asked anew":   {step: closed, remediate: true},
		"not on the mains":      {step: closed, change: func(m *model.Machine) { m.Live.Power.Value = false }, detail: gateClosed},
		"the policy forbids it": {step: step, change: func(m *model.Machine) { *m = forbidding(*m) }, detail: policyForbids},
		"done since":            {step: step, done: done("DESKTOP-EXAMPLE1", "VERIFIED", last.Add(time.Hour)), detail: doneAlready},
		"done before it failed": {step: step, done: done("DESKTOP-EXAMPLE1", "VERIFIED", last.Add(-time.Hour)), remediate: true},
		"a disk in it":          {step: step, done: done(`\\.\PhysicalDrive1`, "APPLYING", last.Add(time.Hour)), remediate: true},
		"stopped half-way":      {step: step, done: done("DESKTOP-EXAMPLE1", "APPLYING", last.Add(time.Hour)), remediate: true, interrupted: true},
		"waits":                 {step: step, last: waits(model.WaitRestart, later), detail: runWaits, interrupted: true},
		"waits inside a step":   {step: step, done: done("DESKTOP-EXAMPLE1", "APPLYING", last), last: waits(model.WaitRestart, later), detail: runWaits, interrupted: true},
		"a person, in a step":   {step: step, done: done("DESKTOP-EXAMPLE1", "APPLYING", last), last: waits(model.WaitPerson, last), detail: runWaits, interrupted: true},
		"was restarted since":   {step: step, done: done("DESKTOP-EXAMPLE1", "APPLYING", last), last: waits(model.WaitRestart, last), detail: runWaits, interrupted: true, remediate: true},
		"waits for an update":   {step: step, last: &model.Receipt{Waiting: &model.Waiting{For: model.WaitAgent}}, detail: runWaits, interrupted: true, remediate: true},
		"waits for its time":    {step: step, last: &model.Receipt{Waiting: &model.Waiting{For: model.WaitTime}}, detail: runWaits, interrupted: true, remediate: true},
		"waits for a person":    {step: step, last: &model.Receipt{Waiting: &model.Waiting{For: model.WaitPerson}}, detail: runWaits, interrupted: true},
		"half-way, and no step": {step: closed, change: func(m *model.Machine) { m.Live.Power.Value = false }, done: done("DESKTOP-EXAMPLE1", "APPLYING", last), detail: gateClosed, interrupted: true, remediate: true},
		"ended":                 {step: step, last: &model.Receipt{Verdict: model.FixCured}, remediate: true},
	} {
		src, err := newSickPC(t, c.change).Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		d, err := Examine(t.Context(), src, Options{Now: last})
		if err != nil {
			t.Fatal(err)
		}
		d.Failures = []model.Failure{{ID: "f1", KB: "KB5034441", Outcome: "failing", Last: last}}
		d.Plan.Steps = []model.Step{c.step}
		s := Summarise(d, FixOptions{}, c.done, c.last)
		if s.Remediate != c.remediate || s.Steps[0].Detail != c.detail || s.Interrupted != c.interrupted {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// forbidding is m with a policy that lets updoc only look.
func forbidding(m model.Machine) model.Machine {
	m.Policies = machineWith(true, "MaxRisk", "R0").Policies
	return m
}

// After a fix the decision is whether what was to be done is done.
func TestSummariseFix(t *testing.T) {
	for verdict, open := range map[string]bool{
		model.FixCured: false, model.FixNothing: false, model.FixWaiting: false, model.FixUndone: false, model.FixDry: false,
		model.FixNotCured: true, model.FixRefused: true, model.FixHalfDone: true,
	} {
		s := SummariseFix(&Fixed{Receipt: &model.Receipt{Verdict: verdict, Steps: []model.ReceiptStep{{Remedy: "winre-enable", Risk: "R1", Verdict: model.StepDone}}}}, 1)
		if s.Remediate != open || s.Interrupted != (verdict == model.FixHalfDone) || len(s.Steps) != 1 {
			t.Errorf("%s: %+v", verdict, s)
		}
	}
	if SummariseError("diagnose", "permission", 2).Remediate || !SummariseError("fix", "permission", 2).Remediate {
		t.Error("an error decides wrongly")
	}
	for code, interrupted := range map[string]bool{"run-waits": true, "live-half-done": true, "permission": false} {
		exit := map[string]int{"run-waits": exitWaits, "live-half-done": exitHalfDone}[code]
		if s := SummariseError("fix", code, exit); s.Interrupted != interrupted {
			t.Errorf("%s: %+v", code, s)
		}
	}
}
