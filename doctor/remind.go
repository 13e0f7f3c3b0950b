package doctor

import (
	"context"
	"errors"
	"io/fs"

	"updoc/model"
	"updoc/remedy/host/windows"
	"updoc/winapi"
)

// Reminding is a PC that takes a reminder away whose condition holds.
type Reminding interface {
	Forget(ctx context.Context, until string) error
}

// Remind tells whether a person is still to be reminded on a running Windows: the
// condition until (of host.Op) does not hold. If it holds, the task of the reminder goes.
// Error: refused-stale-plan for a condition that this version does not know.
func Remind(ctx context.Context, pc PC, until string, opts Options) (bool, error) {
	if _, known := windows.Holds(&model.Machine{}, until); !known {
		return false, &model.Error{Code: "refused-stale-plan", Args: model.Args{"what": until}}
	}
	defer fresh(ctx, pc)
	src, err := pc.Open(ctx)
	if err != nil {
		return false, err
	}
	defer src.Close()
	m, err := Look(ctx, src, opts)
	if err != nil {
		return false, err
	}
	if holds, _ := windows.Holds(m, until); !holds {
		return true, nil
	}
	if r, ok := pc.(Reminding); ok {
		err = r.Forget(ctx, until)
	}
	return false, err
}

// Forget implements Reminding. Whoever signs in may not be allowed to delete a task that
// an administrator has made: it then stays silent until it deletes itself.
func (p *Wired) Forget(ctx context.Context, until string) error {
	_, err := winapi.DeleteTask.Do(ctx, p.Windows, windows.ReminderTask(until))
	if err == nil || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return taskError(err)
}
