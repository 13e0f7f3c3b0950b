package cases_test

import (
	"errors"
	"slices"
	"testing"

	"updoc/knowledge"
	"updoc/model"
	"updoc/remedy"
	"updoc/remedy/conform"
	"updoc/remedy/host"
)

// checkOps wants every planned step that updoc itself can carry out to give operations
// for the facts it was planned from, or to say what the person must add. A gate that
// is closed may refuse too.
func checkOps(t *testing.T, d *model.Diagnosis) {
	t.Helper()
	for _, s := range d.Plan.Steps {
		r, ok := remedy.Find(s.Remedy)
		if !ok || !slices.Contains(s.Where, model.WhereOffline) || slices.ContainsFunc(s.Gates, func(g model.Gate) bool { return g.State == model.GateClosed }) {
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

// What knowledge says updoc can do, on a dead disk or in the running Windows, is what can
// be carried out, and nothing else can. Looks (R0) change nothing.
func TestWhatIsSaidCanBeCarriedOut(t *testing.T) {
	base, err := knowledge.Load()
	if err != nil {
		t.Fatal(err)
	}
	for id, r := range base.Remedies {
		ours := slices.Contains(r.Where, model.WhereOffline) || slices.Contains(r.Where, model.WhereLive)
		if _, ok := remedy.Find(id); r.Risk != model.RiskLook && ours != ok {
			t.Errorf("%s: where %v, carried out: %v", id, r.Where, ok)
		}
	}
	for _, r := range remedy.All() {
		if base.Remedies[r.ID] == nil {
			t.Errorf("%s can be carried out, but knowledge has no such remedy", r.ID)
		}
	}
}

// What only a running Windows can do is refused on a disk, whatever else is seen there.
func TestLiveIsRefusedOffline(t *testing.T) {
	base, err := knowledge.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range remedy.All() {
		if slices.Contains(base.Remedies[r.ID].Where, model.WhereOffline) {
			continue
		}
		ops, err := r.Ops(&model.Machine{}, model.Args{"kb": "KB5034441"})
		var e *model.Error
		if !errors.As(err, &e) || e.Code != "refused-needs-windows" || len(ops) > 0 {
			t.Errorf("%s: %d operations, %v", r.ID, len(ops), err)
		}
	}
}

// A tool or an update that ran cannot be taken back, and the texts do not promise it.
func TestWhatLastsIsSaid(t *testing.T) {
	base, err := knowledge.Load()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, r := range remedy.All() {
		for _, s := range conform.Of(r.ID) {
			m, err := s.PC().Host().Machine(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ops, err := r.Ops(m, s.Params)
			if err != nil {
				t.Fatal(err)
			}
			lasts := slices.ContainsFunc(ops, func(op host.Op) bool { return op.Kind == host.RunTool || op.Kind == host.InstallUpdate })
			if lasts {
				seen++
			}
			if lasts && base.Remedies[r.ID].UndoKind == "exact" {
				t.Errorf("%s: undo is called exact", r.ID)
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d scenarios run a tool", seen)
	}
}
