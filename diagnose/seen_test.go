package diagnose

import (
	"testing"
	"time"

	"updoc/model"
)

// A PC is not cleared while a history that could show a failure is unreadable and the
// others do not reach back a month.
func TestSeen(t *testing.T) {
	last := time.Date(2024, 10, 2, 9, 0, 0, 0, time.UTC)
	days := func(n int) model.Coverage { return model.Coverage{From: last.AddDate(0, 0, -n), To: last} }
	damaged := model.Look{Artifact: "reportingevents", Unseen: &model.Unseen{Reason: model.ReasonDamaged}}
	for _, c := range []struct {
		name     string
		coverage model.Coverage
		look     model.Look
		want     bool
	}{
		{"complete", model.Coverage{Complete: true}, damaged, true},
		{"nothing", model.Coverage{}, model.Look{}, false},
		{"ends early", model.Coverage{From: last.AddDate(0, -2, 0), To: last.AddDate(0, 0, -1)}, model.Look{}, false},
		{"short, all read", days(5), model.Look{Artifact: "reportingevents"}, true},
		{"short, one absent", days(5), model.Look{Artifact: "evtx", Unseen: &model.Unseen{Reason: model.ReasonAbsent}}, true},
		{"short, one damaged", days(5), damaged, false},
		{"short, one not allowed", days(5), model.Look{Artifact: "evtx", Unseen: &model.Unseen{Reason: model.ReasonPermission}}, false},
		{"short, something else damaged", days(5), model.Look{Artifact: "wim", Unseen: &model.Unseen{Reason: model.ReasonDamaged}}, true},
		{"long, one damaged", days(60), damaged, true},
	} {
		m := &model.Machine{LastSeen: last, Looks: []model.Look{c.look}}
		m.Attempts.Coverage = c.coverage
		if got := seen(m); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// Nothing is confirmed about an update whose later attempts may be lost.
func TestToTheEnd(t *testing.T) {
	last := time.Date(2024, 10, 2, 9, 0, 0, 0, time.UTC)
	m := &model.Machine{LastSeen: last}
	for to, want := range map[time.Time]bool{last: true, last.Add(-time.Hour): false, {}: false} {
		m.Attempts.Coverage = model.Coverage{From: last.AddDate(0, -1, 0), To: to}
		if got := toTheEnd(m); got != want {
			t.Errorf("until %v: %v", to, got)
		}
	}
}
