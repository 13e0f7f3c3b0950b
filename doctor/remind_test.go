package doctor

import (
	"context"
	"testing"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/winapi"
)

// A reminder is shown until its condition holds; then its task goes.
func TestRemind(t *testing.T) {
	for name, c := range map[string]struct {
		known, on bool
		until     string
		still     bool
		code      string
	}{
		"still paused":     {known: true, until: host.AntivirusActive, still: true},
		"nobody can see":   {until: host.AntivirusActive, still: true},
		"back":             {known: true, on: true, until: host.AntivirusActive},
		"of another updoc": {until: "moon-full", code: "refused-stale-plan"},
	} {
		w := &tasks{}
		pc := forgetful{newSickPC(t, func(m *model.Machine) { m.Live.RealTime = model.Fact[bool]{Known: c.known, Value: c.on} }), &Wired{Windows: w}}
		still, err := Remind(t.Context(), pc, c.until, Options{})
		if still != c.still || code(err) != c.code {
			t.Errorf("%s: %t, %v", name, still, err)
		}
		if gone := len(w.deleted) == 1 && w.deleted[0] == "remind-antivirus-active"; gone != (c.on) {
			t.Errorf("%s: deleted %v", name, w.deleted)
		}
	}
	if err := (&Wired{Windows: &tasks{err: &winapi.Error{Code: 5}}}).Forget(t.Context(), host.AntivirusActive); err != nil {
		t.Error("a plain user is bothered with a task:", err)
	}
	if err := (&Wired{Windows: &tasks{err: &winapi.Error{Code: 31}}}).Forget(t.Context(), host.AntivirusActive); code(err) != "task-failed" {
		t.Error(err)
	}
}

// forgetful is a PC in memory whose tasks are those of wired.
type forgetful struct {
	*sickPC
	wired *Wired
}

func (p forgetful) Forget(ctx context.Context, until string) error { return p.wired.Forget(ctx, until) }

// tasks is a Task Scheduler that only deletes.
type tasks struct {
	deleted []string
	err     error
}

func (w *tasks) Call(_ context.Context, _ string, args, _ any) error {
	w.deleted = append(w.deleted, args.(string))
	return w.err
}
