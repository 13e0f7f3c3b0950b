package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// onceSuspended is for how many restarts protection is off while partitions change: none
// is needed; one lets Windows start after a power cut without asking for the key.
const onceSuspended = 1

// shielded suspends BitLocker of the Windows volume around ops and resumes it right
// behind them. On a disk, and where nothing is protected, ops stay as they are.
func (g *ground) shielded(ops []host.Op) ([]host.Op, error) {
	if !running(g.m) || len(ops) == 0 {
		return ops, nil
	}
	protected, err := seen(g.m.Live.Protected, "live.protected")
	if err != nil || !protected {
		return ops, err
	}
	all := []host.Op{{Kind: host.SuspendProtection, Partition: g.windows.ID, Number: onceSuspended}}
	return append(append(all, ops...), host.Op{Kind: host.ResumeProtection, Partition: g.windows.ID}), nil
}

// unlocked tells whether the encrypted Windows volume may be written: the running Windows
// itself does it, unless it is encrypting or decrypting just then.
func (g *ground) unlocked(p *model.Partition) error {
	if !running(g.m) || p != g.windows {
		return refused("refused-encrypted", model.Args{"partition": p.ID})
	}
	converting, err := seen(g.m.Live.Conversion, "live.conversion")
	if err == nil && converting {
		err = refused("refused-converting", nil)
	}
	return err
}

// suspendForSecureBoot suspends BitLocker for the two restarts that an update of the
// Secure Boot lists takes, does them and makes sure that protection is back. Source:
// Microsoft, event 1032 of TPM-WMI.
func suspendForSecureBoot(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	protected, err := seen(m.Live.Protected, "live.protected")
	switch {
	case err != nil || !protected:
		return nil, err
	case m.Windows.ID == "":
		return nil, unseenFact("windows.id")
	}
	return []host.Op{
		{Kind: host.SuspendProtection, Partition: m.Windows.ID, Number: 2},
		{Kind: host.RestartWindows},
		{Kind: host.RestartWindows},
		{Kind: host.ResumeProtection, Partition: m.Windows.ID},
	}, nil
}
