package doctor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
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
	Image      func() ([]byte, error) // the file of this program, as it was started
	Data       string                 // folder of updoc's own data, which everybody may read
	OpenSource func(ctx context.Context, w winapi.Caller) (source.Source, error)
	NewHost    func(w winapi.Caller, look func(ctx context.Context) (*model.Machine, error), keep string) (host.Stepwise, error)
	Now        func() time.Time // nil: the clock of this computer

	copied string       // path of the copy of this program; empty: none was made yet
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
	resumeTask = "resume" // after the next start, as SYSTEM
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

// GoOn implements PC: one task goes on, the other tells. What a run with journals in
// another folder came to is for administrators alone to read: nobody is told of it.
func (p *Wired) GoOn(ctx context.Context, a Again) error {
	until := p.now().AddDate(0, 0, taskDays)
	program, err := p.safe()
	if err != nil {
		return taskError(err)
	}
	task := winapi.Task{Name: resumeTask, Path: program, Args: []string{"resume", "--quiet"}, Soon: a.Soon, Until: until}
	if a.Journal != "" {
		task.Args = append(task.Args, "--journal", a.Journal)
	}
	if _, err := winapi.RegisterTask.Do(ctx, p.Windows, task); err != nil {
		return taskError(err)
	}
	if a.Journal != "" {
		return nil
	}
	return p.Tell(ctx, until)
}

// Tell implements Teller.
func (p *Wired) Tell(ctx context.Context, until time.Time) error {
	program, err := p.safe()
	if err != nil {
		return taskError(err)
	}
	task := winapi.Task{Name: tellTask, Path: program, Args: []string{"history", "--last", "--pause"}, AtLogOn: true, Until: until}
	if _, err := winapi.RegisterTask.Do(ctx, p.Windows, task); err != nil {
		return taskError(err)
	}
	return nil
}

// programFolder holds what tasks run, below Data.
const programFolder = "program"

// safe is a copy of this program, as it was started, that everybody may run and only
// administrators may change: it runs as SYSTEM, and for whoever signs in. Its name comes
// from its content, so that no copy that is running has to be replaced.
func (p *Wired) safe() (string, error) {
	if p.copied != "" {
		return p.copied, nil
	}
	folder := filepath.Join(p.Data, programFolder)
	text, err := p.Image()
	if err == nil {
		err = errors.Join(journal.Share(p.Data, true), journal.Share(folder, false))
	}
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	to := filepath.Join(folder, "updoc-"+hex.EncodeToString(sum[:8])+".exe")
	if have, err := os.ReadFile(to); err != nil || !bytes.Equal(have, text) {
		if err := journal.Keep(to, text); err != nil {
			return "", err
		}
	}
	p.copied = to
	return to, nil
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

const taskFailed = "task-failed"

func taskError(err error) error {
	var known *model.Error
	if errors.As(err, &known) {
		return known
	}
	return &model.Error{Code: taskFailed, Exit: exitNotCured, Err: err}
}

// Windows goes down already, or will. Source: system error codes.
const (
	shutdownInProgress  = 1115 // ERROR_SHUTDOWN_IN_PROGRESS
	shutdownIsScheduled = 1190 // ERROR_SHUTDOWN_IS_SCHEDULED
)

// Restart implements PC. One that was asked for before is as good.
func (p *Wired) Restart(ctx context.Context, seconds int, reason string) error {
	_, err := winapi.Restart.Do(ctx, p.Windows, winapi.RestartCall{Delay: seconds, Reason: reason})
	var number *winapi.Error
	switch {
	case err == nil, errors.As(err, &number) && (number.Code == shutdownInProgress || number.Code == shutdownIsScheduled):
		return nil
	}
	return &model.Error{Code: "restart-refused", Exit: exitWaits, Err: err}
}

func (p *Wired) now() time.Time {
	if p.Now == nil {
		return time.Now().UTC()
	}
	return p.Now().UTC()
}
