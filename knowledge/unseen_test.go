package knowledge

import (
	"strings"
	"testing"
	"time"

	"updoc/expr"
	"updoc/model"
)

// rules calls f for every condition of the knowledge.
func (b *Base) rules(f func(where string, r Rule)) {
	for _, c := range b.Causes {
		for _, e := range c.Evidence {
			f(c.at()+": "+e.ID, e.When)
		}
		if c.Condition != nil {
			f(c.at()+": condition", c.Condition.When)
		}
	}
	for _, r := range b.Remedies {
		f(r.at()+": applies", r.Applies)
		f(r.at()+": expect", r.Expect)
	}
	for _, g := range b.Gates {
		f("gates.yaml: "+g.ID, g.When)
	}
}

// TestAllUnseen feeds every expression a machine at which nobody looked: an answer
// would be made up.
func TestAllUnseen(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	b.rules(func(where string, r Rule) {
		if !r.Set() {
			return
		}
		asked++
		truth, missing, err := r.Truth(expr.Vars{Machine: &model.Machine{}})
		if err != nil || truth != expr.Unseen || len(missing) == 0 {
			t.Errorf("%s: %v, missing %v, err %v", where, truth, missing, err)
		}
	})
	if asked < 60 {
		t.Errorf("only %d expressions were asked", asked)
	}
}

// TestUnseenMachineConfirmsNothing knows the failure and the update, but nothing of
// the machine: no expression that speaks about the machine may answer yes.
func TestUnseenMachineConfirmsNothing(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2024, 1, 10, 3, 0, 0, 0, time.UTC)
	for _, code := range []string{"0x80070643", "0x80240016", "0x800f0922", "0x80070070", "0x80070490", "0x80070bc9"} {
		f := &model.Failure{KB: "KB5034441", Class: "winre", Code: code, Stage: model.StageInstall, First: at, Last: at,
			Attempts: []model.Attempt{{KB: "KB5034441", Code: code, Outcome: model.AttemptFailed, Start: at, End: at}}}
		for _, c := range b.Causes {
			for _, e := range c.Evidence {
				truth, _, err := e.When.Truth(expr.Vars{Machine: &model.Machine{}, Failure: f, KB: b.Facts(f.KB), At: at})
				if err != nil {
					t.Errorf("%s: %v", e.ID, err)
				}
				if truth == expr.True && strings.Contains(e.When.Source, "machine.") {
					t.Errorf("%s: %s holds on a machine nobody looked at", c.at(), e.ID)
				}
			}
		}
	}
}
