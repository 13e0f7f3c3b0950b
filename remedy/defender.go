package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// platformKB is the update of Defender's platform. Source: Microsoft KB4052623.
const platformKB = "KB4052623"

// mpcmdrun runs Defender's own tool. 2 can mean that it failed and that there was nothing
// to do, so only 0 is good. Source: Microsoft, "Configure Defender with MpCmdRun".
func mpcmdrun(args ...string) host.Op { return tool("mpcmdrun", longer, args...) }

// signatureUpdate fetches the newest definitions.
func signatureUpdate() host.Op { return mpcmdrun("-SignatureUpdate") }

// defenderOn refuses where Defender does not protect this PC: it is gone, switched off, or
// stands back beside another antivirus.
func defenderOn(m *model.Machine) error {
	if err := mustRun(m); err != nil {
		return err
	}
	d := m.Defender
	for _, f := range []struct {
		fact model.Fact[bool]
		good bool
		name string
	}{{d.Service, true, "defender.service"}, {d.Files, true, "defender.files"}, {d.Off, false, "defender.off"}} {
		is, err := seen(f.fact, f.name)
		if err != nil {
			return err
		}
		if is != f.good {
			return refused("refused-defender-off", nil)
		}
	}
	if d.Passive.Known && d.Passive.Value {
		return refused("refused-defender-off", nil)
	}
	return nil
}

// updatePlatform renews the program before the definitions that it loads.
func updatePlatform(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := defenderOn(m); err != nil {
		return nil, err
	}
	var ops []host.Op
	if id, err := updateID(m, model.Args{"kb": platformKB}); err == nil && agentWorks(m) == nil && offered(m, id) {
		ops = append(ops, host.Op{Kind: host.InstallUpdate, Name: id, Seconds: longer})
	}
	return append(ops, signatureUpdate()), nil
}

func offered(m *model.Machine, id string) bool {
	for _, o := range m.Live.Offered.Items {
		if o.UpdateID == id {
			return true
		}
	}
	return false
}

// refreshDefinitions takes the added definitions out and fetches them anew at once. A
// program that does not fit its service must be put right first.
func refreshDefinitions(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := defenderOn(m); err != nil {
		return nil, err
	}
	missing, err := seen(m.Defender.PlatformMissing, "defender.platformMissing")
	if err != nil {
		return nil, err
	}
	if missing {
		return nil, refused("refused-platform-first", nil)
	}
	return []host.Op{mpcmdrun("-RemoveDefinitions", "-DynamicSignatures"), signatureUpdate()}, nil
}

// resetPlatform goes back to the program that came with Windows, then forward again.
func resetPlatform(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	missing, err := seen(m.Defender.PlatformMissing, "defender.platformMissing")
	if err != nil || !missing {
		return nil, err
	}
	return []host.Op{mpcmdrun("-ResetPlatform"), signatureUpdate()}, nil
}

// installDefender adds the feature of a server again. Source: Microsoft, "Microsoft
// Defender Antivirus on Windows Server": the feature Windows-Defender.
func installDefender(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	family, err := seen(m.OS.Family, "os.family")
	if err != nil {
		return nil, err
	}
	there, err := seen(m.Defender.Service, "defender.service")
	switch {
	case err != nil || there:
		return nil, err
	case family != "server":
		return nil, refused("refused-not-a-server", nil)
	}
	return []host.Op{dism("/Enable-Feature", "/FeatureName:Windows-Defender", "/All"), restartIfAsked()}, nil
}
