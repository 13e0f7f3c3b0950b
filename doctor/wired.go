package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/journal"
	"updoc/source"
	"updoc/source/live"
	"updoc/winapi"
)

// Wired is a PC over the calls of Windows, which may be real or recorded.
type Wired struct {
	Windows    winapi.Caller
	Program    string // path of updoc.exe, for the tasks
	Journals   string // folder of journals, private to administrators
	OpenSource func(ctx context.Context, w winapi.Caller) (source.Source, error)
	NewHost    func(w winapi.Caller, look func(ctx context.Context) (*model.Machine, error), keep string) (host.Stepwise, error)
	Now        func() time.Time // nil: the clock of this computer

	copies *live.Copies // that looks share; nil: each has its own
}

var (
	_ PC      = (*Wired)(nil)
	_ Tasking = (*Wired)(nil)
	_ Copying = (*Wired)(nil)
)

// Fresh implements Copying.
func (p *Wired) Fresh(ctx context.Context) error {
	if p.copies == nil {
		return nil
	}
	return p.copies.Delete(ctx, p.Windows)
}

// Names of the tasks in the folder \updoc of the Task Scheduler.
const (
	resumeTask = "resume" // at the next start, as SYSTEM
	tellTask   = "tell"   // when somebody signs in, as that person
)

// taskDays is how long a task stays if nothing takes it away.
const taskDays = 30

// Open implements PC.
func (p *Wired) Open(ctx context.Context) (source.Source, error) {
	if p.OpenSource == nil {
		return nil, missing("source")
	}
	return p.OpenSource(ctx, p.Windows)
}

// Host implements PC.
func (p *Wired) Host(look func(ctx context.Context) (*model.Machine, error), keep string) (host.Stepwise, error) {
	if p.NewHost == nil {
		return nil, missing("host")
	}
	return p.NewHost(p.Windows, look, keep)
}

func missing(what string) error {
	return &model.Error{Code: "not-windows", Err: fmt.Errorf("%s: %w", what, winapi.ErrUnsupported)}
}

// GoOn implements PC: one task goes on, the other tells.
func (p *Wired) GoOn(ctx context.Context) error {
	until := p.now().AddDate(0, 0, taskDays)
	program, err := p.safe()
	if err != nil {
		return taskError(err)
	}
	task := winapi.Task{Name: resumeTask, Path: program, Args: []string{"resume", "--quiet"}, Until: until}
	if _, err := winapi.RegisterTask.Do(ctx, p.Windows, task); err != nil {
		return taskError(err)
	}
	return p.Tell(ctx, until)
}

// Tell implements Teller.
func (p *Wired) Tell(ctx context.Context, until time.Time) error {
	task := winapi.Task{Name: tellTask, Path: p.Program, Args: []string{"history", "--last", "--pause"}, AtLogOn: true, Until: until}
	if _, err := winapi.RegisterTask.Do(ctx, p.Windows, task); err != nil {
		return taskError(err)
	}
	return nil
}

// safe is a copy of this program where only administrators may write: what runs as SYSTEM
// must not be replaced by anybody else.
func (p *Wired) safe() (string, error) {
	to := filepath.Join(p.Journals, filepath.Base(p.Program))
	if sameFile(to, p.Program) {
		return to, nil
	}
	text, err := os.ReadFile(p.Program)
	if err == nil {
		err = journal.Keep(to, text)
	}
	return to, err
}

// Done implements PC.
func (p *Wired) Done(ctx context.Context) error {
	for _, name := range []string{resumeTask, tellTask} {
		if _, err := winapi.DeleteTask.Do(ctx, p.Windows, name); err != nil {
			return taskError(err)
		}
	}
	return nil
}

func taskError(err error) error {
	return &model.Error{Code: "task-failed", Exit: exitNotCured, Err: err}
}

// Restart implements PC.
func (p *Wired) Restart(ctx context.Context, seconds int, reason string) error {
	_, err := winapi.Restart.Do(ctx, p.Windows, winapi.RestartCall{Delay: seconds, Reason: reason})
	if err != nil {
		err = &model.Error{Code: "restart-refused", Exit: exitWaits, Err: err}
	}
	return err
}

func (p *Wired) now() time.Time {
	if p.Now == nil {
		return time.Now().UTC()
	}
	return p.Now().UTC()
}
