package fake

import (
	"slices"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

// live is what there is of a running Windows, refused on a disk.
func (h *Host) live(op host.Op) (*Running, error) {
	if h.pc.Running == nil {
		return nil, refused("needs-running-windows", op.Kind)
	}
	return h.pc.Running, nil
}

// serviceOf finds the service of an operation.
func (h *Host) serviceOf(op host.Op) (*Service, error) {
	r, err := h.live(op)
	if err != nil {
		return nil, err
	}
	s := r.service(op.Name)
	if s == nil {
		return nil, refused("no-such-service", op.Name)
	}
	return s, nil
}

func started(h *Host, op host.Op) (bool, error) {
	s, err := h.serviceOf(op)
	return err == nil && s.Runs, err
}

func stopped(h *Host, op host.Op) (bool, error) {
	s, err := h.serviceOf(op)
	return err == nil && !s.Runs, err
}

func startService(h *Host, op host.Op) error {
	s, err := h.serviceOf(op)
	if err != nil {
		return err
	}
	if h.pc.startType(s) == 4 {
		return refused("service-disabled", s.Name)
	}
	return h.pc.change("started "+s.Name, func() { h.pc.run(s) })
}

// startType is that of the hive, if there is one.
func (pc *PC) startType(s *Service) int64 {
	w := pc.windows()
	if w == nil || w.file(systemPath) == nil {
		return s.Start
	}
	if v, ok := w.file(systemPath).Hive.value(services+`\`+s.Name, "Start"); ok {
		return v.number()
	}
	return s.Start
}

func stopService(h *Host, op host.Op) error {
	s, err := h.serviceOf(op)
	if err != nil {
		return err
	}
	if h.pc.troubled(NeverStops, s.Name) {
		return refused("service-does-not-stop", s.Name)
	}
	for _, name := range s.Dependents {
		if other := h.pc.Running.service(name); other != nil && other.Runs {
			if err := h.pc.change("stopped "+name, func() { other.Runs = false }); err != nil {
				return err
			}
		}
	}
	if err := h.pc.change("stopped "+s.Name, func() { s.Runs = false }); err != nil || !h.pc.troubled(RunsAgain, s.Name) {
		return err
	}
	return h.pc.change(s.Name+" by itself", func() { h.pc.run(s) })
}

// servicesOf: the service and those that are stopped with it.
func servicesOf(h *Host, op host.Op, see func(area)) error {
	s, err := h.serviceOf(op)
	if err != nil {
		return err
	}
	for _, name := range append(slices.Clone(s.Dependents), s.Name) {
		if other := h.pc.Running.service(name); other != nil {
			see(area{Service: name, Runs: other.Runs})
		}
	}
	return nil
}

func (h *Host) putService(a area) error {
	s := h.pc.Running.service(a.Service)
	if s == nil || s.Runs == a.Runs {
		return nil
	}
	if a.Runs {
		return h.pc.change("started "+s.Name, func() { h.pc.run(s) })
	}
	return h.pc.change("stopped "+s.Name, func() { s.Runs = false })
}

// never: a tool has no state of its own that tells whether it ran.
func never(h *Host, op host.Op) (bool, error) {
	_, err := h.live(op)
	return false, err
}

// runTool runs the first tool that fits. Nobody can tell afterwards whether it did what
// it says: what is expected of the remedy tells.
func runTool(h *Host, op host.Op) error {
	args := strings.Join(op.Args, " ")
	i := slices.IndexFunc(h.pc.Running.Tools, func(t Tool) bool { return t.Name == op.Name && strings.Contains(args, t.Args) })
	if i < 0 {
		return refused("no-such-tool", op.Name+" "+args)
	}
	if op.Local != "" {
		if _, ok := h.pc.Locals[op.Local]; !ok {
			return refused("no-such-file", op.Local)
		}
	}
	t := h.pc.Running.Tools[i]
	switch {
	case op.Seconds <= 0:
		return refused("no-time-limit", op.Name)
	case h.pc.troubled(Hangs, ""):
		return refused("tool-ended", op.Name) // its time was up
	}
	restart := slices.Contains(op.Restarts, t.Exit)
	good := op.Maybe || restart || slices.Contains(op.Exits, t.Exit) || len(op.Exits) == 0 && t.Exit == 0
	if !good {
		return refused("tool-failed", op.Name)
	}
	return h.pc.change("ran "+op.Name, func() {
		h.pc.Running.wants = h.pc.Running.wants || restart || t.Late
		h.pc.finish(t.Late, t.Do)
	})
}

// finish does now, or at the next start, what changes facts.
func (pc *PC) finish(late bool, do func(*model.Machine)) {
	switch {
	case do == nil:
	case late:
		pc.Running.waiting = append(pc.Running.waiting, do)
	default:
		do(&pc.Facts)
	}
}

// restarted: Windows has started since Save read how often it had.
func restarted(h *Host, op host.Op) (bool, error) {
	r, err := h.live(op)
	if err != nil {
		return false, err
	}
	return r.boots > h.boots || op.Maybe && !r.wants, nil
}

func restart(h *Host, _ host.Op) error {
	err := h.pc.change("restart asked for", func() { h.pc.restarts = true })
	if err == nil {
		err = &host.Interrupted{For: model.WaitRestart}
	}
	return err
}

func bootsOf(h *Host, op host.Op, see func(area)) error {
	r, err := h.live(op)
	if err == nil {
		see(area{Boots: &r.boots})
	}
	return err
}

// Begun tells what Save read of an operation.
func (h *Host) Begun(_ host.Op, saved []byte) {
	h.what = ""
	areas, err := areasIn(saved)
	if err != nil || len(areas) != 1 {
		return
	}
	h.what = areas[0].What
	if areas[0].Boots != nil {
		h.boots = *areas[0].Boots
	}
}

func (h *Host) update(op host.Op) (*Update, error) {
	r, err := h.live(op)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(r.Updates, func(u *Update) bool { return u.ID == op.Name })
	if i < 0 {
		return nil, refused("no-such-update", op.Name)
	}
	return r.Updates[i], nil
}

func installed(h *Host, op host.Op) (bool, error) {
	u, err := h.update(op)
	return err == nil && u.Installed, err
}

// install is the update agent. An attempt that fails goes into its history.
func install(h *Host, op host.Op) error {
	u, err := h.update(op)
	if err != nil {
		return err
	}
	r := h.pc.Running
	fails := u.Hidden || u.Cure != nil && !u.Cure(&h.pc.Facts, r) || h.pc.troubled(NotInstalled, "")
	return h.pc.change("installed "+u.KB, func() {
		r.sessions++
		outcome := model.AttemptInstalled
		if fails {
			outcome = model.AttemptFailed
		} else {
			u.Installed, r.wants = true, r.wants || u.Restart
			h.pc.finish(u.Restart, u.Then)
		}
		h.pc.Facts.Attempts.Items = append(h.pc.Facts.Attempts.Items, model.Attempt{ID: "now", KB: u.KB, UpdateID: u.ID, Outcome: outcome,
			Start: now(r.sessions), End: now(r.sessions)})
	})
}

func hiddenAs(h *Host, op host.Op) (bool, error) {
	u, err := h.update(op)
	return err == nil && u.Hidden != op.Show, err
}

func hide(h *Host, op host.Op) error {
	u, err := h.update(op)
	if err != nil {
		return err
	}
	return h.pc.change("hidden or shown", func() { u.Hidden = !op.Show })
}

func hiddenOf(h *Host, op host.Op, see func(area)) error {
	u, err := h.update(op)
	if err == nil {
		see(area{Update: u.ID, Hidden: u.Hidden})
	}
	return err
}

func (h *Host) putHidden(a area) error {
	return hideUnless(h, host.Op{Kind: host.HideUpdate, Name: a.Update, Show: !a.Hidden})
}

func hideUnless(h *Host, op host.Op) error {
	if done, err := hiddenAs(h, op); err != nil || done {
		return err
	}
	return hide(h, op)
}

func (h *Host) protection(op host.Op) (*Protection, error) {
	r, err := h.live(op)
	if err != nil {
		return nil, err
	}
	if r.Protected[op.Partition] == nil {
		return nil, refused("not-protected", op.Partition)
	}
	return r.Protected[op.Partition], nil
}

// isSuspended: for as many restarts as asked.
func isSuspended(h *Host, op host.Op) (bool, error) {
	p, err := h.protection(op)
	return err == nil && p.Left == int(op.Number), err
}

func suspend(h *Host, op host.Op) error {
	p, err := h.protection(op)
	if err != nil {
		return err
	}
	return h.pc.change("suspended", func() { p.Left = int(op.Number) })
}

func isProtected(h *Host, op host.Op) (bool, error) {
	p, err := h.protection(op)
	return err == nil && p.Left == 0, err
}

func protect(h *Host, op host.Op) error {
	p, err := h.protection(op)
	if err != nil {
		return err
	}
	return h.pc.change("resumed", func() { p.Left = 0 })
}

func protectionOf(h *Host, op host.Op, see func(area)) error {
	p, err := h.protection(op)
	if err == nil {
		see(area{Protected: op.Partition, Left: p.Left})
	}
	return err
}

// putProtection resumes what was on before; it never suspends.
func (h *Host) putProtection(a area) error {
	p := h.pc.Running.Protected[a.Protected]
	if p == nil || p.Left == 0 || a.Left > 0 {
		return nil
	}
	return h.pc.change("resumed", func() { p.Left = 0 })
}

// packageOf is the file of a package: of whoever runs updoc, or on the Windows volume.
func (h *Host) packageOf(op host.Op) (string, error) {
	name := op.Local[strings.LastIndexAny(op.Local, `/\`)+1:]
	if _, ok := h.pc.Locals[op.Local]; ok {
		return name, nil
	}
	if w := h.pc.windows(); w != nil && w.file(slashes(op.Local)) != nil {
		return name, nil
	}
	return "", refused("no-such-file", op.Local)
}

func serviced(h *Host, op host.Op) (bool, error) {
	if _, err := h.live(op); err != nil {
		return false, err
	}
	name, err := h.packageOf(op)
	if err != nil {
		return false, err
	}
	_, f, err := h.at(op.To)
	if err == nil && !f.image() && !h.waiting(op.To).image() {
		err = refused("no-image", op.To.Path)
	}
	return err == nil && f.image() && strings.HasSuffix(f.Wim.Holds, "+"+name) && h.waiting(op.To) == nil && h.sealed(op.To), err
}

// sealed tells whether BitLocker trusts the image at a place, if recovery runs from it.
func (h *Host) sealed(at host.Place) bool {
	f := h.pc.bootImage()
	_, here, _ := h.at(at)
	return !h.pc.trusts() || f == nil || f != here || f.sum() == h.pc.Boot.Sealed
}

func service(h *Host, op host.Op) error {
	name, err := h.packageOf(op)
	if err != nil {
		return err
	}
	p, f, err := h.at(op.To)
	if err != nil {
		return err
	}
	if !f.image() {
		f = h.waiting(op.To) // the old one had gone already
	}
	if !strings.HasSuffix(f.Wim.Holds, "+"+name) {
		f = f.copy()
		f.Size, f.Wim.Holds, f.Wim.Version = f.size()+f.size()/20, f.Wim.Holds+"+"+name, "10.0.19041.9999"
	}
	if _, now, _ := h.at(op.To); !same(now, f) {
		if err := h.put(p, op.To.Path, f); err != nil {
			return err
		}
	}
	return h.imageWhole(op.To)
}

func satisfied(h *Host, op host.Op) (bool, error) {
	_, err := h.live(op)
	return err == nil && h.pc.holds(op.Until), err
}

func ask(h *Host, op host.Op) error {
	h.pc.asked = op.Until
	return &host.Interrupted{For: model.WaitPerson, Text: op.Text}
}

func personOf(_ *Host, op host.Op, see func(area)) error {
	if op.Until == host.AntivirusPaused {
		see(area{Until: host.AntivirusActive})
	}
	return nil
}

func (h *Host) putGuards() error {
	if h.pc.Running.allActive() {
		return nil
	}
	return ask(h, host.Op{Kind: host.AwaitPerson, Until: host.AntivirusActive, Text: "ask.antivirus-active"})
}

func reminded(h *Host, op host.Op) (bool, error) {
	r, err := h.live(op)
	return err == nil && slices.Contains(r.Reminders, Reminder{op.Text, op.Until}), err
}

func remind(h *Host, op host.Op) error {
	r := h.pc.Running
	return h.pc.change("reminder", func() { r.Reminders = append(r.Reminders, Reminder{op.Text, op.Until}) })
}

func reminderOf(h *Host, op host.Op, see func(area)) error {
	was, err := reminded(h, op)
	if err == nil && !was {
		see(area{Forget: &Reminder{op.Text, op.Until}})
	}
	return err
}

func (h *Host) forget(m Reminder) error {
	r := h.pc.Running
	if !slices.Contains(r.Reminders, m) {
		return nil
	}
	return h.pc.change("reminder taken away", func() {
		r.Reminders = slices.DeleteFunc(r.Reminders, func(have Reminder) bool { return have == m })
	})
}
