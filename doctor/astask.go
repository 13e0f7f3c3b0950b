package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"updoc/model"
	"updoc/remedy/journal"
	"updoc/winapi"
)

// Tasking is a PC that can carry out an order outside this session: at once and as SYSTEM.
// TaskDone takes the task away; it may be called twice, and by what the task started.
type Tasking interface {
	AsTask(ctx context.Context, args []string) error
	TaskDone(ctx context.Context) error
}

// OrderPath is where the Task Scheduler has the task of FixAsTask.
const OrderPath = `\updoc\` + orderTask

const (
	orderTask = "order" // at once, as SYSTEM
	orderLog  = "as-task.log"
	// A task needs an end to delete itself at; the order itself is not ended by it.
	orderDays = 1
)

// FixAsTask lets the Task Scheduler carry a fix out on this PC, because the update agent
// neither installs nor hides in a session over the network (WinRM, SSH). order is the command line for the
// program, given the file that is to hold what it says; that file is the answer. What would
// be refused right away is refused here: the errors are those of FixLive, and order-failed.
func FixAsTask(ctx context.Context, pc PC, opts FixOptions, order func(log string) []string) (string, error) {
	t, ok := pc.(Tasking)
	if !ok {
		return "", missing("task")
	}
	folder, err := mayOrder(ctx, pc, opts)
	if err != nil {
		return "", err
	}
	log := filepath.Join(folder, orderLog)
	var known *model.Error
	if err = t.AsTask(ctx, order(log)); errors.As(err, &known) && known.Code == taskFailed {
		known.Code = "order-failed"
	}
	return log, err
}

// CreateOrderLog makes the file that holds what the task says, or empties it, in a folder that
// nobody but administrators can change: it is written as SYSTEM.
func CreateOrderLog(path string) (*os.File, error) { return journal.CreateFile(path) }

// mayOrder asks what FixLive asks before it looks for steps. Its lock is free again
// afterwards: the task takes it.
func mayOrder(ctx context.Context, pc PC, opts FixOptions) (folder string, err error) {
	r, err := newLive(pc, opts)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, r.held.Close()) }()
	if err := r.settledBefore(); err != nil {
		return "", err
	}
	src, err := pc.Open(ctx)
	if err != nil {
		return "", err
	}
	defer src.Close()
	m, err := Look(ctx, src, opts.looking())
	if err != nil {
		return "", err
	}
	return r.folder, Refusal(m)
}

// AsTask implements Tasking.
func (p *Wired) AsTask(ctx context.Context, args []string) error {
	program, err := p.safe()
	if err != nil {
		return taskError(err)
	}
	task := winapi.Task{Name: orderTask, Path: program, Args: args, AtOnce: true, Until: p.now().AddDate(0, 0, orderDays).Truncate(time.Second)}
	if _, err := winapi.RegisterTask.Do(ctx, p.Windows, task); err != nil {
		return taskError(err)
	}
	return nil
}

// TaskDone implements Tasking.
func (p *Wired) TaskDone(ctx context.Context) error {
	if _, err := winapi.DeleteTask.Do(ctx, p.Windows, orderTask); err != nil {
		return taskError(err)
	}
	return nil
}
