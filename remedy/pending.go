package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

const (
	servicingKey    = `Microsoft\Windows\CurrentVersion\Component Based Servicing`
	rebootKey       = servicingKey + `\RebootPending`
	autoUpdateKey   = `Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired`
	sessionsKey     = servicingKey + `\SessionsPending`
	driverQueueKey  = servicingKey + `\DriverOperations`
	pendingXML      = `Windows\WinSxS\pending.xml`
	maxOpenSessions = 1 // more than one: what they wait for is not understood
)

// componentsQueue are the values by which the component store remembers the queue of
// pending.xml. Without the file they would make it look for it for ever.
var componentsQueue = []string{"PendingXmlIdentifier", "NextQueueEntryIndex", "AdvancedInstallersNeedResolving"}

// clearPendingState clears what a restart did not end: a stale queue of drivers, the
// unfinished session, its flags; pending.xml is renamed. Left alone are renames of files
// (Windows does them at its next start, and they are other programs' too) and
// PackagesPending (what it means is not published). What is only a few hours old, or in
// the middle of being carried out, is refused.
func clearPendingState(m *model.Machine, _ model.Args) ([]host.Op, error) {
	p := m.Pending
	if !p.Any.Known || !p.DriverOperations.Known || !p.PendingXML.Known || !p.OpenSessions.Known || !p.InProgress.Known {
		return nil, unseenFact("pending")
	}
	hive, err := onWindows(m, softwareHive)
	if err != nil {
		return nil, err
	}
	var ops []host.Op
	if p.DriverOperations.Value > 0 {
		ops = append(ops, host.Op{Kind: host.DeleteKey, To: hive, Key: driverQueueKey})
	}
	if !p.Any.Value {
		return ops, nil
	}
	if err := trulyStuck(p); err != nil {
		return nil, err
	}
	for _, f := range []struct {
		set model.Fact[bool]
		key string
	}{{p.CBSReboot, rebootKey}, {p.UpdateReboot, autoUpdateKey}} {
		if f.set.Known && f.set.Value {
			ops = append(ops, host.Op{Kind: host.DeleteKey, To: hive, Key: f.key})
		}
	}
	ops = append(ops, endSession(p, hive)...)
	queue, err := dropQueue(m)
	if err != nil {
		return nil, err
	}
	return append(ops, queue...), nil
}

// trulyStuck refuses what Windows may still end by itself.
func trulyStuck(p model.Pending) error {
	switch {
	case p.InProgress.Value:
		return refused("refused-servicing-in-progress", nil)
	case !p.Survived.Known:
		return unseenFact("pending.survived")
	case !p.Survived.Value:
		return refused("refused-restart-first", nil)
	case p.OpenSessions.Value > maxOpenSessions:
		return refused("refused-several-sessions", model.Args{"sessions": p.OpenSessions.Value})
	}
	return nil
}

// endSession takes the one unfinished session out, and lets others in again.
func endSession(p model.Pending, hive host.Place) []host.Op {
	if p.OpenSessions.Value == 0 {
		return nil
	}
	return []host.Op{
		{Kind: host.DeleteKey, To: hive, Key: keyOf(p.OpenSessions.Origin)},
		{Kind: host.SetValue, To: hive, Key: sessionsKey, Name: "Exclusive", Type: regDword},
	}
}

// dropQueue sets pending.xml aside and lets the component store forget it. A running
// Windows has the hive of the store loaded only while it services: both can only be done
// together on a disk.
func dropQueue(m *model.Machine) ([]host.Op, error) {
	if !m.Pending.PendingXML.Value {
		return nil, nil
	}
	if running(m) {
		return nil, refused("refused-hive", model.Args{"path": componentsHive})
	}
	ops, err := aside(m, pendingXML)
	if err != nil {
		return nil, err
	}
	hive, err := onWindows(m, componentsHive)
	if err != nil {
		return nil, err
	}
	for _, name := range componentsQueue {
		ops = append(ops, host.Op{Kind: host.DeleteValue, To: hive, Name: name})
	}
	return ops, nil
}
