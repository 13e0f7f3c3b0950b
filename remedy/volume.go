package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// checkVolume looks at the file system while Windows runs. The meaning of chkdsk's exit
// codes with /scan is not published; the event log tells what it found.
func checkVolume(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	op := tool("chkdsk", longest, "%SystemDrive%", "/scan")
	op.Maybe = true
	return []host.Op{op}, nil
}

// repairVolume lets Windows check and mend a volume that is marked, before it starts.
// Source: Microsoft, fsutil dirty.
func repairVolume(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	dirty, err := seen(m.Windows.Dirty, "windows.dirty")
	if err != nil || !dirty {
		return nil, err
	}
	return []host.Op{{Kind: host.RestartWindows}}, nil
}

// resetNetwork puts the Winsock catalogue back to its initial state, which takes effect at
// the next start. A PC that somebody manages may need what that takes out.
func resetNetwork(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	if !m.Policies.Coverage.Complete {
		return nil, unseenFact("policies")
	}
	if managed(m) {
		return nil, refused("refused-managed", nil)
	}
	return []host.Op{tool("netsh", briefly, "winsock", "reset"), {Kind: host.RestartWindows}}, nil
}
