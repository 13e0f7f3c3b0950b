package windows

import (
	"slices"
	"strings"
	"testing"

	"updoc/model"
	"updoc/remedy"
	"updoc/remedy/conform"
	"updoc/remedy/host"
	"updoc/remedy/host/fake"
	"updoc/winapi"
)

// fit is what a remedy asks of the running Windows in one of its scenarios.
type fit struct {
	name string
	pc   *fake.PC
	ops  []host.Op
}

// fits are those of every remedy. Files that the person names lie on drive D.
func fits(t *testing.T) (all []fit) {
	for _, r := range remedy.All() {
		for _, s := range conform.Of(r.ID) {
			params := model.Args{}
			for name, value := range s.Params {
				if text, is := value.(string); is {
					value = onD(text)
				}
				params[name] = value
			}
			pc := s.PC()
			m, err := pc.Host().Machine(t.Context())
			must(t, s.Remedy, err)
			ops, err := r.Ops(m, params)
			must(t, s.Remedy+"/"+s.Name, err)
			all = append(all, fit{s.Remedy + "/" + s.Name, pc, ops})
		}
	}
	return all
}

func onD(path string) string { return strings.ReplaceAll(path, "/media/", `D:\`) }

// simOf is a Windows with the services, tools, files and hives of a PC of a scenario.
func simOf(t testing.TB, pc *fake.PC) *sim {
	s := newSim(t)
	s.withTools(pc)
	for path := range pc.Locals {
		s.write(onD(path), []byte("a file"))
	}
	root := map[string]string{"windows/system32/config/system": `HKLM\SYSTEM`, "windows/system32/config/software": `HKLM\SOFTWARE`}
	for _, d := range pc.Disks {
		for _, p := range d.Partitions {
			if p.ID != "disk0p2" {
				continue
			}
			for key, f := range p.Files {
				switch {
				case root[key] != "":
					s.withHive(root[key], f.Hive)
				case f.Wim == nil && f.Hive == nil && !strings.HasSuffix(key, "reagent.xml"):
					s.write(`C:\`+strings.ReplaceAll(f.Path, "/", `\`), f.Content)
				}
			}
		}
	}
	return s
}

func (s *sim) withHive(root string, h fake.Hive) {
	s.hive(root)
	for key, values := range h {
		path := root
		for _, part := range strings.Split(key, `\`) {
			path += `\` + part
			s.hive(path)
		}
		for name, v := range values {
			s.reg[strings.ToLower(path)][strings.ToLower(name)] = winapi.Value{Name: name, Type: v.Type, Data: v.Data}
		}
	}
}

func (s *sim) withTools(pc *fake.PC) {
	for name, t := range tools {
		path := `C:\Windows\System32\` + t.path
		switch name {
		case "office":
			path = `C:\` + clickToRun + `\OfficeC2RClient.exe`
		case "officeclicktorun":
			path = `C:\` + clickToRun + `\OfficeClickToRun.exe`
		case "mpcmdrun":
			path = `C:\Program Files\Windows Defender\MpCmdRun.exe`
		}
		s.write(path, []byte(name))
		exe := strings.ToLower(strings.TrimSuffix(nameOf(path), ".exe"))
		if name == "program" {
			exe = name
		}
		s.runs[exe] = func(*sim, []string) (winapi.Finished, error) { return winapi.Finished{Exit: exitOf(pc, name)}, nil }
	}
	s.install = func() (winapi.InstallResult, error) { return winapi.InstallResult{Result: 2, Restart: true}, nil }
	if pc.Running == nil {
		return
	}
	for _, v := range pc.Running.Services {
		state := uint32(serviceStopped)
		if v.Runs {
			state = serviceRunning
		}
		makes := map[string]string{}
		for path, text := range v.Makes {
			makes[`C:\`+strings.ReplaceAll(path, "/", `\`)] = text
		}
		s.services[v.Name] = &simService{state: state, dependents: v.Dependents, makes: makes}
	}
	if pc.Running.Protected["disk0p2"] != nil {
		s.vols[1].enc = winapi.EncryptedVolume{Conversion: 1, Protection: 1}
		s.persons = nil // what lies on an encrypted volume does not count there
	}
	paused, busy := false, pc.Facts.Installer.Busy.Value
	s.asked = func(text string) { paused, busy = text == "ask.antivirus-paused", busy && text != "ask.installer-idle" }
	s.facts = func(m *model.Machine) {
		m.Live.RealTime, m.Installer.Busy = model.Known(!paused, model.Origin{}), model.Known(busy, model.Origin{})
		m.Live.Security = model.Complete([]model.Guard{{Name: "Someone's Antivirus", Active: !paused}})
	}
}

// exitOf is how the tool of that name ends in the scenario.
func exitOf(pc *fake.PC, name string) uint32 {
	if pc.Running != nil {
		for _, t := range pc.Running.Tools {
			if t.Name == name {
				return t.Exit
			}
		}
	}
	return 0
}

// accepts asks whether an operation is one that this host carries out.
func (h *Host) accepts(t *testing.T, op host.Op) error {
	if _, err := kindOf(op); err != nil {
		return err
	}
	var err error
	switch op.Kind {
	case host.RunTool:
		_, err = h.command(t.Context(), op)
	case host.SetValue:
		if _, err = h.key(t.Context(), op); err == nil {
			_, err = valueData(op)
		}
	case host.DeleteValue, host.DeleteKey:
		_, err = h.key(t.Context(), op)
	case host.AwaitPerson, host.Remind:
		_, err = h.holdsNow(t.Context(), op.Until)
	case host.StartService, host.StopService:
		_, err = h.service(t.Context(), op.Name)
	case host.InstallUpdate, host.HideUpdate:
		_, err = h.update(t.Context(), op.Name)
	case host.Recompress:
		if compressions[op.Text] == "" {
			err = refused("refused-stale-plan", nil)
		}
	}
	return err
}

// No remedy is refused on a real PC by a table that nobody has brought up to date.
func TestEveryRemedyIsAccepted(t *testing.T) {
	for _, f := range fits(t) {
		_, h := one(t, simOf(t, f.pc))
		if len(f.ops) == 0 {
			t.Errorf("%s does nothing", f.name)
		}
		for _, op := range f.ops {
			err := h.accepts(t, op)
			if offline := f.pc.Running == nil && strings.HasSuffix(op.To.Path, "COMPONENTS"); offline {
				continue // the remedy refuses that on a running Windows
			}
			if err != nil {
				t.Errorf("%s: %s %s %v: %s", f.name, op.Kind, op.Name, op.Args, whole(err))
			}
		}
	}
}

// heavy are operations whose courses need images and tables that the simulation makes
// itself: see courses.
var heavy = []string{host.ShrinkVolume, host.ResizeRecovery, host.CreateRecovery, host.SetPartitionType, host.Recompress, host.ExtractWim, host.SetWinRE,
	host.ServiceImage, host.MoveAside}

// Every other remedy is carried out, cut everywhere, gone on with and taken back.
func TestEveryRemedyIsCarriedOut(t *testing.T) {
	done := 0
	for _, f := range fits(t) {
		isHeavy := slices.ContainsFunc(f.ops, func(op host.Op) bool {
			return slices.Contains(heavy, op.Kind) || strings.HasSuffix(op.To.Path, "COMPONENTS") || op.To.Volume != "" && op.To.Volume != "disk0p2"
		})
		if isHeavy {
			continue
		}
		done++
		t.Run(f.name, func(t *testing.T) {
			c := course{ops: f.ops, pc: func(t testing.TB) *sim { return simOf(t, f.pc) }, answer: func(s *sim, text string) { s.asked(text) }}
			p := c.make(t)
			before := p.snapshot()
			must(t, "apply", p.apply())
			after, calls := p.snapshot(), p.ticks
			must(t, "apply again", p.apply())
			same(t, "apply again", after, p.snapshot())
			p.unchanged(t)
			at := p.ticks
			must(t, "undo", p.undo())
			same(t, "undo", before, p.snapshot())
			sound(t, "whole", p)
			c.few(t, before, after, calls, p.ticks-at)
		})
	}
	if done < 40 {
		t.Errorf("only %d scenarios were carried out", done)
	}
}

// few cuts the power at some calls only: there are many remedies.
func (c course) few(t *testing.T, before, after string, calls, undoing int) {
	for n := 1; n <= calls; n += max(1, calls/12) {
		for want, do := range map[string]func(*pc) error{after: (*pc).apply, before: (*pc).undo} {
			p := c.make(t)
			p.cutAt = n
			_ = p.apply()
			p.sim.restart()
			must(t, "go on or back", do(p))
			same(t, "go on or back", want, p.snapshot())
		}
	}
	for n := 1; n <= undoing; n += max(1, undoing/8) {
		p := c.make(t)
		must(t, "apply", p.apply())
		p.cutAt = p.ticks + n
		_ = p.undo()
		p.sim.restart()
		must(t, "undo", p.undo())
		same(t, "undo", before, p.snapshot())
	}
}
