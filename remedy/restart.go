package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// restart lets Windows finish what waits for a restart.
func restart(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	pending, err := seen(m.Pending.Any, "pending.any")
	if err != nil || !pending {
		return nil, err
	}
	return []host.Op{{Kind: host.RestartWindows}}, nil
}

// waitForInstaller waits until the other installation has ended; nobody ends it but the
// person.
func waitForInstaller(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	busy, err := seen(m.Installer.Busy, "installer.busy")
	if err != nil || !busy {
		return nil, err
	}
	return []host.Op{{Kind: host.AwaitPerson, Text: "ask.installer-idle", Until: host.InstallerIdle}}, nil
}
