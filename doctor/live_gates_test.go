package doctor

import (
	"testing"

	"updoc/model"
	"updoc/remedy/host"
)

func fact[T any](v T) model.Fact[T] { return model.Known(v, model.Origin{}) }

// A gate that is not open right now keeps a step from being done.
func TestLiveGates(t *testing.T) {
	shrink, tool := []host.Op{{Kind: host.ShrinkVolume}}, []host.Op{{Kind: host.RunTool, Name: "dism"}}
	file := []host.Op{{Kind: host.WriteFile}}
	table := model.Step{Risk: model.RiskPartition, Gates: []model.Gate{{ID: backup, State: model.GateUnseen}}}
	for name, c := range map[string]struct {
		step   model.Step
		ops    []host.Op
		change func(*model.Machine)
		opts   FixOptions
		detail string
		gate   string
	}{
		"all is well":        {step: table, ops: shrink, opts: FixOptions{Accept: []string{"R4"}}},
		"risk not accepted":  {step: table, ops: shrink, detail: backupNeeded, gate: backup},
		"on battery":         {step: table, ops: shrink, change: func(m *model.Machine) { m.Live.Power = fact(false) }, detail: gateClosed, gate: power},
		"power not seen":     {step: table, ops: shrink, change: func(m *model.Machine) { m.Live.Power = model.Fact[bool]{} }, detail: gateUnseen, gate: power},
		"short, on battery":  {step: model.Step{Risk: "R1"}, ops: file, change: func(m *model.Machine) { m.Live.Power = fact(false) }},
		"long, on battery":   {step: model.Step{Risk: "R2", Seconds: 1800}, ops: tool, change: func(m *model.Machine) { m.Live.Power = fact(false) }, detail: gateClosed, gate: power},
		"restart pending":    {step: table, ops: shrink, change: func(m *model.Machine) { m.Pending.Any = fact(true) }, detail: gateClosed, gate: noRestart},
		"being encrypted":    {step: table, ops: shrink, change: func(m *model.Machine) { m.Live.Conversion = fact(true) }, detail: gateClosed, gate: notConverting},
		"agent not seen":     {step: table, ops: shrink, change: func(m *model.Machine) { m.Live.UpdateRunning = model.Fact[bool]{} }, detail: gateUnseen, gate: noUpdate},
		"cluster":            {step: model.Step{Risk: "R1"}, ops: file, change: func(m *model.Machine) { m.Live.Cluster = fact(true) }, detail: gateClosed, gate: noCluster},
		"only looks":         {step: model.Step{Risk: "R0"}, ops: file, change: func(m *model.Machine) { m.Live.Cluster = fact(true) }},
		"no room":            {step: model.Step{Risk: "R2", Bytes: 1 << 40}, ops: tool, detail: gateClosed, gate: roomLeft},
		"disk failing":       {step: table, ops: shrink, change: func(m *model.Machine) { m.Disks.Items[0].Health = fact("failing") }, detail: gateClosed, gate: diskHealthy},
		"a volume in use":    {step: model.Step{Risk: "R1", Gates: []model.Gate{{ID: "windows-clean", State: model.GateClosed}, {ID: "not-hibernated", State: model.GateUnseen}}}, ops: file},
		"marked for a check": {step: model.Step{Risk: "R1", Gates: []model.Gate{{ID: "windows-clean", State: model.GateOpen}}}, ops: file, change: func(m *model.Machine) { m.Windows.Dirty = fact(true) }, detail: gateClosed, gate: "windows-clean"},
		"protected, no key":  {step: model.Step{Risk: "R1", Gates: []model.Gate{{ID: "recovery-key", State: model.GateUnseen}}}, ops: file, change: func(m *model.Machine) { m.Live.Protected = fact(true) }, detail: gateUnseen, gate: "recovery-key"},
		"work not saved":     {step: model.Step{Risk: "R1", Gates: []model.Gate{{ID: workSaved, State: model.GateUnseen}}}, ops: file, detail: gateUnseen, gate: workSaved},
	} {
		m := &model.Machine{}
		runsWell(m)
		m.Windows.Dirty, m.Windows.Free = fact(false), fact(int64(20<<30))
		m.Disks.Items = []model.Disk{{Health: fact("ok")}}
		if c.change != nil {
			c.change(m)
		}
		if detail, gate := c.opts.liveGates(c.step, c.ops, m); detail != c.detail || gate != c.gate {
			t.Errorf("%s: %q, gate %q", name, detail, gate)
		}
	}
}

// Bad environments are known before anything is done.
func TestPitfalls(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*model.Machine)
		code    string
		refused bool
	}{
		"none":              {func(*model.Machine) {}, "", false},
		"no administrator":  {func(m *model.Machine) { m.Live.Admin = fact(false) }, "live-not-administrator", true},
		"rights not seen":   {func(m *model.Machine) { m.Live.Admin = model.Fact[bool]{} }, "live-not-administrator", true},
		"as SYSTEM":         {func(m *model.Machine) { m.Live.Admin, m.Live.System = fact(false), fact(true) }, "", false},
		"WinPE":             {func(m *model.Machine) { m.Live.Mode = fact(model.ModePE) }, "live-in-winpe", true},
		"setup":             {func(m *model.Machine) { m.Live.Mode = fact(model.ModeSetup) }, "live-in-setup", true},
		"audit":             {func(m *model.Machine) { m.Live.Mode = fact(model.ModeAudit) }, "live-in-audit", true},
		"safe mode":         {func(m *model.Machine) { m.Live.Mode = fact(model.ModeSafe) }, "live-safe-mode", true},
		"32 bits":           {func(m *model.Machine) { m.OS.Architecture = fact("x86") }, "live-32-bit", true},
		"Windows 10 1803":   {func(m *model.Machine) { m.OS.Build = fact(int64(17134)) }, "live-too-old", true},
		"Windows 10 1809":   {func(m *model.Machine) { m.OS.Build = fact(int64(17763)) }, "", false},
		"Server 2016":       {func(m *model.Machine) { m.OS.Build, m.OS.Family = fact(int64(14393)), fact("server") }, "", false},
		"Server 2012 R2":    {func(m *model.Machine) { m.OS.Build, m.OS.Family = fact(int64(9600)), fact("server") }, "live-too-old", true},
		"S mode":            {func(m *model.Machine) { m.Live.SMode = fact(true) }, "live-s-mode", false},
		"WDAC":              {func(m *model.Machine) { m.Live.AppControl = fact(true) }, "live-app-control", false},
		"remote":            {func(m *model.Machine) { m.Live.Remote = fact(true) }, "live-remote", false},
		"remote, as SYSTEM": {func(m *model.Machine) { m.Live.Remote, m.Live.System = fact(true), fact(true) }, "", false},
		"cluster":           {func(m *model.Machine) { m.Live.Cluster = fact(true) }, "live-cluster", false},
		"no DISM":           {func(m *model.Machine) { m.Live.Tools.Items = []model.Tool{{Name: "dism", Works: fact(false)}} }, "live-tool-off", false},
	} {
		m := &model.Machine{}
		runsWell(m)
		c.change(m)
		all := Pitfalls(m)
		got := ""
		for _, p := range all {
			got += p.Code
		}
		if got != c.code || (Refusal(m) != nil) != c.refused {
			t.Errorf("%s: %+v", name, all)
		}
	}
}

// Only the steps that need a tool that is missing are refused.
func TestLacking(t *testing.T) {
	m := &model.Machine{}
	m.Live.Tools.Items = []model.Tool{{Name: "reagentc", Works: fact(false)}, {Name: "dism", Works: fact(true)}}
	m.Live.Remote = fact(true)
	for kind, want := range map[string]string{host.SetWinRE: "live-tool-off", host.ServiceImage: "", host.WriteFile: "", host.InstallUpdate: "live-remote", host.HideUpdate: "live-remote"} {
		if code, _ := lacking(m, []host.Op{{Kind: kind}}); code != want {
			t.Errorf("%s: %q", kind, code)
		}
	}
}

// Where nothing can be repaired, nothing is begun.
func TestRefusedHere(t *testing.T) {
	pc, folder := newSickPC(t, func(m *model.Machine) { m.Live.Admin = fact(false) }), journals(t)
	_, err := FixLive(t.Context(), pc, pc.options(folder))
	wantError(t, err, "live-not-administrator", 2)
	if len(pc.log) > 0 {
		t.Error(pc.log)
	}
}
