package doctor

import (
	"reflect"
	"slices"
	"testing"

	"updoc/model"
	"updoc/remedy/host"
)

func machineWith(complete bool, values ...string) *model.Machine {
	m := &model.Machine{}
	m.Policies.Coverage.Complete = complete
	m.Policies.Items = append(m.Policies.Items, model.Policy{Key: `Policies\Microsoft\Windows\WindowsUpdate`, Name: "MaxRisk", Value: "R0"})
	for i := 0; i+1 < len(values); i += 2 {
		m.Policies.Items = append(m.Policies.Items, model.Policy{Key: `Policies\updoc`, Name: values[i], Value: values[i+1]})
	}
	return m
}

func TestPolicyOf(t *testing.T) {
	none := []string{}
	for name, c := range map[string]struct {
		m    *model.Machine
		want MachinePolicy
	}{
		"none":                       {machineWith(true), MachinePolicy{}},
		"nothing could be seen":      {machineWith(false), MachinePolicy{}},
		"risk":                       {machineWith(true, "maxrisk", " r2 "), MachinePolicy{MaxRisk: "R2"}},
		"no such risk":               {machineWith(true, "MaxRisk", "R9"), MachinePolicy{MaxRisk: "R0", Malformed: []string{"MaxRisk"}}},
		"risk as a number":           {machineWith(true, "MaxRisk", "2"), MachinePolicy{MaxRisk: "R0", Malformed: []string{"MaxRisk"}}},
		"empty risk":                 {machineWith(true, "MaxRisk", ""), MachinePolicy{MaxRisk: "R0", Malformed: []string{"MaxRisk"}}},
		"allowed":                    {machineWith(true, "AllowedRemedies", "winre-enable| Reset-Update-Cache |"), MachinePolicy{Allowed: []string{"winre-enable", "reset-update-cache"}}},
		"an empty list allows none":  {machineWith(true, "AllowedRemedies", ""), MachinePolicy{Allowed: none}},
		"a list of bytes":            {machineWith(true, "AllowedRemedies", "(type 3, 4 bytes)"), MachinePolicy{Allowed: none, Malformed: []string{"AllowedRemedies"}}},
		"denied":                     {machineWith(true, "DeniedRemedies", "winre-enable"), MachinePolicy{Denied: []string{"winre-enable"}}},
		"nobody knows what is meant": {machineWith(true, "AllowedRemedies", "winre-enable", "DeniedRemedies", "winre-enable;restart"), MachinePolicy{Allowed: none, Denied: none, Malformed: []string{"DeniedRemedies"}}},
		"no restart":                 {machineWith(true, "AllowRestart", "0"), MachinePolicy{NoRestart: true}},
		"restart":                    {machineWith(true, "AllowRestart", "1"), MachinePolicy{}},
		"perhaps":                    {machineWith(true, "AllowRestart", "yes"), MachinePolicy{NoRestart: true, Malformed: []string{"AllowRestart"}}},
		"the rest was lost":          {machineWith(false, "MaxRisk", "R4"), MachinePolicy{MaxRisk: "R4", Allowed: none, NoRestart: true, Malformed: []string{"AllowedRemedies", "DeniedRemedies", "AllowRestart"}}},
	} {
		got := PolicyOf(c.m)
		got.set = nil
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// The policy wins over every flag and every yes, and only ever narrows.
func TestPolicyWins(t *testing.T) {
	both := []string{model.WhereLive, model.WhereOffline}
	all := FixOptions{Accept: []string{"R3", "R4"}, Backed: true}
	for name, c := range map[string]struct {
		values  []string
		step    model.Step
		opts    FixOptions
		verdict string
		detail  string
		value   string
	}{
		"allowed":                 {[]string{"MaxRisk", "R4"}, model.Step{Remedy: "winre-enlarge", Risk: "R4", Where: both}, all, "", "", ""},
		"too risky":               {[]string{"MaxRisk", "R2"}, model.Step{Remedy: "winre-enlarge", Risk: "R4", Where: both}, all, model.StepRefused, policyForbids, "MaxRisk"},
		"whatever the flag":       {[]string{"MaxRisk", "R2"}, model.Step{Remedy: "winre-enlarge", Risk: "R4", Where: both}, FixOptions{MaxRisk: "R4", Accept: []string{"R4"}, Backed: true}, model.StepRefused, policyForbids, "MaxRisk"},
		"a flag narrows too":      {[]string{"MaxRisk", "R4"}, model.Step{Remedy: "winre-enlarge", Risk: "R4", Where: both}, FixOptions{MaxRisk: "R1"}, model.StepSkipped, aboveMaxRisk, ""},
		"denied":                  {[]string{"DeniedRemedies", "winre-enable"}, model.Step{Remedy: "winre-enable", Risk: "R1", Where: both}, FixOptions{Only: []string{"winre-enable"}}, model.StepRefused, policyForbids, "DeniedRemedies"},
		"not on the list":         {[]string{"AllowedRemedies", "reset-catroot2"}, model.Step{Remedy: "winre-enable", Risk: "R1", Where: both}, all, model.StepRefused, policyForbids, "AllowedRemedies"},
		"malformed":               {[]string{"MaxRisk", "high"}, model.Step{Remedy: "winre-enable", Risk: "R1", Where: both}, all, model.StepRefused, policyUnclear, "MaxRisk"},
		"malformed list":          {[]string{"DeniedRemedies", "a b"}, model.Step{Remedy: "winre-enable", Risk: "R1", Where: both}, all, model.StepRefused, policyUnclear, "DeniedRemedies"},
		"a closed gate":           {[]string{"MaxRisk", "R0"}, model.Step{Remedy: "winre-enable", Risk: "R1", Where: both, Gates: []model.Gate{{ID: "x", State: model.GateClosed}}}, all, model.StepRefused, policyForbids, "MaxRisk"},
		"not chosen":              {[]string{"MaxRisk", "R0"}, model.Step{Remedy: "winre-enable", Risk: "R1", Where: both}, FixOptions{Only: []string{"winre-enlarge"}}, model.StepSkipped, notChosen, ""},
		"what a person does":      {[]string{"MaxRisk", "R0"}, model.Step{Remedy: "restart", Risk: "R1", Where: []string{model.WherePerson}}, all, model.StepSkipped, aboveMaxRisk, ""},
		"what Windows does later": {[]string{"MaxRisk", "R0"}, model.Step{Remedy: "retry-update", Risk: "R1", Where: []string{model.WhereLive}}, all, model.StepSkipped, aboveMaxRisk, ""},
	} {
		opts := PolicyOf(machineWith(true, c.values...)).Limit(c.opts)
		got := decide(model.Plan{Steps: []model.Step{c.step}}, opts)[0]
		if got.verdict != c.verdict || got.detail != c.detail || c.value != "" && got.args["value"] != c.value {
			t.Errorf("%s: %q, %q, %v", name, got.verdict, got.detail, got.args)
		}
	}
	if o := PolicyOf(machineWith(true, "MaxRisk", "R2", "AllowRestart", "0")).Limit(FixOptions{MaxRisk: "R3"}); o.MaxRisk != "R2" || !o.NoRestart {
		t.Errorf("limited: %+v", o)
	}
	if o := PolicyOf(machineWith(true, "AllowRestart", "1")).Limit(FixOptions{NoRestart: true}); !o.NoRestart {
		t.Error("a policy allowed what was not asked for")
	}
}

// Looking is never forbidden, and never counts as a change.
func TestPolicyLetsLook(t *testing.T) {
	p := PolicyOf(machineWith(true, "MaxRisk", "R0", "AllowedRemedies", ""))
	if name := p.forbids(model.Step{Remedy: "look-further", Risk: "R0"}); name != "" {
		t.Errorf("%s forbids looking", name)
	}
	if name := PolicyOf(machineWith(true, "AllowRestart", "0")).forbids(model.Step{Remedy: "restart", Risk: "R1"}); name != "AllowRestart" {
		t.Errorf("restart: %q", name)
	}
	if slices.Contains(p.Malformed, "AllowedRemedies") {
		t.Error("an empty list is a list")
	}
}

// On a running Windows the policy wins too; what a person does stays a person's.
func TestPolicyWinsLive(t *testing.T) {
	live := []string{model.WhereLive}
	for name, c := range map[string]struct {
		values  []string
		step    model.Step
		only    []string
		verdict string
		detail  string
	}{
		"too risky":          {[]string{"MaxRisk", "R0"}, model.Step{Remedy: "reset-update-cache", Risk: "R1", Where: live}, nil, model.StepRefused, policyForbids},
		"denied":             {[]string{"DeniedRemedies", "retry-update"}, model.Step{Remedy: "retry-update", Risk: "R1", Where: live}, nil, model.StepRefused, policyForbids},
		"no restart":         {[]string{"AllowRestart", "0"}, model.Step{Remedy: "restart", Risk: "R1", Where: live}, nil, model.StepRefused, policyForbids},
		"what a person does": {[]string{"MaxRisk", "R0"}, model.Step{Remedy: "restart", Risk: "R1", Where: []string{model.WherePerson}}, nil, model.StepSkipped, aboveMaxRisk},
		"only on a disk":     {[]string{"MaxRisk", "R0"}, model.Step{Remedy: "winre-enable", Risk: "R1", Where: []string{model.WhereOffline}}, nil, model.StepSkipped, aboveMaxRisk},
		"not chosen":         {[]string{"MaxRisk", "R0"}, model.Step{Remedy: "restart", Risk: "R1", Where: live}, []string{"winre-enable"}, model.StepSkipped, notChosen},
	} {
		m := machineWith(true, c.values...)
		runsWell(m)
		r := &liveRun{opts: PolicyOf(m).Limit(FixOptions{Only: c.only}), now: &model.Diagnosis{Machine: *m}}
		got := r.decideLive([]model.Step{c.step})[0]
		if got.verdict != c.verdict || got.detail != c.detail {
			t.Errorf("%s: %q, %q, %v", name, got.verdict, got.detail, got.args)
		}
	}
}

// Who allows nothing but looking, or other remedies alone, does not let an update be
// installed, however little can go wrong with that. Nor is it agreed to unseen.
func TestInstallingIsNoLook(t *testing.T) {
	again := decision{step: model.Step{Remedy: "retry-update", Risk: model.RiskLook}}
	installs := []host.Op{{Kind: host.InstallUpdate}}
	for name, p := range map[string]MachinePolicy{"looking alone": {MaxRisk: model.RiskLook}, "others alone": {Allowed: []string{"winre-enable"}}} {
		if got := p.judge(again, installs, true); got.verdict != model.StepRefused || got.detail != policyForbids {
			t.Errorf("%s: %+v", name, got)
		}
		if got := p.judge(again, []host.Op{{Kind: host.RunTool}}, true); got.verdict != "" {
			t.Errorf("%s: looking is forbidden: %+v", name, got)
		}
	}
	if got := (MachinePolicy{Allowed: []string{"retry-update"}}).judge(again, installs, true); got.verdict != "" {
		t.Errorf("%+v", got)
	}
	pc := newSickPC(t, nil)
	pc.remedy["retry-update"], pc.remedy["check-volume"] = installs, []host.Op{{Kind: host.RunTool}}
	r := &liveRun{pc: pc, opts: pc.options(""), state: &liveState{Receipt: newReceipt("", pc.now)}, now: &model.Diagnosis{}}
	r.opts.Confirm = func(*Proposal) (bool, error) { return true, nil }
	runsWell(&r.now.Machine)
	for _, id := range []string{"retry-update", "check-volume"} {
		r.full.Steps = append(r.full.Steps, model.Step{ID: id, Remedy: id, Risk: model.RiskLook, Where: []string{model.WhereLive}})
	}
	if _, err := r.propose(t.Context()); err != nil || !slices.Equal(r.state.Agreed.Remedies, []string{"check-volume"}) {
		t.Error(err, r.state.Agreed.Remedies)
	}
}
