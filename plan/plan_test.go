package plan

import (
	"slices"
	"testing"
	"time"

	"updoc/diagnose"
	"updoc/knowledge"
	"updoc/model"
)

var (
	noon = time.Date(2024, 9, 11, 12, 0, 0, 0, time.UTC)
	here = model.Origin{Artifact: "test"}
)

func known[T any](v T) model.Fact[T] { return model.Known(v, here) }

// short is a PC whose recovery partition right behind Windows has 60 MB free.
func short() *model.Machine {
	m := &model.Machine{LastSeen: noon.Add(time.Hour)}
	m.OS.ServerCore, m.OS.Family = known(false), known("windows-10")
	m.Windows = model.Volume{Free: known(int64(40 << 30)), Dirty: known(false), LogFile: known("clean"), Hibernated: known(false),
		BitLocker: model.BitLocker{State: known("off")}}
	m.Disks = model.Complete([]model.Disk{{Table: "gpt", GUID: "{1}", Size: 64 << 30, Partitions: []model.Partition{
		{ID: "disk0p1", Index: 1, Role: model.RoleESP, Start: 1 << 20, Size: 100 << 20},
		{ID: "disk0p2", Index: 2, Role: model.RoleWindows, Start: 101 << 20, Size: 60000 << 20},
		{ID: "disk0p3", Index: 3, Role: model.RoleRecovery, Start: 60101 << 20, Size: 560 << 20},
	}}})
	m.WinRE.Enabled, m.WinRE.Any, m.WinRE.Encrypted, m.WinRE.Agree = known(true), known(true), known(false), known(true)
	m.WinRE.Config.Damaged, m.WinRE.Config.State = known(false), known("enabled")
	m.WinRE.Version = known("10.0.19041.1")
	m.WinRE.Image = model.WinREImage{Exists: known(true), Size: known(int64(480 << 20)), Compression: known("lzx"), Readable: known(true)}
	m.WinRE.Active = model.ActiveRE{Exists: known(true), ID: known("disk0p3"), Disk: known(int64(0)), Index: known(int64(3)),
		Free: known(int64(60 << 20)), Place: known(model.PlaceAfter), ServicingShort: known(int64(190 << 20)), EnableShort: known(int64(0)),
		GapAfter: known(int64(0)), GapBefore: known(int64(0)), Reclaimable: known(int64(0))}
	m.WinRE.Events = model.Complete([]model.WinREEvent{{Time: noon, EventID: 4502, Phase: 2, Origin: here}})
	m.WinRE.Recovery = model.Complete([]model.Candidate{{ID: "disk0p3", Active: true, Size: 560 << 20, Origin: here}})
	m.Pending.Any = known(false)
	m.DiskLog = model.Complete([]model.DiskEvent{})
	m.Attempts = model.Complete([]model.Attempt{{KB: "KB5042320", Code: "0x80070643", Outcome: model.AttemptFailed, Stage: model.StageInstall,
		Start: noon, End: noon, Origin: here}})
	return m
}

func planOf(t *testing.T, m *model.Machine, policy Policy) model.Plan {
	t.Helper()
	b, err := knowledge.Load()
	if err != nil {
		t.Fatal(err)
	}
	d, err := diagnose.Run(m, b)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Make(d, b, policy)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func remedies(p model.Plan) []string {
	var out []string
	for _, s := range p.Steps {
		out = append(out, s.Remedy)
	}
	return out
}

// TestCheapestSufficient walks the ladder of cures: each time the way above is closed.
func TestCheapestSufficient(t *testing.T) {
	m := short()
	m.WinRE.Active.Reclaimable = known(int64(200 << 20))
	m.WinRE.Image.Compression = known("none")
	m.WinRE.Image.Size = known(int64(900 << 20))
	m.WinRE.Active.GapAfter = known(int64(1 << 30))
	m.Disks.Items[0].Gaps = []model.Gap{{Start: 60661 << 20, Size: 1 << 30}}
	ladder := []struct {
		remedy string
		closed func()
	}{
		{"winre-clear-leftovers", func() { m.WinRE.Active.Reclaimable = known(int64(0)) }},
		{"winre-recompress", func() { m.WinRE.Image.Compression = known("lzx") }},
		{"winre-use-gap", func() { m.WinRE.Active.GapAfter = known(int64(0)) }},
		{"winre-enlarge", func() { m.WinRE.Active.Place = known(model.PlaceBefore) }},
		{"winre-new-partition", func() { m.Windows.Free = known(int64(1 << 30)) }},
		{"winre-defer", func() {}},
	}
	for _, rung := range ladder {
		if got := remedies(planOf(t, m, Policy{})); !slices.Contains(got, rung.remedy) {
			t.Errorf("plan %v, want %s", got, rung.remedy)
		}
		rung.closed()
	}
}

func TestRisksRise(t *testing.T) {
	p := planOf(t, short(), Policy{})
	if got := remedies(p); !slices.Equal(got, []string{"back-up-files", "winre-enlarge", "retry-update"}) {
		t.Fatalf("plan %v", got)
	}
	if p.Steps[0].Risk > p.Steps[1].Risk {
		t.Errorf("risks %s, %s", p.Steps[0].Risk, p.Steps[1].Risk)
	}
}

func TestFailingDiskStopsEverythingElse(t *testing.T) {
	m := short()
	m.DiskLog = model.Complete([]model.DiskEvent{{Time: noon, Kind: "bad-block", Origin: here}})
	m.Storage.Errors, m.Storage.ErrorDays = model.Known(int64(7), here), model.Known(int64(3), here)
	m.Storage.Predicted = model.Known(true, here)
	if got := remedies(planOf(t, m, Policy{})); !slices.Equal(got, []string{"save-files-first"}) {
		t.Errorf("plan %v", got)
	}
}

func TestPolicyLimitsRisk(t *testing.T) {
	for _, s := range planOf(t, short(), Policy{MaxRisk: model.RiskCostly}).Steps {
		if s.Risk > model.RiskCostly {
			t.Errorf("%s has risk %s", s.Remedy, s.Risk)
		}
	}
}

func TestPossibleCausesAreOnlyLookedAt(t *testing.T) {
	m := &model.Machine{Attempts: short().Attempts}
	for _, s := range planOf(t, m, Policy{}).Steps {
		if s.Risk != model.RiskLook {
			t.Errorf("%s has risk %s although nothing was seen", s.Remedy, s.Risk)
		}
	}
}

func TestPlanIsPure(t *testing.T) {
	away := short()
	away.WinRE.Active.Place = known(model.PlaceBefore)
	first, second := planOf(t, away, Policy{}), planOf(t, away, Policy{})
	if a, b := first.Steps[1].Params["newGuid"], second.Steps[1].Params["newGuid"]; a == nil || a != b {
		t.Errorf("identifiers %v and %v", a, b)
	}
}

// TestLayoutKeepsEverything checks the table the plan leads to: nothing overlaps,
// nothing but the two partitions changes, and the room is there.
func TestLayoutKeepsEverything(t *testing.T) {
	m := short()
	p := planOf(t, m, Policy{})
	if len(p.After) != 1 {
		t.Fatalf("layouts: %+v", p.After)
	}
	end := uint64(0)
	for i, after := range p.After[0].Partitions {
		before := m.Disks.Items[0].Partitions[i]
		if after.Start < end {
			t.Errorf("%s overlaps", after.From)
		}
		end = after.Start + after.Size
		if before.Role == model.RoleESP && (after.Start != before.Start || after.Size != before.Size) {
			t.Errorf("%s changed", after.From)
		}
	}
	grown := p.After[0].Partitions[2].Size - 560<<20
	if free := grown + 60<<20; free < wantFree || end > 64<<30 {
		t.Errorf("%d bytes free, table ends at %d", free, end)
	}
}
