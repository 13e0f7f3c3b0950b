package remedy

import (
	"slices"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

// running tells whether the facts are those of a Windows that runs: only then services,
// tools, the update agent and BitLocker answer. In WinPE it is another one's disk.
func running(m *model.Machine) bool {
	return m.Live.Mode.Known && m.Live.Mode.Value != model.ModePE
}

// mustRun refuses what only a running Windows can do.
func mustRun(m *model.Machine) error {
	if !running(m) {
		return refused("refused-needs-windows", nil)
	}
	return nil
}

// Time limits of tools, in seconds. They are far above what the tools take (grade U):
// whoever ends a tool in the middle makes things worse.
const (
	briefly = 300   // netsh, w32tm, fsutil: seconds
	longer  = 3600  // MpCmdRun, msiexec, OfficeC2RClient: minutes
	longest = 14400 // DISM, sfc: up to an hour or two
)

// Exit codes that ask for a restart. Source: winerror.h, ERROR_SUCCESS_REBOOT_REQUIRED,
// ERROR_SUCCESS_REBOOT_INITIATED.
const (
	exitRestart = 3010
	exitStarted = 1641
)

// tool runs a program of Windows of which only exit code 0 is good.
func tool(name string, seconds int, args ...string) host.Op {
	return host.Op{Kind: host.RunTool, Name: name, Seconds: seconds, Args: args}
}

// dism works on the running Windows. Source: Microsoft, DISM command-line options: 0, and
// 3010 where /NoRestart keeps it from restarting. It says how far it is.
func dism(args ...string) host.Op {
	op := tool("dism", longest, append(append([]string{"/Online"}, args...), "/NoRestart")...)
	op.Restarts = []uint32{exitRestart}
	return op
}

// sfc checks all protected files. What its exit codes mean is not published; CBS.log tells
// what became of each file.
func sfc() host.Op {
	op := tool("sfc", longest, "/scannow")
	op.Maybe = true
	return op
}

// msiexec works on one product without a window. Source: Microsoft, Windows Installer
// error codes.
func msiexec(args ...string) host.Op {
	op := tool("msiexec", longer, append(args, "/qn", "/norestart")...)
	op.Restarts = []uint32{exitRestart, exitStarted}
	return op
}

// restartIfAsked restarts where what was done before it asks for it.
func restartIfAsked() host.Op { return host.Op{Kind: host.RestartWindows, Maybe: true} }

// updateServices use the databases of the update agent and of the catalogue service, in
// the order in which they are stopped: UsoSvc starts wuauserv again, AppIDSvc depends on
// CryptSvc. Source: Microsoft, "Reset Windows Update components"; field guide, remedies
// R4.
var updateServices = []string{"usosvc", "wuauserv", "bits", "dosvc", "appidsvc", "cryptsvc"}

// paused does ops while the update services are stopped. Those that ran are started again
// in reverse. On a disk nothing runs.
func paused(m *model.Machine, ops []host.Op) ([]host.Op, error) {
	if !running(m) || len(ops) == 0 {
		return ops, nil
	}
	if !m.Live.Services.Coverage.Complete {
		return nil, unseenFact("live.services")
	}
	var all []host.Op
	runs := runningServices(m)
	for _, name := range runs {
		all = append(all, host.Op{Kind: host.StopService, Name: name, Seconds: briefly})
	}
	all = append(all, ops...)
	for _, name := range slices.Backward(runs) {
		all = append(all, host.Op{Kind: host.StartService, Name: name, Seconds: briefly})
	}
	return all, nil
}

// runningServices are those of updateServices that do not stand still, in order.
func runningServices(m *model.Machine) []string {
	var runs []string
	for _, name := range updateServices {
		if slices.ContainsFunc(m.Live.Services.Items, func(s model.ServiceState) bool { return s.Name == name && s.State != "stopped" }) {
			runs = append(runs, name)
		}
	}
	return runs
}

// updateID finds the update that a step is about: what the update agent offers under that
// KB, else the one of the newest attempt. One without a KB, as a driver, is named itself.
func updateID(m *model.Machine, p model.Args) (string, error) {
	kb, id := textParam(p, "kb"), textParam(p, "update")
	switch {
	case kb == "" && id != "":
		return id, nil
	case kb == "":
		return "", refused("refused-stale-plan", model.Args{"what": "kb"})
	}
	for _, o := range m.Live.Offered.Items {
		if strings.EqualFold(o.KB, kb) && o.UpdateID != "" {
			return o.UpdateID, nil
		}
	}
	newest := model.Attempt{}
	for _, a := range m.Attempts.Items {
		if strings.EqualFold(a.KB, kb) && a.UpdateID != "" && !a.Store && !a.End.Before(newest.End) {
			newest = a
		}
	}
	if newest.UpdateID == "" {
		return "", refused("refused-not-offered", model.Args{"kb": kb})
	}
	return newest.UpdateID, nil
}

// agentWorks refuses what the update agent cannot do: in a session over the network
// (WinRM, SSH; not Remote Desktop) it neither
// installs nor hides (Microsoft, "Using WUA from a remote computer"), in safe mode it does
// not run.
func agentWorks(m *model.Machine) error {
	if err := mustRun(m); err != nil {
		return err
	}
	remote, err := seen(m.Live.Remote, "live.remote")
	switch {
	case err != nil:
		return err
	case m.Live.Mode.Value == model.ModeSafe:
		return refused("refused-safe-mode", nil)
	case remote && !(m.Live.System.Known && m.Live.System.Value):
		return refused("refused-remote-session", nil)
	}
	return nil
}

// namedFile is a local file that the person names for a step, with one of those ends.
func namedFile(p model.Args, name string, ends ...string) (string, error) {
	local := textParam(p, name)
	if local == "" {
		return "", refused("refused-needs-file", model.Args{"file": name})
	}
	lower := strings.ToLower(local)
	if !slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(lower, end) }) {
		return "", refused("refused-wrong-file", model.Args{"path": local, "ends": strings.Join(ends, " ")})
	}
	return local, nil
}
