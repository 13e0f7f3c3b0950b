package fake

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

// Running is what a PC has of which only a running Windows knows. What ends in Lasting
// cannot be taken back.
type Running struct {
	Services  []*Service
	Guards    []*Guard
	Protected map[string]*Protection // by partition id: volumes that BitLocker protects
	Updates   []*Update              // what the update agent offers
	Reminders []Reminder
	Tools     []Tool `json:"-"`
	Person    Person `json:"-"`

	boots    int                    // starts of Windows so far
	wants    bool                   // something waits for a restart
	waiting  []func(*model.Machine) // what the next start finishes
	sessions int                    // operations of the update agent so far, whose number is their time
}

// Service is a service. Start is its start type: 2 automatic, 3 manual.
type Service struct {
	Name       string // lower case
	Start      int64
	Runs       bool
	Dependents []string          // those that are stopped with it
	Wakes      []string          // services that it starts again as soon as they are stopped
	Holds      []string          // paths on the Windows volume of files that nobody can rename meanwhile
	Makes      map[string]string // files that it makes when it starts and they are missing
}

// Guard is the antivirus of another maker.
type Guard struct {
	Name   string
	Active bool
}

// Protection is BitLocker on a volume. Left: restarts until it protects again; 0: it
// does now.
type Protection struct{ Left int }

// Update is an update that is offered. One that Fails cannot be installed until Cure
// holds.
type Update struct {
	ID        string
	KB        string
	Hidden    bool
	Installed bool
	Restart   bool                                // it goes in at the next start
	Cure      func(*model.Machine, *Running) bool `json:"-"` // nil: nothing keeps it out
	Then      func(*model.Machine)                `json:"-"` // what else changes when it is in
}

// Tool is how a program of Windows behaves: the first whose Name and Args fit answers.
// One that is not listed does not exist.
type Tool struct {
	Name string
	Args string               // that the arguments must hold, joined by blanks
	Exit uint32               //
	Do   func(*model.Machine) // what it changes of Facts; nil: nothing
	Late bool                 // only at the next start
}

// Person is who sits in front of the PC, and does what is asked for unless Refuses.
type Person struct{ Refuses bool }

// Reminder is one that is shown at every sign-in.
type Reminder struct{ Text, Until string }

// Start is a start of Windows: after a restart, or when the power is back. Services run
// as their start type says, what waited for the restart is finished, protection that was
// suspended for fewer restarts is back.
func (pc *PC) Start() {
	r := pc.Running
	if r == nil {
		return
	}
	pc.op = "start"
	r.boots++
	for _, s := range r.Services {
		s.Runs = false
	}
	for _, s := range r.Services {
		if pc.startType(s) == 2 {
			pc.run(s)
		}
	}
	if !pc.troubled(StaysSuspended, "") {
		for _, p := range r.Protected {
			p.Left = max(p.Left-1, 0)
		}
	}
	if !pc.troubled(StaysPending, "") {
		for _, finish := range r.waiting {
			finish(&pc.Facts)
		}
	}
	r.waiting, r.wants = nil, false
	if w := pc.windows(); w != nil {
		w.Dirty = false // a volume that is marked is checked before Windows starts
	}
	pc.watch("start")
}

// Later is what the next start of Windows finishes.
func (r *Running) Later(do func(*model.Machine)) {
	r.waiting, r.wants = append(r.waiting, do), true
}

// run lets a service run, which makes what it misses.
func (pc *PC) run(s *Service) {
	s.Runs = true
	w := pc.windows()
	for path, content := range s.Makes {
		if w != nil && len(w.below(path)) == 0 {
			w.Files[strings.ToLower(path)] = &File{Path: path, Content: []byte(content)}
		}
	}
}

func (r *Running) service(name string) *Service {
	i := slices.IndexFunc(r.Services, func(s *Service) bool { return strings.EqualFold(s.Name, name) })
	if i < 0 {
		return nil
	}
	return r.Services[i]
}

// held tells whether a service that runs holds files at or below path.
func (pc *PC) held(p *Partition, path string) bool {
	if pc.Running == nil || p != pc.windows() {
		return false
	}
	path = strings.ToLower(path)
	return slices.ContainsFunc(pc.Running.Services, func(s *Service) bool {
		return s.Runs && slices.ContainsFunc(s.Holds, func(h string) bool {
			h = strings.ToLower(h)
			return h == path || strings.HasPrefix(h, path+"/") || strings.HasPrefix(path, h+"/")
		})
	})
}

// allActive tells whether every antivirus watches.
func (r *Running) allActive() bool {
	return !slices.ContainsFunc(r.Guards, func(g *Guard) bool { return !g.Active })
}

// holds tells whether a condition of an operation does.
func (pc *PC) holds(until string) bool {
	r := pc.Running
	switch until {
	case host.AntivirusActive:
		return r.allActive()
	case host.AntivirusPaused:
		return !r.allActive()
	case host.InstallerIdle:
		return !pc.Facts.Installer.Busy.Value
	}
	return false
}

// Answer is what the person does when something is asked for. Whoever refuses, or has
// walked away, does nothing.
func (pc *PC) Answer() error {
	r := pc.Running
	if r == nil || r.Person.Refuses || pc.asked == "" || pc.troubled(PersonRefuses, "") {
		return nil
	}
	active := pc.asked == host.AntivirusActive
	if active && pc.troubled(WalksAway, "") {
		return nil
	}
	if pc.asked == host.InstallerIdle {
		return pc.change("the other installation ends", func() { pc.Facts.Installer.Busy.Value, pc.asked = false, "" })
	}
	return pc.change("the person does it", func() {
		for _, g := range r.Guards {
			g.Active = active
		}
		pc.asked = ""
	})
}

// Ends is asked when a run or its undo has ended well: nothing may be left as it was only
// meant to be meanwhile.
func (pc *PC) Ends(what string) {
	r := pc.Running
	if r == nil {
		return
	}
	pc.op = what
	for id, p := range r.Protected {
		if p.Left > 0 && !pc.suspended[id] {
			pc.violate("end", "BitLocker is still suspended on "+id)
		}
	}
	for _, s := range r.Services {
		if s.Start == 2 && !s.Runs && !pc.idle[s.Name] {
			pc.violate("end", "service "+s.Name+" does not run any more")
		}
	}
	if !r.allActive() && !pc.unguarded {
		pc.violate("end", "an antivirus is still paused")
	}
	if f := pc.bootImage(); pc.trusts() && f != nil && f.sum() != pc.Boot.Sealed {
		pc.violate("end", "BitLocker does not trust the recovery image")
	}
}

// beginRunning notes how protection and services were.
func (pc *PC) beginRunning() {
	r := pc.Running
	pc.suspended, pc.idle = map[string]bool{}, map[string]bool{}
	if r == nil {
		return
	}
	for id, p := range r.Protected {
		pc.suspended[id] = p.Left > 0
	}
	for _, s := range r.Services {
		pc.idle[s.Name] = !s.Runs
		if s.Runs {
			pc.run(s) // it has made what it needs long ago
		}
	}
	pc.unguarded = !r.allActive()
	if f := pc.bootImage(); pc.trusts() && f != nil && pc.Boot.Sealed == "" {
		pc.Boot.Sealed = f.sum()
	}
}

// trusts tells whether BitLocker protects the volume of Windows, and so has to know the
// recovery image.
func (pc *PC) trusts() bool {
	w := pc.windows()
	return w != nil && pc.Running != nil && pc.Running.Protected[w.ID] != nil
}

// bootImage is the image that would be started, nil if none.
func (pc *PC) bootImage() *File {
	p := pc.bootPartition()
	if !pc.Boot.Enabled || p == nil {
		return nil
	}
	return p.file(slashes(pc.Boot.Path))
}

// watchRunning is the monitor of a running Windows: a service that another one wakes runs
// again; an antivirus is paused only while somebody is reminded of it.
func (pc *PC) watchRunning(what string) {
	r := pc.Running
	if r == nil {
		return
	}
	for _, s := range r.Services {
		for _, name := range s.Wakes {
			if other := r.service(name); s.Runs && other != nil && !other.Runs {
				pc.run(other)
			}
		}
	}
	paused := !r.allActive()
	if paused && !pc.unguarded && len(r.Reminders) == 0 {
		pc.violate(what, "an antivirus is paused and nobody is reminded")
	}
	if pc.wasPaused && !paused {
		r.Reminders = slices.DeleteFunc(r.Reminders, func(m Reminder) bool { return m.Until == host.AntivirusActive })
	}
	pc.wasPaused = paused
}

// checked are the disks as a start of Windows, which checks volumes that are marked,
// leaves them. That is not taken back.
func (pc *PC) checked() []*Disk {
	var all []*Disk
	for _, d := range pc.Copy().Disks {
		for _, p := range d.Partitions {
			p.Dirty = false
		}
		all = append(all, d)
	}
	return all
}

// Lasting is what operations change that cannot be taken back, as JSON.
func (pc *PC) Lasting() string {
	if pc.Running == nil {
		return ""
	}
	var in []string
	for _, u := range pc.Running.Updates {
		in = append(in, fmt.Sprint(u.ID, u.Installed))
	}
	b, err := json.Marshal(struct {
		Facts   model.Machine
		Updates []string
		Marked  bool // the Windows volume, for checking
	}{pc.Facts, in, pc.windows() != nil && pc.windows().Dirty})
	if err != nil {
		panic(err) // plain data always has a JSON form
	}
	return string(b)
}

// undoable is what operations change of a running Windows and can take back. Whether a
// service that is started on demand runs at the moment is nobody's business.
func (r *Running) undoable() any {
	if r == nil {
		return nil
	}
	type hidden struct {
		ID     string
		Hidden bool
	}
	var out struct {
		Services  []string
		Guards    []*Guard
		Protected map[string]*Protection
		Updates   []hidden
		Reminders []Reminder
	}
	for _, s := range r.Services {
		if s.Start == 2 {
			out.Services = append(out.Services, fmt.Sprint(s.Name, s.Runs))
		}
	}
	for _, u := range r.Updates {
		out.Updates = append(out.Updates, hidden{u.ID, u.Hidden})
	}
	out.Guards, out.Protected, out.Reminders = r.Guards, r.Protected, append([]Reminder{}, r.Reminders...)
	return out
}

// copy is one of its own, as it is now.
func (r *Running) copy() *Running {
	if r == nil {
		return nil
	}
	out := *r
	out.Services, out.Guards, out.Updates, out.Protected = nil, nil, nil, map[string]*Protection{}
	for _, s := range r.Services {
		each := *s
		out.Services = append(out.Services, &each)
	}
	for _, g := range r.Guards {
		each := *g
		out.Guards = append(out.Guards, &each)
	}
	for _, u := range r.Updates {
		each := *u
		out.Updates = append(out.Updates, &each)
	}
	for id, p := range r.Protected {
		each := *p
		out.Protected[id] = &each
	}
	out.Reminders, out.waiting = slices.Clone(r.Reminders), slices.Clone(r.waiting)
	return &out
}
