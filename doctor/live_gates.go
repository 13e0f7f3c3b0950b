package doctor

import (
	"slices"

	"updoc/model"
	"updoc/remedy/host"
)

// Gates that a running Windows answers.
const (
	power         = "power"
	workSaved     = "work-saved"
	noUpdate      = "no-update-running"
	noCluster     = "no-cluster"
	notConverting = "not-converting"
	roomLeft      = "enough-room"
	noRestart     = "no-restart-pending"
	diskHealthy   = "disk-healthy"
)

// longSeconds is a step during which a laptop should not run out of power.
const longSeconds = 600

// keepFree is what a step leaves free on the volume of Windows, in bytes.
const keepFree = 1 << 30

// partitionWork are the operations that change a partition table.
var partitionWork = []string{host.ShrinkVolume, host.ResizeRecovery, host.CreateRecovery, host.SetPartitionType}

// longWork are the operations that must not be cut off by an empty battery.
var longWork = append([]string{host.RunTool, host.InstallUpdate, host.ServiceImage, host.Recompress}, partitionWork...)

func hasAny(ops []host.Op, kinds []string) bool {
	return slices.ContainsFunc(ops, func(op host.Op) bool { return slices.Contains(kinds, op.Kind) })
}

// liveGates says why a step may not be done right now: a reason and the gate that is not
// open; empty: it may. m was read just now.
func (o FixOptions) liveGates(s model.Step, ops []host.Op, m *model.Machine) (detail, gate string) {
	for _, g := range ownGates(s, ops, m) {
		if state := stateOf(g.fact); state != model.GateOpen && !(state == model.GateUnseen && g.unseen) {
			return refusalOf(state), g.id
		}
	}
	for _, g := range s.Gates {
		state := gateNow(g, m)
		switch {
		case state == model.GateOpen:
		case state == model.GateClosed:
			return gateClosed, g.ID
		case g.ID == backup && o.settled(s.Risk), slices.Contains(o.Accept, g.ID):
		case g.ID == backup:
			return backupNeeded, g.ID
		default:
			return gateUnseen, g.ID
		}
	}
	if s.Risk >= model.RiskHard && !o.settled(s.Risk) {
		return riskUnsettled, ""
	}
	return "", ""
}

func refusalOf(state string) string {
	if state == model.GateClosed {
		return gateClosed
	}
	return gateUnseen
}

func stateOf(f model.Fact[bool]) string {
	switch {
	case !f.Known:
		return model.GateUnseen
	case f.Value:
		return model.GateOpen
	}
	return model.GateClosed
}

func not(f model.Fact[bool]) model.Fact[bool] {
	f.Value = !f.Value
	return f
}

// ownGate is a gate of every step of a kind, whatever its remedy says. unseen: it counts
// as open if it is not known.
type ownGate struct {
	id     string
	fact   model.Fact[bool]
	unseen bool
}

func ownGates(s model.Step, ops []host.Op, m *model.Machine) []ownGate {
	var out []ownGate
	table := s.Risk == model.RiskPartition || hasAny(ops, partitionWork)
	if s.Risk > model.RiskLook || hasAny(ops, longWork) {
		out = append(out, ownGate{noCluster, not(m.Live.Cluster), true}, ownGate{roomLeft, room(s, m), s.Bytes == 0})
	}
	if table || s.Seconds >= longSeconds && hasAny(ops, longWork) {
		out = append(out, ownGate{power, m.Live.Power, !table})
	}
	if table {
		out = append(out, ownGate{noRestart, not(m.Pending.Any), false}, ownGate{notConverting, not(m.Live.Conversion), false},
			ownGate{noUpdate, asked(m.Live.UpdateRunning), false}, ownGate{diskHealthy, healthy(m), true})
	}
	return out
}

// asked: it was looked whether an update is being installed; for one that is, every step
// waits.
func asked(f model.Fact[bool]) model.Fact[bool] {
	f.Value = true
	return f
}

// room: what the step needs, and something is left.
func room(s model.Step, m *model.Machine) model.Fact[bool] {
	free := m.Windows.Free
	return model.Fact[bool]{Known: free.Known && s.Bytes > 0, Value: free.Value >= s.Bytes+keepFree, Origin: free.Origin, Why: free.Why}
}

// healthy: no disk says of itself that it is failing.
func healthy(m *model.Machine) model.Fact[bool] {
	out := model.Fact[bool]{}
	for _, d := range m.Disks.Items {
		if d.Health.Known {
			out.Known, out.Value = true, d.Health.Value != "failing"
		}
		if d.Health.Value == "failing" {
			break
		}
	}
	return out
}

// gateNow is the state of a gate of a remedy on a running Windows, where some are
// other than on a disk: the volume is in use, so its log is never closed, and it is
// not hibernated.
func gateNow(g model.Gate, m *model.Machine) string {
	switch g.ID {
	case power:
		if m.Live.Power.Known {
			return stateOf(m.Live.Power)
		}
	case "windows-clean":
		return stateOf(not(m.Windows.Dirty))
	case "not-hibernated":
		return model.GateOpen
	case "recovery-key":
		if m.Live.Protected.Known && !m.Live.Protected.Value {
			return model.GateOpen
		}
	}
	return g.State
}
