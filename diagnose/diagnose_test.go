package diagnose

import (
	"testing"
	"time"

	"updoc/knowledge"
	"updoc/model"
)

var noon = time.Date(2024, 1, 10, 12, 0, 0, 0, time.UTC)

func base(t *testing.T) *knowledge.Base {
	t.Helper()
	b, err := knowledge.Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func at(artifact string) model.Origin { return model.Origin{Artifact: artifact} }

// sick is a machine whose active recovery partition has too little room.
func sick() *model.Machine {
	m := &model.Machine{LastSeen: noon.AddDate(0, 0, 9)}
	m.OS.ServerCore = model.Known(false, at("hive"))
	m.OS.Family = model.Known("windows-10", at("hive"))
	m.WinRE.Active = model.ActiveRE{
		Exists: model.Known(true, at("partition-table")), ID: model.Known("disk0p4", at("partition-table")),
		Free: model.Known(int64(87138304), at("ntfs")), Place: model.Known(model.PlaceAfter, at("partition-table")),
		ServicingShort: model.Known(int64(262144000-87138304), at("ntfs")), EnableShort: model.Known(int64(0), at("ntfs")),
	}
	m.WinRE.Version = model.Known("10.0.19041.1", at("wim"))
	m.WinRE.Enabled = model.Known(true, at("reagent-xml"))
	m.WinRE.Agree = model.Known(true, at("bcd"))
	m.WinRE.Any = model.Known(true, at("wim"))
	m.WinRE.Encrypted = model.Known(false, at("bitlocker"))
	m.WinRE.Config.Damaged = model.Known(false, at("reagent-xml"))
	m.WinRE.Config.State = model.Known("enabled", at("reagent-xml"))
	m.WinRE.Events = model.Complete([]model.WinREEvent{{Time: noon, EventID: 4502, Phase: 2, Origin: at("evtx")}})
	m.Pending.Any = model.Known(false, at("hive"))
	m.Attempts = model.Complete([]model.Attempt{attempt("KB5034441", noon, model.AttemptFailed)})
	return m
}

func attempt(kb string, when time.Time, outcome string) model.Attempt {
	a := model.Attempt{KB: kb, Title: kb, Start: when, End: when, Stage: model.StageInstall, Outcome: outcome, Origin: at("evtx")}
	if outcome == model.AttemptFailed {
		a.Code = "0x80070643"
	}
	return a
}

func run(t *testing.T, m *model.Machine) *model.Diagnosis {
	t.Helper()
	d, err := Run(m, base(t))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestConfirmed(t *testing.T) {
	d := run(t, sick())
	if len(d.Failures) != 1 || len(d.Failures[0].Causes) == 0 {
		t.Fatalf("failures: %+v", d.Failures)
	}
	c := d.Failures[0].Causes[0]
	if c.ID != "winre-partition-too-small" || c.Verdict != model.VerdictConfirmed || c.Probability < confirmedAt {
		t.Errorf("%s %s %.3f", c.ID, c.Verdict, c.Probability)
	}
	if d.ExitCode != ExitFault || d.Outcome != model.OutcomeFailing {
		t.Errorf("%s, exit %d", d.Outcome, d.ExitCode)
	}
}

func TestProbabilitiesSumToAtMostOne(t *testing.T) {
	sum := 0.0
	for _, c := range run(t, sick()).Failures[0].Causes {
		if c.Refines == "" {
			sum += c.Probability
		}
	}
	if sum > 1 || sum < 0.9 {
		t.Errorf("sum %v", sum)
	}
}

func TestLessSeenIsLessCertainNotDifferent(t *testing.T) {
	m := sick()
	m.WinRE.Active.Free = model.Fact[int64]{}
	m.WinRE.Active.ServicingShort = model.Fact[int64]{}
	m.WinRE.Version = model.Fact[string]{}
	c := run(t, m).Failures[0].Causes[0]
	if c.ID != "winre-partition-too-small" || c.Verdict == model.VerdictConfirmed {
		t.Errorf("%s %s", c.ID, c.Verdict)
	}
	if len(c.Missing) == 0 {
		t.Error("nothing is named that would settle it")
	}
}

func TestHealed(t *testing.T) {
	m := sick()
	for _, successor := range []string{"KB5034441", "KB5042320", "KB5057589"} {
		m.Attempts = model.Complete([]model.Attempt{
			attempt("KB5034441", noon, model.AttemptFailed), attempt(successor, noon.Add(time.Hour), model.AttemptInstalled)})
		if f := run(t, m).Failures[0]; f.Outcome != model.OutcomeHealed {
			t.Errorf("%s went in later: %s", successor, f.Outcome)
		}
	}
}

func TestStoreAppsAreNoWindowsUpdates(t *testing.T) {
	m := sick()
	a := attempt("", noon, model.AttemptFailed)
	a.Title, a.Store = "9NBLGGH4NNS1-Example", true
	m.Attempts = model.Complete([]model.Attempt{a})
	if d := run(t, m); len(d.Failures) != 0 {
		t.Errorf("failures: %+v", d.Failures)
	}
}

func TestWithdrawnLeavesTheCondition(t *testing.T) {
	d := run(t, sick())
	if len(d.Conditions) != 1 || d.Conditions[0].ID != "winre-partition-too-small" {
		t.Errorf("conditions: %+v", d.Conditions)
	}
}

func TestNothingSeenIsNotHealthy(t *testing.T) {
	d := run(t, &model.Machine{})
	if d.ExitCode != ExitUnseen || d.Outcome != model.OutcomeUnseen {
		t.Errorf("%s, exit %d", d.Outcome, d.ExitCode)
	}
}

func TestFalseError(t *testing.T) {
	m := sick()
	m.Attempts = model.Complete([]model.Attempt{attempt("KB5057589", noon, model.AttemptFailed)})
	m.WinRE.Version = model.Known("10.0.19041.5728", at("wim"))
	m.WinRE.Image = model.WinREImage{Exists: model.Known(true, at("wim")), Readable: model.Known(true, at("wim")), Version: m.WinRE.Version}
	m.WinRE.Events = model.Complete([]model.WinREEvent{})
	m.WinRE.Active.Free = model.Known(int64(300<<20), at("ntfs"))
	m.WinRE.Active.ServicingShort = model.Known(int64(0), at("ntfs"))
	f := run(t, m).Failures[0]
	if f.Outcome != model.OutcomeFalseError || f.Causes[0].ID != "false-error-cosmetic" || f.Causes[0].Verdict != model.VerdictConfirmed {
		t.Errorf("%s: %s %s", f.Outcome, f.Causes[0].ID, f.Causes[0].Verdict)
	}
}

// A condition that is no fault of the PC needs no repair; a fault beside it wins, and so
// does what was not seen.
func TestConditionWithoutFault(t *testing.T) {
	seenAll := &model.Machine{LastSeen: noon}
	seenAll.Attempts = model.Complete([]model.Attempt{})
	harmless, fault := model.Cause{ID: "x"}, model.Cause{ID: "y", Fault: true}
	for _, c := range []struct {
		m          *model.Machine
		conditions []model.Cause
		outcome    string
		exit       int
	}{
		{seenAll, []model.Cause{harmless}, model.OutcomeCondition, ExitHealthy},
		{seenAll, []model.Cause{harmless, fault}, model.OutcomeCondition, ExitFault},
		{&model.Machine{LastSeen: noon}, []model.Cause{harmless}, model.OutcomeUnseen, ExitUnseen},
		{seenAll, nil, model.OutcomeHealthy, ExitHealthy},
	} {
		if outcome, exit := outcome(c.m, &model.Diagnosis{Conditions: c.conditions}, false); outcome != c.outcome || exit != c.exit {
			t.Errorf("%v: %s, %d; want %s, %d", c.conditions, outcome, exit, c.outcome, c.exit)
		}
	}
}

// What separates the surest cause from the next is computed: what is not so for the
// next, or what speaks against it, never something that holds.
func TestContrast(t *testing.T) {
	d := run(t, sick())
	f := d.Failures[0]
	c := f.Contrast
	if c == nil || c.Cause != f.Causes[0].ID || c.Cause != "winre-partition-too-small" || c.Next == "" || c.Next == c.Cause || len(c.Holds) != len(f.Causes[0].For) {
		t.Fatalf("%+v", c)
	}
	if len(c.Against)+len(c.Lacking) == 0 {
		t.Errorf("nothing separates them: %+v", c)
	}
	for _, other := range f.Causes {
		for _, lacking := range c.Lacking {
			for _, holds := range other.For {
				if holds.ID == lacking.ID {
					t.Errorf("%s holds and is named as lacking", lacking.ID)
				}
			}
		}
	}
	if d := run(t, &model.Machine{}); len(d.Failures) > 0 {
		t.Errorf("%+v", d.Failures)
	}
}
