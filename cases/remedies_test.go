package cases_test

import (
	"slices"
	"testing"

	"updoc/knowledge"
	"updoc/model"
	"updoc/remedy"
)

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
