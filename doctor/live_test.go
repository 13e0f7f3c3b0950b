package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"updoc/disk/commit"
	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/host/fake"
	"updoc/remedy/journal"
)

func fixed(t *testing.T, f *Fixed, err error) *model.Receipt {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return f.Receipt
}

func wantError(t *testing.T, err error, code string, exit int) {
	t.Helper()
	var e *model.Error
	if !errors.As(err, &e) || e.Code != code || e.Exit != exit {
		t.Fatalf("%v, want %s with exit code %d", err, code, exit)
	}
}

func stepOf(r *model.Receipt, remedy string) model.ReceiptStep {
	i := slices.IndexFunc(r.Steps, func(s model.ReceiptStep) bool { return s.Remedy == remedy })
	if i < 0 {
		return model.ReceiptStep{}
	}
	return r.Steps[i]
}

// waiting is a PC on which a restart is pending, until it was restarted so often.
func waiting(t testing.TB, restarts int) *sickPC {
	pc := newSickPC(t, nil)
	pc.change = func(m *model.Machine) {
		m.Pending.Any = model.Known(pc.boots < restarts, model.Origin{})
		m.Pending.Survived = model.Known(false, model.Origin{})
		m.Pending.Since = model.Known(pc.now.Add(-time.Hour), model.Origin{})
	}
	pc.remedy[restartRemedy] = []host.Op{{Kind: host.RestartWindows}}
	return pc
}

// The recovery environment is switched on, seen to be, and undo gives the old PC back.
func TestFixLive(t *testing.T) {
	pc, folder := newSickPC(t, nil), journals(t)
	was := pc.Snapshot()
	f, err := FixLive(t.Context(), pc, pc.options(folder))
	r := fixed(t, f, err)
	if r.Verdict != model.FixCured || stepOf(r, "winre-enable").Verdict != model.StepDone || !f.After.Machine.WinRE.Enabled.Value {
		t.Fatalf("%+v", r)
	}
	if pc.looks != 2 { // a look takes long on a real PC
		t.Errorf("looked %d times, not before and after", pc.looks)
	}
	if last, err := LastResult(folder); err != nil || last.Verdict != model.FixCured {
		t.Error(last, err)
	}
	f, err = FixLive(t.Context(), pc, pc.options(folder))
	if r := fixed(t, f, err); r.Verdict != model.FixNothing {
		t.Errorf("a second run: %+v", r)
	}
	f, err = UndoLive(t.Context(), pc, "", pc.options(folder))
	if r := fixed(t, f, err); r.Verdict != model.FixUndone || pc.Snapshot() != was {
		t.Errorf("%+v", r)
	}
	_, err = UndoLive(t.Context(), pc, "", pc.options(folder))
	wantError(t, err, "nothing-to-undo", 0)
	_, err = ResumeLive(t.Context(), pc, pc.options(folder))
	wantError(t, err, "nothing-to-resume", 0)
}

// What somebody else has changed since is not taken back, and nothing is, before they are
// asked; a step that failed is, and what they wrote is kept.
func TestUndoAfterSomebodyElse(t *testing.T) {
	pc, folder := newSickPC(t, nil), journals(t)
	was, state := pc.Snapshot(), "as left"
	pc.sees = func(op host.Op) map[string]string { return map[string]string{op.Kind: state} }
	_, err := FixLive(t.Context(), pc, pc.options(folder))
	if err != nil {
		t.Fatal(err)
	}
	cured, run := pc.Snapshot(), pc.log
	state = "theirs"
	_, err = UndoLive(t.Context(), pc, "", pc.options(folder))
	wantError(t, err, "changed-since", 6)
	if pc.Snapshot() != cured || len(pc.log) != len(run) {
		t.Error("something was taken back")
	}
	state = "as left"
	f, err := UndoLive(t.Context(), pc, "", pc.options(folder))
	if r := fixed(t, f, err); r.Verdict != model.FixUndone || pc.Snapshot() != was {
		t.Errorf("%+v", r)
	}
}

// An older run is not taken back while a newer one lies on top of it.
func TestUndoOfAnOlderRun(t *testing.T) {
	pc, folder := newSickPC(t, nil), journals(t)
	if _, err := FixLive(t.Context(), pc, pc.options(folder)); err != nil {
		t.Fatal(err)
	}
	older := journalOf(t, folder, 1)
	pc.change = func(m *model.Machine) {
		m.Pending.Any, m.Pending.Survived = model.Known(pc.boots < 1, model.Origin{}), model.Known(false, model.Origin{})
		m.Pending.Since = model.Known(pc.now.Add(-time.Hour), model.Origin{})
	}
	pc.remedy[restartRemedy] = []host.Op{{Kind: host.RestartWindows}}
	if _, err := FixLive(t.Context(), pc, pc.options(folder)); err != nil {
		t.Fatal(err)
	}
	pc.boot()
	if _, err := ResumeLive(t.Context(), pc, pc.options(folder)); err != nil {
		t.Fatal(err)
	}
	newer := journalOf(t, folder, 2)
	was := pc.Snapshot()
	_, err := UndoLive(t.Context(), pc, older, pc.options(folder))
	wantError(t, err, "newer-run-first", 6)
	if pc.Snapshot() != was {
		t.Error("something was taken back")
	}
	for _, id := range []string{newer, older} {
		f, err := UndoLive(t.Context(), pc, id, pc.options(folder))
		if r := fixed(t, f, err); r.Verdict != model.FixUndone {
			t.Errorf("%+v", r)
		}
	}
}

// A restart in the middle: the task is there before, the run goes on afterwards by
// itself, cures the rest, and takes the task away.
func TestRestart(t *testing.T) {
	pc, folder := waiting(t, 1), journals(t)
	f, err := FixLive(t.Context(), pc, pc.options(folder))
	r := fixed(t, f, err)
	if r.Verdict != model.FixWaiting || r.Waiting == nil || r.Waiting.For != model.WaitRestart || pc.restart != 1 || !pc.goOn {
		t.Fatalf("%+v", r)
	}
	_, err = FixLive(t.Context(), pc, pc.options(folder))
	wantError(t, err, "run-waits", 5)
	if pc.again != (Again{Journal: folder}) {
		t.Errorf("before the restart nothing is to be done, afterwards with these journals: %+v", pc.again)
	}
	for range maxRestarts + 1 { // Windows has not started yet: it is one restart
		f, err = ResumeLive(t.Context(), pc, pc.options(folder))
		if r := fixed(t, f, err); r.Verdict != model.FixWaiting {
			t.Fatalf("%+v", r)
		}
	}
	pc.boot()
	f, err = ResumeLive(t.Context(), pc, pc.options(folder))
	r = fixed(t, f, err)
	if r.Verdict != model.FixCured || stepOf(r, restartRemedy).Verdict != model.StepDone || stepOf(r, "winre-enable").Verdict != model.StepDone || pc.goOn || !pc.told {
		t.Fatalf("%+v, task %v, told %v", r, pc.goOn, pc.told)
	}
	one := filepath.Join(folder, journalOf(t, folder, 2), "keep")
	if pc.keeps[one] != 3+maxRestarts || len(pc.keeps) != 2 {
		t.Errorf("one folder for each journal, also after a restart: %v", pc.keeps)
	}
}

// Without leave Windows is not restarted; that it goes on afterwards is seen to all the
// same.
func TestNoRestart(t *testing.T) {
	for name, change := range map[string]func(*FixOptions){
		"forbidden": func(o *FixOptions) { o.NoRestart = true },
		"said no": func(o *FixOptions) {
			o.Accept = nil
			o.Accepts = func(string) (bool, error) { return true, nil }
			o.Confirm = func(p *Proposal) (bool, error) { return !p.Restart, nil }
		},
	} {
		pc := waiting(t, 1)
		if name == "said no" { // its own gate is answered, a restart inside another step is not
			pc = newSickPC(t, nil)
			pc.remedy["winre-enable"] = []host.Op{{Kind: host.RestartWindows}}
		}
		opts := pc.options(journals(t))
		change(&opts)
		f, err := FixLive(t.Context(), pc, opts)
		if r := fixed(t, f, err); r.Verdict != model.FixWaiting || r.Waiting == nil || pc.restart != 0 || !pc.goOn {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// Windows that does not accept the restart is said as that, and the run waits all the same:
// it goes on when a person restarts it.
func TestRestartRefused(t *testing.T) {
	pc, folder := newSickPC(t, nil), journals(t)
	pc.remedy["winre-enable"] = []host.Op{{Kind: host.RestartWindows}}
	pc.stays = &model.Error{Code: "restart-refused", Exit: exitWaits}
	_, err := FixLive(t.Context(), pc, pc.options(folder))
	wantError(t, err, "restart-refused", exitWaits)
	if s, err := readRun(folder); err != nil || s.Waiting == nil || s.Waiting.For != model.WaitRestart || !pc.goOn {
		t.Errorf("%+v, %v, task %v", s, err, pc.goOn)
	}
}

// A step that wants one restart after the other is given up.
func TestRestartLoop(t *testing.T) {
	pc, folder := newSickPC(t, nil), journals(t)
	was := pc.Snapshot()
	var ops []host.Op
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		ops = append(ops, host.Op{Kind: host.RestartWindows, Name: name})
	}
	pc.remedy["winre-enable"] = ops
	f, err := FixLive(t.Context(), pc, pc.options(folder))
	for n := 0; n < 9 && err == nil && f.Receipt.Waiting != nil; n++ {
		pc.boot()
		f, err = ResumeLive(t.Context(), pc, pc.options(folder))
	}
	r := fixed(t, f, err)
	if pc.restart != maxRestarts || r.Stopped == nil || r.Stopped.Code != model.StoppedRestarts || r.Verdict != model.FixNotCured || pc.goOn || pc.Snapshot() != was {
		t.Errorf("%d restarts, %+v", pc.restart, r)
	}
}

// What does not do what is expected of it is taken back; nothing else is left: the loop is
// named.
func TestSameAgain(t *testing.T) {
	pc, folder := newSickPC(t, nil), journals(t)
	was := pc.Snapshot()
	pc.remedy["winre-enable"] = []host.Op{{Kind: host.WriteFile, To: host.Place{Volume: "disk0p2", Path: "x"}, Data: []byte("x")}}
	f, err := FixLive(t.Context(), pc, pc.options(folder))
	r := fixed(t, f, err)
	s := stepOf(r, "winre-enable")
	if r.Verdict != model.FixNotCured || s.Verdict != model.StepUndone || s.Detail != "live-not-as-expected" || pc.Snapshot() != was {
		t.Fatalf("%+v", r)
	}
	if r.Stopped == nil || r.Stopped.Code != model.StoppedSameAgain || !slices.Equal(r.Stopped.Tried, []string{"winre-enable"}) || !slices.Equal(r.Stopped.Seen, []string{"winre-disabled"}) {
		t.Errorf("%+v", r.Stopped)
	}
}

// The receipt says of which tool and code the error of a step is, also when the step is taken
// back by another process.
func TestReceiptNamesWhatFailed(t *testing.T) {
	for name, killed := range map[string]bool{"at once": false, "by another process": true} {
		pc, folder := newSickPC(t, nil), journals(t)
		pc.remedy["winre-enable"] = []host.Op{{Kind: host.StartService, Name: "bits"}, {Kind: host.RunTool, Name: "dism"}}
		pc.do[host.RunTool] = func(host.Op) error {
			return &model.Error{Code: "tool-failed", Exit: 1, Args: model.Args{"tool": "dism", "code": "0x00000057"}}
		}
		opts := pc.options(folder)
		if killed {
			pc.do["back "+host.StartService] = func(host.Op) error { return errKilled }
			_, err := FixLive(t.Context(), pc, opts)
			wantError(t, err, "live-half-done", 4)
			delete(pc.do, "back "+host.StartService)
		}
		var f *Fixed
		var err error
		if killed {
			f, err = ResumeLive(t.Context(), pc, opts)
		} else {
			f, err = FixLive(t.Context(), pc, opts)
		}
		s := stepOf(fixed(t, f, err), "winre-enable")
		if s.Detail != "tool-failed" || s.Args["tool"] != "dism" || s.Args["code"] != "0x00000057" || s.Args["remedy"] != "winre-enable" {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// A tool that hung, was ended and did its work all the same: what is seen decides. With
// work still left behind it, it is taken back.
func TestUnknownOutcome(t *testing.T) {
	for name, c := range map[string]struct {
		after   bool
		verdict string
	}{"last": {false, model.FixCured}, "not the last": {true, model.FixNotCured}} {
		pc := newSickPC(t, nil)
		was := pc.Snapshot()
		m, err := pc.Host0().Machine(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		enable, _ := pc.find("winre-enable")
		ops, err := enable.Ops(m, nil)
		if err != nil {
			t.Fatal(err)
		}
		ops = append(ops, host.Op{Kind: host.RunTool, Name: "reagentc"})
		if c.after {
			ops = append(ops, host.Op{Kind: host.StartService, Name: "bits"})
		}
		pc.remedy["winre-enable"] = ops
		pc.do[host.RunTool] = func(host.Op) error { return &model.Error{Code: "tool-ended", Exit: 1} }
		f, err := FixLive(t.Context(), pc, pc.options(journals(t)))
		r := fixed(t, f, err)
		if r.Verdict != c.verdict || (pc.Snapshot() == was) != c.after {
			t.Errorf("%s: %+v", name, r)
		}
		if c.after && !slices.Contains(r.Notes, "not-taken-back") {
			t.Errorf("%s: a tool was run and nobody says that it stays: %+v", name, r.Notes)
		}
	}
}

// A person does something; resume goes on when it is done.
func TestPerson(t *testing.T) {
	pc, folder := newSickPC(t, nil), journals(t)
	enable, _ := pc.find("winre-enable")
	m, _ := pc.Host0().Machine(t.Context())
	ops, err := enable.Ops(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	pc.remedy["winre-enable"] = append([]host.Op{{Kind: host.AwaitPerson, Text: "ask.pause"}}, ops...)
	done := false
	pc.do[host.AwaitPerson] = func(op host.Op) error {
		if done {
			return nil
		}
		return &host.Interrupted{For: model.WaitPerson, Text: op.Text}
	}
	f, err := FixLive(t.Context(), pc, pc.options(folder))
	if r := fixed(t, f, err); r.Verdict != model.FixWaiting || r.Waiting.Text != "ask.pause" || pc.goOn {
		t.Fatalf("%+v", r)
	}
	done = true
	f, err = ResumeLive(t.Context(), pc, pc.options(folder))
	if r := fixed(t, f, err); r.Verdict != model.FixCured {
		t.Errorf("%+v", r)
	}
}

// While an update is being installed nothing is done: it is waited for, within limits.
// Then the run is over, and the next one looks anew: nobody comes back to one that waits.
func TestAgentIsBusy(t *testing.T) {
	for wait, want := range map[time.Duration]string{0: model.FixRefused, time.Hour: model.FixCured, time.Minute: model.FixRefused} {
		pc := newSickPC(t, nil)
		free := pc.now.Add(30 * time.Minute)
		pc.change = func(m *model.Machine) {
			m.Live.UpdateRunning = model.Known(pc.now.Before(free), model.Origin{})
			if pc.now.Before(free) && len(pc.log) > 0 {
				t.Error("something was done", pc.log)
			}
		}
		opts := pc.options(journals(t))
		opts.Wait = wait
		f, err := FixLive(t.Context(), pc, opts)
		r := fixed(t, f, err)
		if r.Verdict != want || r.Waiting != nil || want == model.FixRefused && stepOf(r, "winre-enable").Gate != noUpdate || pc.goOn {
			t.Errorf("%s: %+v", wait, r)
		}
		pc.now = free
		if f, err = FixLive(t.Context(), pc, opts); want == model.FixRefused && fixed(t, f, err).Verdict != model.FixCured {
			t.Errorf("%s: the next run: %+v", wait, f.Receipt)
		}
	}
}

// The time to wait is that of one installation, not of a whole run.
func TestAnotherInstallationIsWaitedForAnew(t *testing.T) {
	pc := newSickPC(t, nil)
	opts := pc.options(journals(t))
	opts.Wait = time.Minute
	r := &liveRun{pc: pc, opts: opts, base: opts.Knowledge, folder: opts.Journal, now: &model.Diagnosis{}, state: &liveState{Agreed: agreed{All: true}, Receipt: newReceipt("", pc.now)}}
	begin := func(running bool) {
		t.Helper()
		r.facts().Live.UpdateRunning = model.Known(running, model.Origin{})
		d := &liveDecision{decision: decision{step: model.Step{Remedy: "winre-enable"}}}
		if ended, err := r.mayBegin(t.Context(), d); ended != nil || err != nil || d.asked != running {
			t.Fatalf("running: %v: %+v %v", running, ended, err)
		}
	}
	begin(true)
	begin(false)
	pc.now = pc.now.Add(time.Hour) // a long step
	begin(true)
}

// A step that meets a busy agent is done again until it is free.
func TestStepMeetsAgent(t *testing.T) {
	pc := newSickPC(t, nil)
	free := pc.now.Add(10 * time.Minute)
	enable, _ := pc.find("winre-enable")
	m, _ := pc.Host0().Machine(t.Context())
	ops, _ := enable.Ops(m, nil)
	pc.remedy["winre-enable"] = append([]host.Op{{Kind: host.StopService, Name: "wuauserv"}}, ops...)
	pc.do[host.StopService] = func(host.Op) error {
		if pc.now.Before(free) {
			return &host.Interrupted{For: model.WaitAgent}
		}
		return nil
	}
	opts := pc.options(journals(t))
	opts.Wait = time.Minute
	f, err := FixLive(t.Context(), pc, opts)
	if r := fixed(t, f, err); r.Waiting == nil || r.Waiting.For != model.WaitAgent || !pc.goOn || !pc.again.Soon {
		t.Fatalf("%+v, goes on: %v %+v", r, pc.goOn, pc.again)
	}
	opts.Wait = time.Hour
	f, err = ResumeLive(t.Context(), pc, opts)
	if r := fixed(t, f, err); r.Verdict != model.FixCured {
		t.Errorf("%+v", r)
	}
}

// Two runs at once: the second is told who is at work.
func TestTwoRuns(t *testing.T) {
	pc, folder := newSickPC(t, nil), journals(t)
	held, err := journal.Hold(folder, "run", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	for _, do := range []func() (*Fixed, error){
		func() (*Fixed, error) { return FixLive(t.Context(), pc, pc.options(folder)) },
		func() (*Fixed, error) { return ResumeLive(t.Context(), pc, pc.options(folder)) },
		func() (*Fixed, error) { return UndoLive(t.Context(), pc, "", pc.options(folder)) },
	} {
		_, err := do()
		wantError(t, err, "journal-locked", 0)
	}
	if len(pc.log) > 0 {
		t.Error(pc.log)
	}
}

// A file of the run that was torn, changed or comes from another PC: nothing is done, and
// undo works without it.
func TestRunFile(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(string) error
		code   string
	}{
		"torn":    {func(p string) error { return os.Truncate(p, 100) }, "run-damaged"},
		"empty":   {func(p string) error { return os.Truncate(p, 0) }, "run-damaged"},
		"flipped": {flipped, "run-damaged"},
		"foreign": {nil, "run-foreign"},
	} {
		pc, folder := waiting(t, 1), journals(t)
		if _, err := FixLive(t.Context(), pc, pc.options(folder)); err != nil {
			t.Fatal(err)
		}
		pc.boot()
		was := pc.Snapshot()
		if c.damage != nil {
			if err := c.damage(filepath.Join(folder, runName)); err != nil {
				t.Fatal(err)
			}
		} else {
			pc.Disks[0].GUID = "{another}"
			was = pc.Snapshot()
		}
		_, err := ResumeLive(t.Context(), pc, pc.options(folder))
		wantError(t, err, c.code, 6)
		if pc.Snapshot() != was {
			t.Errorf("%s: something was done", name)
		}
		if c.damage == nil {
			_, err = UndoLive(t.Context(), pc, "", pc.options(folder))
			wantError(t, err, c.code, 6)
			continue
		}
		_, err = FixLive(t.Context(), pc, pc.options(folder))
		wantError(t, err, c.code, 6)
		f, err := UndoLive(t.Context(), pc, "", pc.options(folder))
		if r := fixed(t, f, err); r.Verdict != model.FixUndone || pc.goOn {
			t.Errorf("%s: %+v", name, r)
		}
		if _, err := FixLive(t.Context(), pc, pc.options(folder)); err != nil {
			t.Errorf("%s: after undo: %v", name, err)
		}
	}
}

func flipped(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	i := strings.Index(string(b), `"restarts":`)
	b[i+len(`"restarts":`)] ^= 1
	return os.WriteFile(path, b, 0o600)
}

// A dry run says what would be done, changes nothing and leaves nothing.
func TestDryLive(t *testing.T) {
	pc, folder := newSickPC(t, nil), journals(t)
	opts := pc.options(folder)
	opts.DryRun = true
	f, err := FixLive(t.Context(), pc, opts)
	r := fixed(t, f, err)
	if s := stepOf(r, "winre-enable"); r.Verdict != model.FixDry || s.Verdict != model.StepDone || len(s.Operations) == 0 || len(pc.log) > 0 {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(folder); err == nil {
		t.Error("a folder was made")
	}
}

// A person says no: nothing was done.
func TestDeclined(t *testing.T) {
	pc, folder := newSickPC(t, nil), journals(t)
	opts := pc.options(folder)
	var shown []string
	opts.Confirm = func(p *Proposal) (bool, error) {
		for _, s := range p.Steps {
			shown = append(shown, s.Remedy)
		}
		return false, nil
	}
	_, err := FixLive(t.Context(), pc, opts)
	wantError(t, err, "declined", 130)
	if len(pc.log) > 0 || !slices.Contains(shown, "winre-enable") {
		t.Error(pc.log, shown)
	}
}

// What the person did not agree to is not done by the task after a restart.
func TestOnlyWhatWasAgreed(t *testing.T) {
	pc, folder := waiting(t, 1), journals(t)
	opts := pc.options(folder)
	opts.Only = []string{restartRemedy}
	opts.Confirm = func(*Proposal) (bool, error) { return true, nil }
	if _, err := FixLive(t.Context(), pc, opts); err != nil {
		t.Fatal(err)
	}
	pc.boot()
	f, err := ResumeLive(t.Context(), pc, pc.options(folder))
	r := fixed(t, f, err)
	if s := stepOf(r, "winre-enable"); s.Verdict != model.StepSkipped || r.Verdict != model.FixWaiting {
		t.Errorf("%+v", r)
	}
}

// Cancelled before the first operation nothing is half-done; in the middle it says so and
// goes on later.
func TestCancelledLive(t *testing.T) {
	pc, folder := newSickPC(t, nil), journals(t)
	ctx, stop := context.WithCancel(t.Context())
	opts := pc.options(folder)
	opts.Doing = func(d Doing) {
		if d.What == "live-step" {
			stop()
		}
	}
	if _, err := FixLive(ctx, pc, opts); !errors.Is(err, context.Canceled) || len(pc.log) > 0 || pc.goOn {
		t.Fatal(err, pc.log, pc.goOn)
	}
	var e *model.Error
	if _, err := FixLive(ctx, pc, opts); errors.As(err, &e) {
		t.Fatal(err)
	}
	pc, folder = newSickPC(t, nil), journals(t)
	ctx, stop = context.WithCancel(t.Context())
	pc.remedy["winre-enable"] = []host.Op{{Kind: host.StopService}, {Kind: host.StartService}}
	pc.do[host.StopService] = func(host.Op) error { stop(); return nil }
	_, err := FixLive(ctx, pc, pc.options(folder))
	wantError(t, err, "live-half-done", 4)
	if !pc.goOn || pc.again.Soon {
		t.Error("who stopped it decides until the next start, and it does not stay half-way for good:", pc.goOn, pc.again)
	}
	_, err = FixLive(t.Context(), pc, pc.options(folder))
	wantError(t, err, "live-half-done", 4)
	f, err := ResumeLive(t.Context(), pc, pc.options(folder))
	if r := fixed(t, f, err); r.Verdict != model.FixNotCured || !slices.Contains(pc.log, "back "+host.StopService) {
		t.Errorf("%+v %v", r, pc.log)
	}
}

// A change of the disk that Windows may still be at leaves the step open, half-way: it is
// not taken back, and nothing else is begun.
func TestChangeUnderway(t *testing.T) {
	pc, folder := newSickPC(t, nil), journals(t)
	pc.remedy["winre-enable"] = []host.Op{{Kind: host.StopService}}
	pc.do[host.StopService] = func(host.Op) error { return &model.Error{Code: "disk-underway", Exit: 4} }
	for _, do := range []func(context.Context, PC, FixOptions) (*Fixed, error){FixLive, FixLive, ResumeLive} {
		_, err := do(t.Context(), pc, pc.options(folder))
		wantError(t, err, "live-half-done", 4)
	}
	if slices.Contains(pc.log, "back "+host.StopService) {
		t.Error("it was taken back", pc.log)
	}
}

// The program is killed, or the power cut, at every write of a run: resume finishes it,
// undo gives the old PC back, and no task is left.
func TestLiveCuts(t *testing.T) {
	t.Parallel()
	whole := waiting(t, 1)
	total := throughRun(t, whole, journals(t), 0)
	want := whole.Snapshot()
	for n := 1; n <= total; n++ {
		pc := waiting(t, 1)
		folder := journals(t)
		throughRun(t, pc, folder, n)
		if pc.Snapshot() != want || pc.goOn {
			t.Errorf("cut at %d of %d: not as without a cut, task %v", n, total, pc.goOn)
		}
		if v := pc.Violations(); len(v) > 0 {
			t.Errorf("cut at %d: %v", n, v)
		}
	}
}

// Of a step of which nothing was begun the partitions are not known by more than numbers,
// which another start of Windows may give to others: it is planned anew.
func TestStepNotBegunIsPlannedAnew(t *testing.T) {
	t.Parallel()
	for n := 1; ; n++ {
		pc, folder := waiting(t, 1), journals(t)
		pc.Power().CutAt(n)
		if !killed(func() { _, _ = FixLive(t.Context(), pc, pc.options(folder)) }) {
			t.Fatal("never cut between head and first operation")
		}
		pc.boot()
		list, err := journal.List(folder)
		run, worse := readRun(folder)
		if err != nil || worse != nil || run == nil || run.Open == "" || list[0].State != "" {
			continue
		}
		old := list[0].ID
		if _, err := ResumeLive(t.Context(), pc, pc.options(folder)); err != nil {
			t.Fatal(err)
		}
		if list, err = journal.List(folder); err != nil || len(list) < 2 {
			t.Fatal(list, err)
		}
		for _, j := range list {
			if (j.ID == old) != (j.State == commit.Discarded) {
				t.Errorf("%+v", j)
			}
		}
		return
	}
}

// throughRun fixes a PC with one cut, and goes on until nothing is left. It returns the
// number of writes.
func throughRun(t *testing.T, pc *sickPC, folder string, cut int) int {
	t.Helper()
	pc.Power().CutAt(cut)
	do := FixLive
	for range 9 {
		var f *Fixed
		var err error
		dead := killed(func() { f, err = do(t.Context(), pc, pc.options(folder)) })
		do = ResumeLive
		if dead && halfDone(t, folder) && !pc.goOn {
			t.Errorf("cut at %d: half-way, and nothing goes on", cut)
		}
		var e *model.Error
		switch {
		case dead || errors.Is(err, fake.ErrRestart):
			pc.boot()
		case errors.As(err, &e) && e.Code == "nothing-to-resume":
			do = FixLive // it was cut before anything was written down, or behind the end
		case err != nil:
			t.Fatalf("cut at %d: %v", cut, err)
		case f.Receipt.Waiting != nil:
			pc.boot()
		default:
			return pc.Power().Ticks()
		}
	}
	t.Fatalf("cut at %d: no end", cut)
	return 0
}

// halfDone tells whether a journal in folder was begun and not finished.
func halfDone(t *testing.T, folder string) bool {
	t.Helper()
	all, err := journal.List(folder)
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(all, func(j model.JournalInfo) bool { return halfWay(j.State) })
}

// After a cut undo gives the old PC back.
func TestLiveCutsUndo(t *testing.T) {
	t.Parallel()
	total := throughRun(t, waiting(t, 1), journals(t), 0)
	for n := 1; n <= total; n++ {
		pc, folder := waiting(t, 1), journals(t)
		was := pc.Snapshot()
		pc.Power().CutAt(n)
		for range 2 { // the run, and what follows the restart
			var f *Fixed
			var err error
			do := FixLive
			if pc.boots > 0 {
				do = ResumeLive
			}
			if killed(func() { f, err = do(t.Context(), pc, pc.options(folder)) }) || err != nil || f.Receipt.Waiting == nil {
				break
			}
			pc.boot()
		}
		pc.boot()
		for range 3 {
			_, err := UndoLive(t.Context(), pc, "", pc.options(folder))
			var e *model.Error
			if err != nil && !(errors.As(err, &e) && e.Code == "nothing-to-undo") {
				t.Fatalf("cut at %d: %v", n, err)
			}
		}
		if pc.Snapshot() != was || pc.goOn {
			t.Errorf("cut at %d of %d: not as before, task %v", n, total, pc.goOn)
		}
	}
}

// Undo is cut at every write too.
func TestLiveUndoCuts(t *testing.T) {
	t.Parallel()
	for n := 1; ; n++ {
		pc, folder := waiting(t, 1), journals(t)
		was := pc.Snapshot()
		if _, err := FixLive(t.Context(), pc, pc.options(folder)); err != nil {
			t.Fatal(err)
		}
		pc.Power().CutAt(n)
		var err error
		undo := func() { _, err = UndoLive(t.Context(), pc, "", pc.options(folder)) }
		dead := killed(undo) || errors.Is(err, fake.ErrRestart)
		if !dead {
			if n < 5 {
				t.Fatal("hardly any cut")
			}
			return
		}
		pc.boot()
		if n%2 == 0 {
			undo()
		} else if _, err = ResumeLive(t.Context(), pc, pc.options(folder)); err == nil && len(pc.log) > 0 && pc.Snapshot() != was {
			undo() // it was cut before it was written down that it is undone
		}
		var e *model.Error
		if err != nil && !(errors.As(err, &e) && (e.Code == "nothing-to-undo" || e.Code == "nothing-to-resume")) || pc.Snapshot() != was || pc.goOn {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
}

// A run that had ended and is being taken back goes on with resume, and nothing new is
// begun before.
func TestLiveUndoOfAnEndedRunGoesOn(t *testing.T) {
	t.Parallel()
	halfWay := 0
	for n := 1; ; n++ {
		pc, folder := waiting(t, 1), journals(t)
		was := pc.Snapshot()
		throughRun(t, pc, folder, 0)
		pc.Power().CutAt(n)
		var err error
		if !killed(func() { _, err = UndoLive(t.Context(), pc, "", pc.options(folder)) }) && !errors.Is(err, fake.ErrRestart) {
			if halfWay < 3 {
				t.Fatal("hardly any cut")
			}
			return
		}
		pc.boot()
		s, err := readRun(folder)
		if err != nil {
			t.Fatal(err)
		}
		if s.Ended {
			continue // it was cut before anything was begun, or behind the end
		}
		halfWay++
		var e *model.Error
		if _, err = FixLive(t.Context(), pc, pc.options(folder)); !errors.As(err, &e) || e.Code != "live-half-done" {
			t.Errorf("cut at %d: a new run was begun: %v", n, err)
		}
		f, err := ResumeLive(t.Context(), pc, pc.options(folder))
		if err != nil || f.Receipt.Verdict != model.FixUndone || pc.Snapshot() != was {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
}
