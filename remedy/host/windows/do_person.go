package windows

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/winapi"
)

// conditions are those that an operation can wait for. What is not seen does not hold.
var conditions = map[string]func(*model.Machine) bool{
	host.AntivirusActive: func(m *model.Machine) bool { return m.Live.RealTime.Known && m.Live.RealTime.Value },
	host.AntivirusPaused: func(m *model.Machine) bool { return m.Live.Security.Coverage.Complete && !otherGuard(m) },
	host.InstallerIdle:   func(m *model.Machine) bool { return m.Installer.Busy.Known && !m.Installer.Busy.Value },
}

// guardsFile holds the ids of those that watched when the journal was begun: Defender
// takes the place of one that is paused, and that is not all that is waited for.
const guardsFile = "guards.json"

func (h *Host) rememberGuards(m *model.Machine) error {
	ids := []string{}
	for _, g := range m.Live.Security.Items {
		if g.Active {
			ids = append(ids, idOf(g))
		}
	}
	raw, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	return h.writeWhole(join(h.Keep, guardsFile), raw)
}

// idOf is what a product is known by: names change with the language and with versions.
func idOf(g model.Guard) string { return cmp.Or(strings.ToLower(g.ID), g.Name) }

// asBefore tells whether all those watch again.
func (h *Host) asBefore(m *model.Machine) (bool, error) {
	raw, err := h.readWhole(join(h.Keep, guardsFile))
	if isGone(err) {
		return true, nil
	}
	var ids []string
	if err == nil {
		err = json.Unmarshal(raw, &ids)
	}
	for _, id := range ids {
		if !slices.ContainsFunc(m.Live.Security.Items, func(g model.Guard) bool { return g.Active && idOf(g) == id }) {
			return false, err
		}
	}
	return err == nil, err
}

// otherGuard tells whether an antivirus that is not Microsoft's watches.
func otherGuard(m *model.Machine) bool {
	for _, g := range m.Live.Security.Items {
		if g.Active && !g.Microsofts() {
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
	holds, known := conditions[until]
	if !known {
		return false, refused("refused-stale-plan", model.Args{"what": until})
	}
	m, err := h.look(ctx)
	if err != nil || !holds(m) || until != host.AntivirusActive {
		return err == nil && holds(m), err
	}
	return h.asBefore(m)
}

func (h *Host) awaitPerson(ctx context.Context, op host.Op) error {
	holds, err := h.holdsNow(ctx, op.Until)
	if err == nil && !holds {
		err = &host.Interrupted{For: model.WaitPerson, Text: op.Text}
	}
	return err
}

// askActive is the id of what the person is asked when an antivirus is still paused.
const askActive = "ask.antivirus-active"

// awaitBack lets nobody go on without an antivirus.
func (h *Host) awaitBack(ctx context.Context, op host.Op, _ empty) error {
	if op.Until != host.AntivirusPaused {
		return nil
	}
	return h.awaitPerson(ctx, host.Op{Text: askActive, Until: host.AntivirusActive})
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
