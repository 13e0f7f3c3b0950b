package doctor

import (
	"testing"

	"updoc/model"
)

func TestDecide(t *testing.T) {
	step := func(remedy, risk string, where []string, gates ...model.Gate) model.Step {
		return model.Step{Remedy: remedy, Risk: risk, Where: where, Gates: gates}
	}
	both := []string{model.WhereLive, model.WhereOffline}
	gate := func(id, state string) model.Gate { return model.Gate{ID: id, State: state} }
	for name, c := range map[string]struct {
		step                  model.Step
		opts                  FixOptions
		verdict, detail, gate string
	}{
		"done":                     {step: step("winre-enable", "R1", both)},
		"not chosen":               {step: step("winre-enable", "R1", both), opts: FixOptions{Only: []string{"winre-enlarge"}}, verdict: model.StepSkipped, detail: notChosen},
		"too risky":                {step: step("winre-enlarge", "R4", both), opts: FixOptions{MaxRisk: "R2", Accept: []string{"R4"}}, verdict: model.StepSkipped, detail: aboveMaxRisk},
		"only Windows can":         {step: step("retry-update", "R1", []string{model.WhereLive}), verdict: model.StepFollowUp, detail: needsWindows},
		"advice":                   {step: step("nothing-to-install", "R0", []string{model.WhereLive}), verdict: model.StepSkipped, detail: needsPerson},
		"no backup":                {step: step("winre-enlarge", "R4", both, gate("backup", model.GateUnseen)), verdict: model.StepRefused, detail: backupNeeded, gate: "backup"},
		"only a person can":        {step: step("back-up-files", "R0", []string{model.WherePerson}), verdict: model.StepSkipped, detail: needsPerson},
		"no remedy of that name":   {step: step("no-such-remedy", "R1", []string{model.WhereOffline}), verdict: model.StepSkipped, detail: needsPerson},
		"gate closed":              {step: step("winre-enable", "R1", both, gate("windows-clean", model.GateClosed)), opts: FixOptions{Accept: []string{"windows-clean"}}, verdict: model.StepRefused, detail: gateClosed, gate: "windows-clean"},
		"gate unseen":              {step: step("winre-enable", "R1", both, gate("recovery-key", model.GateUnseen)), verdict: model.StepRefused, detail: gateUnseen, gate: "recovery-key"},
		"gate answered":            {step: step("winre-enable", "R1", both, gate("recovery-key", model.GateUnseen)), opts: FixOptions{Accept: []string{"recovery-key"}}},
		"a disk needs no power":    {step: step("winre-enable", "R1", both, gate("power", model.GateUnseen))},
		"risk not accepted":        {step: step("winre-enlarge", "R4", both), opts: FixOptions{Accept: []string{"R3"}}, verdict: model.StepRefused, detail: riskUnsettled},
		"risk accepted":            {step: step("winre-enlarge", "R4", both, gate("backup", model.GateUnseen)), opts: FixOptions{Accept: []string{"R4"}}},
		"a backup settles it":      {step: step("winre-enlarge", "R4", both, gate("backup", model.GateUnseen)), opts: FixOptions{Backed: true}},
		"a risk is not every gate": {step: step("winre-enlarge", "R4", both, gate("recovery-key", model.GateUnseen)), opts: FixOptions{Accept: []string{"R4"}}, verdict: model.StepRefused, detail: gateUnseen, gate: "recovery-key"},
	} {
		got := decide(model.Plan{Steps: []model.Step{c.step}}, c.opts)[0]
		if got.verdict != c.verdict || got.detail != c.detail || got.gate != c.gate {
			t.Errorf("%s: %q, %q, gate %q", name, got.verdict, got.detail, got.gate)
		}
	}
}

// A repair is called cured only if no step that changes something was left out.
func TestVerdictOf(t *testing.T) {
	done := model.ReceiptStep{Risk: "R4", Verdict: model.StepDone}
	for _, c := range []struct {
		other model.ReceiptStep
		want  string
	}{
		{done, model.FixCured},
		{model.ReceiptStep{Risk: "R0", Verdict: model.StepSkipped, Detail: notChosen}, model.FixCured},
		{model.ReceiptStep{Risk: "R1", Verdict: model.StepSkipped, Detail: "as-it-should-be"}, model.FixCured},
		{model.ReceiptStep{Risk: "R1", Verdict: model.StepSkipped, Detail: notChosen}, model.FixWaiting},
		{model.ReceiptStep{Risk: "R3", Verdict: model.StepSkipped, Detail: aboveMaxRisk}, model.FixWaiting},
		{model.ReceiptStep{Risk: "R1", Verdict: model.StepRefused}, model.FixWaiting},
		{model.ReceiptStep{Risk: "R0", Verdict: model.StepFollowUp}, model.FixWaiting},
	} {
		if got := verdictOf([]model.ReceiptStep{done, c.other}); got != c.want {
			t.Errorf("%+v: %s", c.other, got)
		}
	}
}

// Undo without a name first picks a journal that reached the disk.
func TestTouched(t *testing.T) {
	for state, want := range map[string]bool{
		"": false, "PREPARED": false, "UNDO_SYNCED": false, "APPLYING": true, "APPLIED": true, "VERIFIED": true, "UNDOING": true, "UNDONE": false, "DISCARDED": false,
	} {
		if touched(model.JournalInfo{State: state}) != want {
			t.Errorf("%q", state)
		}
	}
}
