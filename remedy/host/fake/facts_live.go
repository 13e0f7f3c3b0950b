package fake

import (
	"time"

	"updoc/model"
)

// now is the n-th moment after the facts were made: the fake has no clock.
func now(n int) time.Time { return time.Date(2026, 11, 28, 0, n, 0, 0, time.UTC) }

// runningOf reads what only a running Windows tells. What Facts knows of it stays.
func (pc *PC) runningOf(m *model.Machine) {
	r, l := pc.Running, &m.Live
	if r == nil {
		return
	}
	set(&l.Mode, model.ModeNormal)
	set(&l.Admin, true)
	set(&l.Remote, false)
	set(&l.Power, true)
	set(&l.UpdateRunning, false)
	set(&l.Cluster, false)
	set(&l.Conversion, false)
	l.RealTime = fact(r.allActive())
	l.Protected, l.Suspended = fact(false), fact(false)
	if w := pc.windows(); w != nil && r.Protected[w.ID] != nil {
		left := r.Protected[w.ID].Left
		l.Protected, l.Suspended = fact(left == 0), fact(left > 0)
	}
	pc.listsOf(l)
}

func (pc *PC) listsOf(l *model.Live) {
	services, guards, offers := []model.ServiceState{}, []model.Guard{}, []model.Offer{}
	for _, s := range pc.Running.Services {
		state := "stopped"
		if s.Runs {
			state = "running"
		}
		services = append(services, model.ServiceState{Name: s.Name, State: state})
	}
	for _, g := range pc.Running.Guards {
		guards = append(guards, model.Guard{Name: g.Name, Active: g.Active, UpToDate: true})
	}
	for _, u := range pc.Running.Updates {
		if !u.Installed {
			offers = append(offers, model.Offer{UpdateID: u.ID, KB: u.KB, Hidden: u.Hidden})
		}
	}
	l.Services, l.Security, l.Offered = model.Complete(services), model.Complete(guards), model.Complete(offers)
}

func fact[T any](v T) model.Fact[T] { return model.Known(v, model.Origin{Artifact: "live"}) }

func set[T any](f *model.Fact[T], v T) {
	if !f.Known {
		*f = fact(v)
	}
}
