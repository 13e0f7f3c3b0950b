package conform

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"updoc/disk/commit"
	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/host/fake"
	"updoc/remedy/journal"
)

// Fake is host/fake, with remedy/journal on a folder in memory that loses its power
// together with the machine.
func Fake(most int) Host {
	return Host{New: newFake, Troubles: fakeTroubles(), Most: most}
}

// fakeTroubles are the ways in which host/fake misbehaves: always, or only the first
// time, and tools that do nothing for each kind of operation.
func fakeTroubles() []string {
	var all []string
	for _, kind := range []string{fake.FallsBack, fake.ShrinksLess, fake.EncryptsUntyped, fake.EncryptsNew, fake.DeleteFails, fake.NoRoom, fake.InUse,
		fake.NeverStops, fake.RunsAgain, fake.Hangs, fake.StaysPending, fake.NotInstalled, fake.StaysSuspended, fake.PersonRefuses, fake.WalksAway} {
		all = append(all, kind, kind+" once")
	}
	for _, op := range []string{host.ShrinkVolume, host.ResizeRecovery, host.CreateRecovery, host.SetPartitionType, host.CopyFile, host.PutFile,
		host.WriteFile, host.MoveAside, host.DropHosts, host.Rename, host.Recompress, host.ExtractWim, host.SetValue, host.DeleteValue,
		host.DeleteKey, host.SetWinRE, host.LeaveFollowUp, host.StopService, host.StartService, host.RunTool, host.InstallUpdate, host.HideUpdate,
		host.SuspendProtection, host.ResumeProtection, host.ServiceImage, host.Remind} {
		all = append(all, fake.DoesNothing+" "+op, fake.DoesNothing+" "+op+" once")
	}
	return all
}

// inMemory is a fake PC and the folder of its journal.
type inMemory struct {
	pc  *fake.PC
	dir *folder
}

func newFake(_ testing.TB, s Scenario) Machine {
	m := &inMemory{pc: s.PC()}
	m.Again()
	return m
}

// Facts reads the machine.
func (m *inMemory) Facts(ctx context.Context) (*model.Machine, error) {
	return m.pc.Host().Machine(ctx)
}

// steps opens the journal anew, as a program does that was started again. The clock
// stands still.
func (m *inMemory) steps(ops []host.Op) (*journal.Steps, error) {
	l, err := commit.OpenLog(m.dir)
	if err != nil {
		return nil, err
	}
	l.Now = func() time.Time { return time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC) }
	if ops != nil {
		m.dir.ops = ops // head.json, which is written before anything else
	}
	return &journal.Steps{Ops: m.dir.ops, Log: l}, nil
}

// Apply runs the steps.
func (m *inMemory) Apply(ctx context.Context, ops []host.Op) error {
	return m.patiently("run", func() error {
		s, err := m.steps(ops)
		if err != nil {
			return err
		}
		return s.Run(ctx, m.pc.Host())
	})
}

// rounds bounds how often something is waited for.
const rounds = 8

// patiently goes on after restarts and when the person has done what is asked, each time
// as a program that was started again.
func (m *inMemory) patiently(what string, do func() error) error {
	for round := 0; ; round++ {
		err := do()
		var later *host.Interrupted
		switch {
		case err == nil:
			m.pc.Ends(what)
			return nil
		case !errors.As(err, &later) || round == rounds:
			return err
		case later.For == model.WaitRestart:
			m.pc.Start()
		default:
			if err := m.pc.Answer(); err != nil {
				return err
			}
		}
	}
}

// Undo takes them back.
func (m *inMemory) Undo(ctx context.Context) error {
	return m.patiently("undo", func() error {
		s, err := m.steps(nil)
		if err != nil {
			return err
		}
		return s.Undo(ctx, m.pc.Host())
	})
}

// Lasting is the PC's.
func (m *inMemory) Lasting() string { return m.pc.Lasting() }

// Again begins a new journal.
func (m *inMemory) Again() { m.dir = newFolder(m.pc.Power()) }

// Snapshot is the PC's.
func (m *inMemory) Snapshot() string { return m.pc.Snapshot() }

// Violations are the PC's.
func (m *inMemory) Violations() []string { return m.pc.Violations() }

// CutAt cuts the power of both.
func (m *inMemory) CutAt(n int) { m.pc.Power().CutAt(n) }

// Writes counts the changes of both.
func (m *inMemory) Writes() int { return m.pc.Power().Ticks() }

// Restart starts both again.
func (m *inMemory) Restart() bool {
	cut := m.pc.Power().Down()
	m.pc.Power().Restart()
	m.dir.restart()
	m.pc.Start()
	return cut
}

// Trouble sets the way to misbehave: a kind, the operation it is limited to, "once".
func (m *inMemory) Trouble(name string) {
	m.pc.Troubles = nil
	if name == "" {
		return
	}
	t := fake.Trouble{}
	rest, once := strings.CutSuffix(name, " once")
	if once {
		t.Times = 1
	}
	t.Kind, t.Op, _ = strings.Cut(rest, " ")
	m.pc.Troubles = []fake.Trouble{t}
}
