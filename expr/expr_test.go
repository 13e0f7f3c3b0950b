package expr

import (
	"testing"
	"time"

	"updoc/model"
)

func compile(t *testing.T, src string) *Program {
	t.Helper()
	env, err := NewEnv()
	if err != nil {
		t.Fatal(err)
	}
	p, err := env.Compile(src)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func machine() *model.Machine {
	m := &model.Machine{}
	m.WinRE.Active.Free = model.Known(int64(87138304), model.Origin{Artifact: "ntfs", Volume: "disk0p4"})
	m.Attempts = model.Partial([]model.Attempt{
		{ID: "a", KB: "KB5034441", Outcome: model.AttemptFailed, Origin: model.Origin{Artifact: "evtx", Record: 7}, Inner: model.Origin{Artifact: "cbs", Line: 9}},
	}, model.Unseen{Reason: model.ReasonOutOfRange, How: model.HowOlderLogs})
	return m
}

func TestTruth(t *testing.T) {
	at := time.Date(2024, 1, 10, 0, 0, 0, 0, time.UTC)
	covered := machine()
	covered.Attempts.Coverage = model.Coverage{From: at.Add(-time.Hour), To: at.Add(time.Hour)}
	none, kb := &model.Machine{}, &model.UpdateFacts{ID: "KB5034441"}
	failure := &model.Failure{KB: "KB5034441"}
	tests := []struct {
		name, src string
		m         *model.Machine
		want      Truth
	}{
		{"known is below", `machine.winre.active.free < mib(250)`, machine(), True},
		{"known is not below", `machine.winre.active.free < 10`, machine(), False},
		{"unseen number is not zero", `machine.winre.active.free < mib(250)`, none, Unseen},
		{"unseen bool is not false", `!machine.winre.enabled`, none, Unseen},
		{"unseen string is not empty", `machine.winre.version == ""`, none, Unseen},
		{"unseen time", `machine.boot.lastBoot > machine.pending.since`, none, Unseen},
		{"false wins over unseen", `machine.winre.active.free < 10 && machine.winre.enabled`, machine(), False},
		{"true wins over unseen", `machine.winre.active.free > 10 || machine.winre.enabled`, machine(), True},
		{"one of a partial list", `machine.attempts.exists(a, a.kb == "KB5034441")`, machine(), True},
		{"none of a partial list", `machine.attempts.exists(a, a.kb == "KB1")`, machine(), Unseen},
		{"all of a partial list", `machine.attempts.all(a, a.kb == "KB5034441")`, machine(), Unseen},
		{"not all of a partial list", `machine.attempts.all(a, a.kb == "KB1")`, machine(), False},
		{"size of a partial list", `size(machine.attempts) == 1`, machine(), Unseen},
		{"none of a list that covers the time", `machine.attempts.exists(a, a.kb == "KB1")`, covered, False},
		{"size of a list that covers the time", `size(machine.attempts) == 1`, covered, True},
		{"list nobody looked at", `machine.services.exists(s, s.start == 4)`, none, Unseen},
		{"failure", `failure.kb == kb.id`, none, True},
		{"what nobody published", `versionAtLeast(machine.winre.version, kb.target)`, machine(), Unseen},
		{"versions are numbers", `versionAtLeast("10.0.19041.3920", "10.0.19041.1000") && !versionAtLeast("10.0.9.1", "10.0.10.0")`, none, True},
		{"choice by an unseen fact", `machine.winre.enabled ? false : true`, none, Unseen},
		{"nested list", `machine.disks.exists(d, d.partitions.exists(p, p.role == "esp"))`, none, Unseen},
		{"in", `failure.stage in ["install", ""]`, none, True},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, missing, err := compile(t, tt.src).Truth(Vars{Machine: tt.m, Failure: failure, KB: kb, At: at})
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Fatalf("%s = %v, want %v", tt.src, got, tt.want)
			}
			if (got == Unseen) != (len(missing) > 0) {
				t.Fatalf("missing = %v with answer %v", missing, got)
			}
		})
	}
}

func TestMissingNamesTheFact(t *testing.T) {
	_, missing, err := compile(t, `machine.winre.active.free < 10 || machine.winre.enabled`).Truth(Vars{Machine: machine()})
	if err != nil || len(missing) != 1 || missing[0].Path != "machine.winre.enabled" || missing[0].Why.Reason != model.ReasonNotLooked {
		t.Fatalf("missing = %+v, err = %v", missing, err)
	}
}

func TestCite(t *testing.T) {
	tests := []struct {
		src, path string
		want      model.Origin
	}{
		{`machine.winre.active.free`, "machine.winre.active.free", model.Origin{Artifact: "ntfs", Volume: "disk0p4"}},
		{`machine.attempts.filter(a, a.kb == "KB5034441")`, "machine.attempts[0]", model.Origin{Artifact: "evtx", Record: 7}},
		{`machine.attempts.filter(a, a.kb == "KB5034441").map(a, a.inner)`, "machine.attempts[0].inner", model.Origin{Artifact: "cbs", Line: 9}},
		{`machine.attempts[0].kb`, "machine.attempts[0].kb", model.Origin{Artifact: "evtx", Record: 7}},
	}
	for _, tt := range tests {
		got, err := compile(t, tt.src).Cite(Vars{Machine: machine()})
		if err != nil || len(got) != 1 || got[0].Origin != tt.want || got[0].Path != tt.path {
			t.Errorf("%s cites %+v, err %v", tt.src, got, err)
		}
	}
}

func TestCiteOfUnseenIsEmpty(t *testing.T) {
	got, err := compile(t, `machine.winre.version`).Cite(Vars{Machine: machine()})
	if err != nil || len(got) != 0 {
		t.Fatalf("cited %+v, err %v", got, err)
	}
}

func TestCompileNamesThePlace(t *testing.T) {
	env, err := NewEnv()
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range []string{`machine.winre.active.fre < 10`, `machine.winre.active.free < "x"`, `machine.attempts.exists(a, a.nope)`} {
		if _, err := env.Compile(src); err == nil {
			t.Errorf("%s compiled", src)
		}
	}
	if _, err := env.CompileBool(`machine.winre.active.free`); err == nil {
		t.Error("a number passed as a condition")
	}
}
