package fake_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/host/fake"
)

const update = "aaaaaaaa-0000-0000-0000-000000000001"

// alive is pc with Windows running.
func alive(troubles ...fake.Trouble) *fake.PC {
	out := pc()
	out.Troubles = troubles
	out.Locals["/kb.cab"] = fake.File{Content: []byte("cab")}
	out.Running = &fake.Running{
		Services: []*fake.Service{
			{Name: "usosvc", Start: 2, Runs: true, Wakes: []string{"wuauserv"}},
			{Name: "wuauserv", Start: 3, Runs: true, Holds: []string{"a"}},
			{Name: "appidsvc", Start: 3, Runs: true},
			{Name: "cryptsvc", Start: 2, Runs: true, Dependents: []string{"appidsvc"}, Makes: map[string]string{"made/db": "new"}},
		},
		Guards:    []*fake.Guard{{Name: "Someone's", Active: true}},
		Protected: map[string]*fake.Protection{win: {}},
		Updates:   []*fake.Update{{ID: update, KB: "KB1", Restart: true}},
		Tools: []fake.Tool{{Name: "dism", Args: "/RestoreHealth", Exit: 3010, Late: true, Do: func(m *model.Machine) { m.CBS.Stack = model.Known("new", model.Origin{}) }},
			{Name: "mpcmdrun", Exit: 2}},
	}
	return out.Copy()
}

func doOn(t *testing.T, pc *fake.PC, op host.Op) error {
	t.Helper()
	return pc.Host().Do(t.Context(), op)
}

func runs(t *testing.T, pc *fake.PC, name string) bool {
	t.Helper()
	for _, s := range facts(t, pc).Live.Services.Items {
		if s.Name == name {
			return s.State == "running"
		}
	}
	t.Fatal(name)
	return false
}

func facts(t *testing.T, pc *fake.PC) *model.Machine {
	t.Helper()
	m, err := pc.Host().Machine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	var e *model.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func wantWait(t *testing.T, what string, err error, wait string) {
	t.Helper()
	var later *host.Interrupted
	if !errors.As(err, &later) || later.For != wait {
		t.Errorf("%s: %v, want to wait for %s", what, err, wait)
	}
}

var liveOps = []host.Op{
	{Kind: host.StartService, Name: "wuauserv"}, {Kind: host.StopService, Name: "wuauserv"}, {Kind: host.RunTool, Name: "dism", Args: []string{"/RestoreHealth"}, Seconds: 9},
	{Kind: host.RestartWindows}, {Kind: host.InstallUpdate, Name: update}, {Kind: host.HideUpdate, Name: update}, {Kind: host.SuspendProtection, Partition: win, Number: 1},
	{Kind: host.ResumeProtection, Partition: win}, {Kind: host.ServiceImage, Local: "/kb.cab", To: at(re, wim)}, {Kind: host.AwaitPerson, Until: host.AntivirusPaused},
	{Kind: host.Remind, Text: "remind", Until: host.AntivirusActive},
}

// A disk has none of all this.
func TestDiskHasNoWindowsRunning(t *testing.T) {
	for _, op := range liveOps {
		wantCode(t, op.Kind, doOn(t, pc(), op), "needs-running-windows")
	}
	if m := facts(t, pc()); m.Live.Mode.Known || m.Live.Services.Coverage.Complete {
		t.Errorf("%+v", m.Live)
	}
}

func TestServices(t *testing.T) {
	pc := alive()
	if err := doOn(t, pc, host.Op{Kind: host.StopService, Name: "wuauserv"}); err == nil {
		t.Error("UsoSvc did not wake wuauserv")
	}
	wantCode(t, "held", doOn(t, pc, host.Op{Kind: host.Rename, From: at(win, "a"), Text: "a.bak"}), "file-in-use")
	for _, name := range []string{"usosvc", "wuauserv"} {
		if err := doOn(t, pc, host.Op{Kind: host.StopService, Name: name}); err != nil || runs(t, pc, name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := doOn(t, pc, host.Op{Kind: host.Rename, From: at(win, "a"), Text: "a.bak"}); err != nil {
		t.Error(err)
	}
	h := pc.Host()
	stop := host.Op{Kind: host.StopService, Name: "cryptsvc"}
	saved, err := h.Save(t.Context(), stop)
	if err != nil || h.Do(t.Context(), stop) != nil || runs(t, pc, "appidsvc") {
		t.Error("what depends on it still runs", err)
	}
	if err := h.Back(t.Context(), stop, saved); err != nil || !runs(t, pc, "appidsvc") || !runs(t, pc, "cryptsvc") {
		t.Error("back:", err)
	}
	wantCode(t, "disabled", doOn(t, pc, host.Op{Kind: host.StartService, Name: "wuauserv"}), "service-disabled")
	wantCode(t, "unknown", doOn(t, pc, host.Op{Kind: host.StartService, Name: "none"}), "no-such-service")
	pc.Start()
	if !runs(t, pc, "usosvc") || !runs(t, pc, "wuauserv") { // which UsoSvc wakes
		t.Error("automatic services do not run after a start")
	}
}

func TestServiceTroubles(t *testing.T) {
	stop := host.Op{Kind: host.StopService, Name: "cryptsvc"}
	pc := alive(fake.Trouble{Kind: fake.NeverStops})
	wantCode(t, "never stops", doOn(t, pc, stop), "service-does-not-stop")
	pc = alive(fake.Trouble{Kind: fake.RunsAgain, Times: 1})
	wantCode(t, "runs again", doOn(t, pc, stop), "tool-did-otherwise")
	if err := doOn(t, pc, stop); err != nil || runs(t, pc, "cryptsvc") {
		t.Error(err)
	}
}

func TestTools(t *testing.T) {
	restore := liveOps[2]
	wantCode(t, "exit code", doOn(t, alive(), restore), "tool-failed")
	restore.Restarts = []uint32{3010}
	wantCode(t, "hangs", doOn(t, alive(fake.Trouble{Kind: fake.Hangs}), restore), "tool-ended")
	wantCode(t, "ambiguous", doOn(t, alive(), host.Op{Kind: host.RunTool, Name: "mpcmdrun", Seconds: 9}), "tool-failed")
	wantCode(t, "not there", doOn(t, alive(), host.Op{Kind: host.RunTool, Name: "sfc", Seconds: 9}), "no-such-tool")
	wantCode(t, "no limit", doOn(t, alive(), host.Op{Kind: host.RunTool, Name: "dism", Args: restore.Args}), "no-time-limit")
	if err := doOn(t, alive(), host.Op{Kind: host.RunTool, Name: "mpcmdrun", Seconds: 9, Maybe: true}); err != nil {
		t.Error("whatever its exit code:", err)
	}
	for name, want := range map[string]bool{"": true, fake.DoesNothing: false, fake.StaysPending: false} {
		pc := alive(fake.Trouble{Kind: name})
		if err := doOn(t, pc, restore); err != nil || facts(t, pc).CBS.Stack.Known {
			t.Errorf("%q: before the restart: %v", name, err)
		}
		pc.Start()
		if facts(t, pc).CBS.Stack.Known != want {
			t.Errorf("%q: after the restart: %v", name, !want)
		}
	}
}

func TestRestartIsDoneAfterAStart(t *testing.T) {
	pc, op := alive(), host.Op{Kind: host.RestartWindows}
	h := pc.Host()
	if err := h.Do(t.Context(), host.Op{Kind: host.RestartWindows, Maybe: true}); err != nil {
		t.Error("nothing waits for one:", err)
	}
	saved, err := h.Save(t.Context(), op)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // however often it is begun
		h.Begun(op, saved)
		wantWait(t, "restart", h.Do(t.Context(), op), model.WaitRestart)
	}
	pc.Start()
	h = pc.Host()
	h.Begun(op, saved)
	if err := h.Do(t.Context(), op); err != nil {
		t.Error("after the start:", err)
	}
}

func TestUpdates(t *testing.T) {
	pc := alive()
	install, hide := host.Op{Kind: host.InstallUpdate, Name: update}, host.Op{Kind: host.HideUpdate, Name: update}
	h := pc.Host()
	saved, err := h.Save(t.Context(), hide)
	if err != nil || h.Do(t.Context(), hide) != nil || !facts(t, pc).Live.Offered.Items[0].Hidden {
		t.Error("hide:", err)
	}
	wantCode(t, "hidden", h.Do(t.Context(), install), "tool-did-otherwise")
	if err := h.Back(t.Context(), hide, saved); err != nil || facts(t, pc).Live.Offered.Items[0].Hidden {
		t.Error("shown again:", err)
	}
	if err := h.Do(t.Context(), install); err != nil || len(facts(t, pc).Live.Offered.Items) != 0 {
		t.Error("install:", err)
	}
	if last := facts(t, pc).Attempts.Items; len(last) != 2 || last[0].Outcome != model.AttemptFailed || last[1].Outcome != model.AttemptInstalled {
		t.Errorf("history: %+v", last)
	}
	wantCode(t, "says success", doOn(t, alive(fake.Trouble{Kind: fake.NotInstalled}), install), "tool-did-otherwise")
	wantCode(t, "unknown", doOn(t, pc, host.Op{Kind: host.InstallUpdate, Name: "x"}), "no-such-update")
}

func TestProtection(t *testing.T) {
	pc, op := alive(), host.Op{Kind: host.SuspendProtection, Partition: win, Number: 2}
	h := pc.Host()
	saved, err := h.Save(t.Context(), op)
	if err != nil || h.Do(t.Context(), op) != nil || !facts(t, pc).Live.Suspended.Value || facts(t, pc).Live.Protected.Value {
		t.Error("suspend:", err)
	}
	pc.Start()
	if !facts(t, pc).Live.Suspended.Value {
		t.Error("back after one restart of two")
	}
	pc.Ends("run")
	if v := strings.Join(pc.Violations(), "\n"); !strings.Contains(v, "still suspended") {
		t.Errorf("violations: %q", v)
	}
	if err := h.Back(t.Context(), op, saved); err != nil || !facts(t, pc).Live.Protected.Value {
		t.Error("back:", err)
	}
	pc = alive(fake.Trouble{Kind: fake.StaysSuspended})
	if err := doOn(t, pc, host.Op{Kind: host.SuspendProtection, Partition: win, Number: 1}); err != nil {
		t.Fatal(err)
	}
	pc.Start()
	if facts(t, pc).Live.Protected.Value {
		t.Error("Windows has resumed it")
	}
	if err := doOn(t, pc, host.Op{Kind: host.ResumeProtection, Partition: win}); err != nil || !facts(t, pc).Live.Protected.Value {
		t.Error("resume:", err)
	}
	wantCode(t, "not protected", doOn(t, pc, host.Op{Kind: host.ResumeProtection, Partition: re}), "not-protected")
}

// BitLocker trusts the image again after it has changed, and after it was put back.
func TestServiceImage(t *testing.T) {
	pc, op := alive(), liveOps[8]
	before := pc.Snapshot()
	h := pc.Host()
	saved, err := h.Save(t.Context(), op)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Do(t.Context(), op); err != nil || facts(t, pc).WinRE.Image.Version.Value != "10.0.19041.9999" {
		t.Errorf("%v, %+v", err, facts(t, pc).WinRE.Image.Version)
	}
	pc.Ends("run")
	if err := h.Back(t.Context(), op, saved); err != nil || pc.Snapshot() != before {
		t.Error("back:", err)
	}
	pc.Ends("undo")
	if v := pc.Violations(); len(v) > 0 {
		t.Error(v)
	}
	pc.Disks[0].Partitions[1].Files[strings.ToLower(wim)].Wim.Holds = "another"
	pc.Ends("somebody else")
	if v := strings.Join(pc.Violations(), "\n"); !strings.Contains(v, "does not trust") {
		t.Errorf("violations: %q", v)
	}
	wantCode(t, "no package", doOn(t, alive(), host.Op{Kind: host.ServiceImage, Local: "/none.cab", To: at(re, wim)}), "no-such-file")
}

func TestPerson(t *testing.T) {
	pause, remind := host.Op{Kind: host.AwaitPerson, Until: host.AntivirusPaused}, liveOps[10]
	pc := alive()
	h := pc.Host()
	saved, err := h.Save(t.Context(), pause)
	if err != nil {
		t.Fatal(err)
	}
	wantWait(t, "pause", h.Do(t.Context(), pause), model.WaitPerson)
	if err := pc.Answer(); err != nil || facts(t, pc).Live.RealTime.Value {
		t.Error("the person did not do it", err)
	}
	if v := strings.Join(pc.Violations(), "\n"); !strings.Contains(v, "nobody is reminded") {
		t.Errorf("violations: %q", v)
	}
	if err := h.Do(t.Context(), pause); err != nil {
		t.Error("paused:", err)
	}
	wantWait(t, "back", h.Back(t.Context(), pause, saved), model.WaitPerson)
	pc.Ends("run")
	if err := pc.Answer(); err != nil || h.Back(t.Context(), pause, saved) != nil || !facts(t, pc).Live.RealTime.Value {
		t.Error("protection is not back", err)
	}
	if v := pc.Violations(); !slices.ContainsFunc(v, func(s string) bool { return strings.Contains(s, "still paused") }) {
		t.Errorf("violations: %q", v)
	}
	pc = alive()
	for _, op := range []host.Op{remind, pause} {
		_ = doOn(t, pc, op)
	}
	if err := pc.Answer(); err != nil || len(pc.Violations()) > 0 || len(pc.Running.Reminders) != 1 {
		t.Errorf("reminded: %v, %v", err, pc.Violations())
	}
	_ = doOn(t, pc, host.Op{Kind: host.AwaitPerson, Until: host.AntivirusActive})
	if err := pc.Answer(); err != nil || len(pc.Running.Reminders) != 0 {
		t.Error("the reminder stays", err)
	}
}

func TestPersonTroubles(t *testing.T) {
	pause, resume := host.Op{Kind: host.AwaitPerson, Until: host.AntivirusPaused}, host.Op{Kind: host.AwaitPerson, Until: host.AntivirusActive}
	pc := alive(fake.Trouble{Kind: fake.PersonRefuses})
	_ = doOn(t, pc, pause)
	if err := pc.Answer(); err != nil || !facts(t, pc).Live.RealTime.Value {
		t.Error("refused, and did it", err)
	}
	pc = alive(fake.Trouble{Kind: fake.WalksAway})
	for _, op := range []host.Op{liveOps[10], pause, resume} {
		_ = doOn(t, pc, op)
		if err := pc.Answer(); err != nil {
			t.Error(err)
		}
	}
	if facts(t, pc).Live.RealTime.Value || len(pc.Running.Reminders) != 1 {
		t.Error("walked away, and protection is back or nobody is reminded")
	}
	pc.Troubles = nil
	wantWait(t, "asked again", doOn(t, pc, resume), model.WaitPerson)
}
