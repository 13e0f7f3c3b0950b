package doctor

import (
	"cmp"
	"slices"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

// Pitfall is an environment in which something does not work, known before anything is
// done. Its code has an error text that says so and what to do.
type Pitfall struct {
	Code string
	Args model.Args
	Fix  bool // nothing can be repaired here
	Exit int  // of a refused fix; 0 where Fix is false
}

// Oldest builds that a running Windows is repaired on: Windows 10 1809, Server 2016.
const (
	oldestClient = 17763
	oldestServer = 14393
)

// Pitfalls goes through the facts about how Windows runs. It is pure. What was not seen
// is no pitfall, but for the rights of this program.
func Pitfalls(m *model.Machine) []Pitfall {
	live, is := m.Live, func(f model.Fact[bool]) bool { return f.Known && f.Value }
	mode := live.Mode.Value
	var out []Pitfall
	add := func(met bool, p Pitfall) {
		if met {
			out = append(out, p)
		}
	}
	refused := func(code string, args model.Args) Pitfall {
		return Pitfall{Code: code, Args: args, Fix: true, Exit: exitRefused}
	}
	add(mode == model.ModePE, refused("live-in-winpe", nil))
	add(m.OS.Architecture.Value == "x86", refused("live-32-bit", nil))
	add(tooOld(m), refused("live-too-old", model.Args{"version": m.OS.Version.Value}))
	add(mode == model.ModeSetup, refused("live-in-setup", nil))
	add(mode == model.ModeAudit, refused("live-in-audit", nil))
	add(mode == model.ModeSafe, refused("live-safe-mode", nil))
	add(!is(live.Admin) && !is(live.System), Pitfall{Code: "live-not-administrator", Fix: true, Exit: 2})
	add(is(live.SMode), Pitfall{Code: "live-s-mode"})
	add(is(live.AppControl), Pitfall{Code: "live-app-control"})
	add(remote(m), Pitfall{Code: "live-remote"})
	add(is(live.Cluster), Pitfall{Code: "live-cluster"})
	for _, t := range live.Tools.Items {
		add(t.Works.Known && !t.Works.Value, Pitfall{Code: "live-tool-off", Args: model.Args{"tool": toolName(t.Name)}})
	}
	return out
}

// limits are the pitfalls as a plan tells them. That somebody is no administrator is said
// by what was not seen; a missing tool by the step that needs it.
func limits(m *model.Machine) []model.Limit {
	var out []model.Limit
	for _, p := range Pitfalls(m) {
		if p.Code != "live-not-administrator" && p.Code != "live-tool-off" {
			out = append(out, model.Limit{Code: p.Code, Args: p.Args})
		}
	}
	return out
}

func tooOld(m *model.Machine) bool {
	oldest := int64(oldestClient)
	if strings.EqualFold(m.OS.InstallationType.Value, "Server") || m.OS.Family.Value == "server" {
		oldest = oldestServer
	}
	return m.OS.Build.Known && m.OS.Build.Value < oldest
}

// remote: the update agent neither installs nor hides in a session over the network, but for
// SYSTEM. Source: Microsoft, Using WUA from a remote computer.
func remote(m *model.Machine) bool {
	return m.Live.Remote.Known && m.Live.Remote.Value && !m.Live.System.Value
}

// Refusal is the first pitfall with which nothing can be repaired on this Windows; nil if
// there is none.
func Refusal(m *model.Machine) error {
	for _, p := range Pitfalls(m) {
		if p.Fix {
			return &model.Error{Code: p.Code, Exit: p.Exit, Args: p.Args}
		}
	}
	return nil
}

// toolOf names the part of Windows that an operation needs, as model.Tool does; empty: none
// that could be switched off.
func toolOf(op host.Op) string {
	switch op.Kind {
	case host.RunTool:
		return op.Name
	case host.SetWinRE:
		return "reagentc"
	case host.InstallUpdate, host.HideUpdate:
		return "wua"
	case host.ServiceImage, host.Recompress, host.ExtractWim:
		return "dism"
	case host.ShrinkVolume, host.ResizeRecovery, host.CreateRecovery, host.SetPartitionType, host.SuspendProtection, host.ResumeProtection:
		return "wmi"
	case host.Remind:
		return "task-scheduler"
	}
	return ""
}

// toolNames are the names of tools as a person knows them, in every language.
var toolNames = map[string]string{
	"dism": "DISM", "wmi": "WMI", "vss": "VSS", "wua": "Windows Update (wuauserv)", "task-scheduler": "Task Scheduler (Schedule)", "mpcmdrun": "MpCmdRun",
}

func toolName(id string) string { return cmp.Or(toolNames[id], id) }

// lacking is why operations cannot be done in this environment: the code of an error;
// empty: they can.
func lacking(m *model.Machine, ops []host.Op) (code string, args model.Args) {
	if remote(m) && hasAny(ops, []string{host.InstallUpdate, host.HideUpdate}) {
		return "live-remote", nil
	}
	for _, op := range ops {
		needs := toolOf(op)
		off := slices.ContainsFunc(m.Live.Tools.Items, func(t model.Tool) bool { return t.Name == needs && t.Works.Known && !t.Works.Value })
		if needs != "" && off {
			return "live-tool-off", model.Args{"tool": toolName(needs)}
		}
	}
	return "", nil
}
