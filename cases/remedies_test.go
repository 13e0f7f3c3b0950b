package cases_test

import (
	"errors"
	"slices"
	"testing"

	"updoc/knowledge"
	"updoc/model"
	"updoc/remedy"
)

// checkOps wants every planned step that updoc itself can carry out to give operations
// for the facts it was planned from, or to say what the person must add. A gate that
// is closed may refuse too.
func checkOps(t *testing.T, d *model.Diagnosis) {
	t.Helper()
	for _, s := range d.Plan.Steps {
		r, ok := remedy.Find(s.Remedy)
		if !ok || slices.ContainsFunc(s.Gates, func(g model.Gate) bool { return g.State == model.GateClosed }) {
			continue
		}
		ops, err := r.Ops(&d.Machine, s.Params)
		var e *model.Error
		if errors.As(err, &e) && e.Exit == 6 && e.Code == "refused-needs-file" {
			continue
		}
		if err != nil || len(ops) == 0 {
			t.Errorf("%s: %d operations, %v", s.Remedy, len(ops), err)
		}
	}
}

// What knowledge says can be done on a dead disk is what can be carried out there, and
// nothing else can. Looks (R0) change nothing.
func TestWhatIsOfflineCanBeCarriedOut(t *testing.T) {
	base, err := knowledge.Load()
	if err != nil {
		t.Fatal(err)
	}
	offline := map[string]bool{}
	for id, r := range base.Remedies {
		offline[id] = r.Risk != model.RiskLook && slices.Contains(r.Where, model.WhereOffline)
		if _, ok := remedy.Find(id); offline[id] && !ok {
			t.Errorf("%s: knowledge says offline, but nothing carries it out", id)
		}
	}
	for _, r := range remedy.All() {
		if !offline[r.ID] {
			t.Errorf("%s can be carried out, but knowledge does not say offline", r.ID)
		}
	}
}
