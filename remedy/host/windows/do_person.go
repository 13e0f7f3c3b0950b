package windows

import (
	"context"
	"strings"
	"time"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/winapi"
)

// conditions are those that an operation can wait for. What is not seen does not hold.
var conditions = map[string]func(*model.Machine) bool{
	"antivirus-active": func(m *model.Machine) bool { return m.Live.RealTime.Known && m.Live.RealTime.Value },
	"antivirus-paused": func(m *model.Machine) bool { return m.Live.Security.Coverage.Complete && !otherGuard(m) },
	"protection-on":    func(m *model.Machine) bool { return m.Live.Protected.Known && m.Live.Protected.Value },
	"mains-power":      func(m *model.Machine) bool { return m.Live.Power.Known && m.Live.Power.Value },
	host.InstallerIdle: func(m *model.Machine) bool { return m.Installer.Busy.Known && !m.Installer.Busy.Value },
	"update-idle":      func(m *model.Machine) bool { return m.Live.UpdateRunning.Known && !m.Live.UpdateRunning.Value },
}

// otherGuard tells whether an antivirus that is not Microsoft's watches.
func otherGuard(m *model.Machine) bool {
	for _, g := range m.Live.Security.Items {
		if g.Active && !strings.Contains(g.Name, "Defender") {
			return true
		}
	}
	return false
}

// Holds tells whether a condition of host.Op.Until holds on m; known is false for one that
// this version does not know.
func Holds(m *model.Machine, until string) (holds, known bool) {
	f, known := conditions[until]
	return known && f(m), known
}

func (h *Host) holdsNow(ctx context.Context, until string) (bool, error) {
	if _, known := conditions[until]; !known {
		return false, refused("refused-stale-plan", model.Args{"what": until})
	}
	m, err := h.look(ctx)
	return err == nil && conditions[until](m), err
}

func (h *Host) awaitPerson(ctx context.Context, op host.Op) error {
	holds, err := h.holdsNow(ctx, op.Until)
	if err == nil && !holds {
		err = &host.Interrupted{For: model.WaitPerson, Text: op.Text}
	}
	return err
}

// remindDays is how long a reminder lives if nobody takes it away.
const remindDays = 30

// ReminderTask is the name of the task of a reminder until a condition.
func ReminderTask(until string) string { return "remind-" + until }

// remind registers a reminder that asks whether its condition holds when it is started.
func (h *Host) remind(ctx context.Context, op host.Op) error {
	holds, err := h.holdsNow(ctx, op.Until)
	if err != nil {
		return err
	}
	if holds {
		return h.remindBack(ctx, op, empty{})
	}
	task := winapi.Task{Name: ReminderTask(op.Until), Path: h.Program, Args: []string{"remind", op.Text, "--until", op.Until}, AtLogOn: true,
		Until: h.Now().UTC().Add(remindDays * 24 * time.Hour).Truncate(time.Second)}
	_, err = winapi.RegisterTask.Do(ctx, h.Calls, task)
	return err
}

func (h *Host) remindBack(ctx context.Context, op host.Op, _ empty) error {
	_, err := winapi.DeleteTask.Do(ctx, h.Calls, ReminderTask(op.Until))
	return err
}
