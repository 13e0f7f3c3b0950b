package report

import (
	"fmt"
	"slices"
	"sort"

	"updoc/model"
)

type stepView struct {
	N          int
	ID, Remedy string
	Title, Why string
	Risk       string // stable word: R0 … R4
	Facts      []pair // risk, time, room, undo, …
	Gates      []gateView
	Blocked    string // said if a gate is closed
	Expect     string
	IfFails    string
	Otherwise  []string
	Params     []pair
	Expression string
	Serves     string
	Note       string // what to mind, for the risky ones
}

type gateView struct{ State, Label, Text string }

func (s speaker) addSteps(v *view, d *model.Diagnosis) {
	for i := range d.Plan.Steps {
		v.Steps = append(v.Steps, s.stepView(&d.Plan.Steps[i], d, i+1))
	}
	if slices.ContainsFunc(d.Plan.Steps, func(step model.Step) bool { return step.Risk > model.RiskLook }) {
		v.PlanNotes = append(v.PlanNotes, s.ui("plan.printed-only."+whereRun(d.Source.Kind)))
	}
	for _, l := range s.plan(d).Limits {
		v.PlanNotes = append(v.PlanNotes, l.Message+s.gapAfterSentence()+l.Hint)
	}
	v.PlanEmpty = s.ui("plan.none")
	if d.Outcome == model.OutcomeFailing || d.Outcome == model.OutcomeCondition || d.Outcome == model.OutcomeUnseen {
		v.PlanEmpty = s.ui("plan.none-yet")
	}
}

// whereRun tells a running Windows from all that does not run.
func whereRun(kind string) string {
	if kind == "live" {
		return "live"
	}
	return "disk"
}

func (s speaker) stepView(step *model.Step, d *model.Diagnosis, n int) stepView {
	v := stepView{
		N: n, ID: step.ID, Remedy: step.Remedy, Title: step.Title, Why: step.Why, Risk: step.Risk,
		Note: s.optional("ui.risk-note."+step.Risk, nil), Expect: step.ExpectIs, IfFails: step.IfFails, Expression: step.Expect, Serves: s.serves(step, d),
	}
	v.Facts = s.stepFacts(step)
	for _, g := range step.Gates {
		v.Gates = append(v.Gates, gateView{g.State, s.word("gate", g.State), g.Text})
		if g.State == model.GateClosed {
			v.Blocked = s.ui("plan.blocked")
		}
	}
	for _, id := range step.Otherwise {
		v.Otherwise = append(v.Otherwise, s.say("remedy."+id+".title", nil))
	}
	for name, value := range step.Params {
		v.Params = append(v.Params, pair{name, fmt.Sprint(value)})
	}
	sort.SliceStable(v.Params, func(i, j int) bool { return v.Params[i].Label < v.Params[j].Label })
	return v
}

func (s speaker) stepFacts(step *model.Step) []pair {
	out := []pair{{s.ui("label.risk"), s.word("risk", step.Risk)}}
	switch {
	case step.Seconds > 0:
		out = append(out, pair{s.ui("label.time"), s.say("ui.duration.about", model.Args{"seconds": step.Seconds})})
	case step.Risk >= model.RiskCostly:
		out = append(out, pair{s.ui("label.time"), s.ui("duration.unknown")})
	}
	if step.Bytes > 0 {
		out = append(out, pair{s.ui("label.room"), s.say("ui.room.about", model.Args{"bytes": step.Bytes})})
	}
	if step.UndoKind != "none-needed" {
		out = append(out, pair{s.ui("label.undo"), step.Undo})
	}
	return out
}

// serves names what a step cures: updates and conditions.
func (s speaker) serves(step *model.Step, d *model.Diagnosis) string {
	var names []string
	for _, id := range step.For {
		name := ""
		for i := range d.Failures {
			if d.Failures[i].ID == id {
				name = s.failureName(&d.Failures[i])
			}
		}
		if name == "" {
			name = s.say("cause."+id+".title", nil)
		}
		names = append(names, name)
	}
	return s.form.list(names)
}
