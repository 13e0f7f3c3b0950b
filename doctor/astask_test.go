package doctor

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"updoc/model"
	"updoc/remedy/journal"
	"updoc/winapi"
)

// scheduler is a Task Scheduler.
type scheduler struct {
	tasks map[string]winapi.Task
	err   error
}

func (s *scheduler) Call(_ context.Context, name string, args, _ any) error {
	switch {
	case s.err != nil:
		return s.err
	case name == string(winapi.RegisterTask):
		t := args.(winapi.Task)
		s.tasks[t.Name] = t
	case name == string(winapi.DeleteTask):
		delete(s.tasks, args.(string))
	}
	return nil
}

// scheduled is a PC in memory whose tasks are those of wired.
type scheduled struct {
	*sickPC
	wired *Wired
}

func (p scheduled) AsTask(ctx context.Context, args []string) error { return p.wired.AsTask(ctx, args) }
func (p scheduled) TaskDone(ctx context.Context) error              { return p.wired.TaskDone(ctx) }

func onSchedule(t *testing.T, change func(*model.Machine)) (scheduled, *scheduler, string) {
	s := &scheduler{tasks: map[string]winapi.Task{}}
	folder := journals(t)
	image := func() ([]byte, error) { return []byte("MZ"), nil }
	return scheduled{newSickPC(t, change), &Wired{Windows: s, Image: image, Data: filepath.Dir(folder), Now: func() time.Time { return thatDay }}}, s, folder
}

// The order is carried out at once as SYSTEM by a copy that only administrators can change;
// the lock is free for it, and it is gone when it is done.
func TestFixAsTask(t *testing.T) {
	remote := func(m *model.Machine) { m.Live.Remote.Value = true }
	pc, s, folder := onSchedule(t, remote)
	log, err := FixAsTask(t.Context(), pc, pc.options(folder), func(log string) []string { return []string{"fix", "--task-log=" + log} })
	got := s.tasks["order"]
	if err != nil || log != filepath.Join(folder, "as-task.log") || !got.AtOnce || got.AtLogOn || filepath.Dir(got.Path) != filepath.Join(filepath.Dir(folder), programFolder) ||
		!slices.Equal(got.Args, []string{"fix", "--task-log=" + log}) || !got.Until.Equal(thatDay.AddDate(0, 0, 1)) {
		t.Fatalf("%v, %q, %+v", err, log, s.tasks)
	}
	held, err := journal.Hold(folder, "run", nil)
	if err != nil {
		t.Fatal("the task would find a lock:", err)
	}
	held.Close()
	if len(pc.log) > 0 || pc.goOn {
		t.Error("something was done in this session:", pc.log)
	}
	if err := pc.TaskDone(t.Context()); err != nil || len(s.tasks) > 0 {
		t.Error(err, s.tasks)
	}
}

// What would be refused right away is not put into a task that nobody sees.
func TestFixAsTaskRefused(t *testing.T) {
	order := func(string) []string { return nil }
	pc, s, folder := onSchedule(t, func(m *model.Machine) { m.Live.Admin.Value = false })
	_, err := FixAsTask(t.Context(), pc, pc.options(folder), order)
	wantError(t, err, "live-not-administrator", 2)

	pc, s2, folder := onSchedule(t, nil)
	held, err := journal.Hold(folder, "run", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = FixAsTask(t.Context(), pc, pc.options(folder), order)
	wantError(t, err, "journal-locked", 0)
	held.Close()
	s2.err = &winapi.Error{Code: 5}
	_, err = FixAsTask(t.Context(), pc, pc.options(folder), order)
	wantError(t, err, "order-failed", exitNotCured)
	if len(s.tasks)+len(s2.tasks) > 0 {
		t.Error(s.tasks, s2.tasks)
	}
	_, err = FixAsTask(t.Context(), pc.sickPC, pc.options(folder), order)
	wantError(t, err, "not-windows", 0)
}
