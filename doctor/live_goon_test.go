package doctor

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/winapi"
)

// Two operations, of which the first takes long.
func slow(pc *sickPC) {
	pc.remedy["winre-enable"] = append([]host.Op{{Kind: host.StopService, Name: "a"}, {Kind: host.StopService, Name: "b"}}, enabling(pc)...)
	pc.do[host.StopService] = func(op host.Op) error {
		if op.Name == "a" {
			pc.now = pc.now.Add(time.Hour)
		}
		return nil
	}
}

func enabling(pc *sickPC) []host.Op {
	enable, _ := pc.find("winre-enable")
	m, err := pc.Host0().Machine(pc.t.Context())
	if err != nil {
		pc.t.Fatal(err)
	}
	ops, err := enable.Ops(m, nil)
	if err != nil {
		pc.t.Fatal(err)
	}
	return ops
}

// When its time is over a run stops between two operations and goes on by itself.
func TestTimeIsUp(t *testing.T) {
	pc, folder := newSickPC(t, nil), journals(t)
	slow(pc)
	opts := pc.options(folder)
	opts.Limit = 30 * time.Minute
	f, err := FixLive(t.Context(), pc, opts)
	r := fixed(t, f, err)
	if r.Verdict != model.FixWaiting || r.Waiting == nil || r.Waiting.For != model.WaitTime || !pc.goOn || !pc.again.Soon {
		t.Fatalf("%+v, %v", r, pc.goOn)
	}
	if !slices.Equal(pc.log, []string{host.StopService}) {
		t.Error(pc.log)
	}
	f, err = ResumeLive(t.Context(), pc, pc.options(folder))
	if r := fixed(t, f, err); r.Verdict != model.FixCured || pc.goOn {
		t.Errorf("%+v", r)
	}
}

// A run whose time is over before anything was begun is over, too.
func TestTimeIsUpAtOnce(t *testing.T) {
	pc, folder := newSickPC(t, nil), journals(t)
	opts := pc.options(folder)
	opts.Limit = time.Nanosecond
	f, err := FixLive(t.Context(), pc, opts)
	r := fixed(t, f, err)
	if s := stepOf(r, "winre-enable"); r.Verdict != model.FixRefused || s.Detail != timeIsUp || pc.goOn || len(pc.log) > 0 {
		t.Fatalf("%+v", r)
	}
	f, err = FixLive(t.Context(), pc, pc.options(folder))
	if r := fixed(t, f, err); r.Verdict != model.FixCured {
		t.Errorf("the next run: %+v", r)
	}
}

// Without a Task Scheduler nothing is begun that could stay half-way.
func TestNoTasks(t *testing.T) {
	pc, folder := newSickPC(t, nil), journals(t)
	pc.noTasks = true
	pc.remedy["winre-enable"] = append([]host.Op{{Kind: host.StopService, Name: "a"}}, enabling(pc)...)
	_, err := FixLive(t.Context(), pc, pc.options(folder))
	wantError(t, err, "task-failed", exitNotCured)
	if len(pc.log) > 0 {
		t.Error(pc.log)
	}
	r := &liveRun{pc: pc, folder: folder, state: &liveState{}}
	if err := r.arm(t.Context(), []host.Op{{Kind: host.RunTool}}); err != nil {
		t.Error("one tool is run or not:", err)
	}
	wantError(t, r.arm(t.Context(), []host.Op{{Kind: host.ShrinkVolume}}), "task-failed", exitNotCured)
}

// What is half-way is finished, and taken back, also when the Task Scheduler broke in between.
func TestTasksBreakInBetween(t *testing.T) {
	for name, do := range map[string]func(context.Context, PC, FixOptions) (*Fixed, error){
		"on":   ResumeLive,
		"back": func(ctx context.Context, pc PC, o FixOptions) (*Fixed, error) { return UndoLive(ctx, pc, "", o) },
	} {
		pc, folder := newSickPC(t, nil), journals(t)
		slow(pc)
		ctx, stop := context.WithCancel(t.Context())
		was := pc.do[host.StopService]
		pc.do[host.StopService] = func(op host.Op) error { stop(); return was(op) }
		_, err := FixLive(ctx, pc, pc.options(folder))
		wantError(t, err, "live-half-done", exitHalfDone)
		pc.noTasks = true
		_, err = do(t.Context(), pc, pc.options(folder))
		if codeOf(err) != "task-failed" { // the task of the run is still there, and that is said
			t.Errorf("%s: %v", name, err)
		}
		last, err := LastResult(folder)
		if err != nil || last.Verdict != model.FixCured && last.Verdict != model.FixUndone {
			t.Errorf("%s: %+v, %v", name, last, err)
		}
	}
}

// What tasks run is what was started, where users may run it and nobody may change it;
// another file at its place by now is not taken.
func TestTasksRunACopy(t *testing.T) {
	w, data := &scheduler{tasks: map[string]winapi.Task{}}, filepath.Join(t.TempDir(), "updoc")
	image := []byte("as it was started")
	p := &Wired{Windows: w, Data: data, Image: func() ([]byte, error) { return image, nil }}
	if err := p.GoOn(t.Context(), Again{Soon: true}); err != nil {
		t.Fatal(err)
	}
	resume, tell := w.tasks[resumeTask], w.tasks[tellTask]
	if text, err := os.ReadFile(resume.Path); err != nil || string(text) != string(image) {
		t.Errorf("%q, %v", text, err)
	}
	if resume.Path != tell.Path || filepath.Dir(resume.Path) != filepath.Join(data, programFolder) || !resume.Soon || resume.AtLogOn || !tell.AtLogOn || resume.Until.IsZero() {
		t.Errorf("%+v %+v", resume, tell)
	}
	if !slices.Equal(resume.Args, []string{"resume", "--quiet"}) {
		t.Error(resume.Args)
	}
	image = []byte("another version")
	newer := &Wired{Windows: w, Data: data, Image: p.Image}
	if err := newer.GoOn(t.Context(), Again{}); err != nil || w.tasks[resumeTask].Path == resume.Path || w.tasks[resumeTask].Soon {
		t.Error("a copy that runs cannot be replaced:", err)
	}
	if err := os.WriteFile(resume.Path, []byte("forged"), 0o600); err != nil {
		t.Fatal(err)
	}
	image = []byte("as it was started")
	older := &Wired{Windows: w, Data: data, Image: p.Image}
	if err := older.Tell(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(w.tasks[tellTask].Path); err != nil || string(text) != string(image) {
		t.Errorf("%q, %v", text, err)
	}
	if err := p.Done(t.Context()); err != nil || len(w.tasks) > 0 {
		t.Error(err, w.tasks)
	}
}

// The journals of another folder are found again, and read by nobody else.
func TestTasksKnowTheJournal(t *testing.T) {
	w := &scheduler{tasks: map[string]winapi.Task{}}
	p := &Wired{Windows: w, Data: t.TempDir(), Image: func() ([]byte, error) { return nil, nil }}
	if err := p.GoOn(t.Context(), Again{Journal: `D:\my journals`}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(w.tasks[resumeTask].Args, "|"); got != `resume|--quiet|--journal|D:\my journals` || len(w.tasks) != 1 {
		t.Error(got, w.tasks)
	}
}

// A restart that is on its way is as good as one that was just asked for.
func TestRestartOnItsWay(t *testing.T) {
	for code, want := range map[uint32]string{0: "", 1115: "", 1190: "", 5: "restart-refused"} {
		w := &scheduler{}
		if code != 0 {
			w.err = &winapi.Error{Code: code}
		}
		err := (&Wired{Windows: w}).Restart(t.Context(), 60, "updoc")
		if (err == nil) != (want == "") || err != nil && codeOf(err) != want {
			t.Errorf("%d: %v", code, err)
		}
	}
}
