package doctor

import (
	"slices"

	"updoc/model"
	"updoc/remedy"
)

// decision is what becomes of one step of a plan on a disk that does not run.
type decision struct {
	step    model.Step
	remedy  remedy.Remedy
	verdict string     // empty: it is carried out; else one of model's StepSkipped, StepRefused, StepFollowUp
	detail  string     // id of a reason
	gate    string     // the gate that is not open
	args    model.Args // what the reason shows
}

// Reasons of a decision.
const (
	notChosen     = "not-chosen"     // --only names others
	aboveMaxRisk  = "above-max-risk" //
	needsWindows  = "needs-windows"  // only a running Windows can do it
	needsPerson   = "needs-person"   //
	gateClosed    = "gate-closed"    //
	gateUnseen    = "gate-unseen"    // nobody said that it is open
	backupNeeded  = "backup-needed"  // neither a backup nor the risk accepted
	riskUnsettled = "risk-not-accepted"
)

// backup is the gate that a copy of the person's files opens.
const backup = "backup"

// idle are gates that a disk which does not run cannot fail.
var idle = []string{power, workSaved, "no-update-running", "not-converting", "no-cluster", "administrator"}

// decide goes through a plan. It is pure.
func decide(p model.Plan, opts FixOptions) []decision {
	var out []decision
	for _, s := range p.Steps {
		var ours bool
		d := decision{step: s}
		d.remedy, ours = remedy.Find(s.Remedy)
		d.verdict, d.detail, d.gate = opts.verdict(s)
		out = append(out, opts.administrators.judge(d, nil, ours && slices.Contains(s.Where, model.WhereOffline)))
	}
	return out
}

func (o FixOptions) verdict(s model.Step) (verdict, detail, gate string) {
	_, ours := remedy.Find(s.Remedy)
	switch {
	case len(o.Only) > 0 && !slices.Contains(o.Only, s.Remedy):
		return model.StepSkipped, notChosen, ""
	case o.MaxRisk != "" && s.Risk > o.MaxRisk:
		return model.StepSkipped, aboveMaxRisk, ""
	case ours && slices.Contains(s.Where, model.WhereOffline):
		return o.gates(s)
	case slices.Contains(s.Where, model.WhereLive) && (s.Expect != "" || s.Risk > model.RiskLook):
		return model.StepFollowUp, needsWindows, "" // what nobody expects anything of is advice
	}
	return model.StepSkipped, needsPerson, ""
}

func (o FixOptions) gates(s model.Step) (verdict, detail, gate string) {
	for _, g := range s.Gates {
		switch {
		case g.State == model.GateOpen || slices.Contains(idle, g.ID):
		case g.State == model.GateClosed:
			return model.StepRefused, gateClosed, g.ID
		case g.ID == backup && o.settled(s.Risk), slices.Contains(o.Accept, g.ID):
		case g.ID == backup:
			return model.StepRefused, backupNeeded, g.ID
		default:
			return model.StepRefused, gateUnseen, g.ID
		}
	}
	if s.Risk >= model.RiskHard && !o.settled(s.Risk) {
		return model.StepRefused, riskUnsettled, ""
	}
	return "", "", ""
}

// settled: a backup was made, or the risk is accepted in words.
func (o FixOptions) settled(risk string) bool { return o.Backed || slices.Contains(o.Accept, risk) }
