package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// removeRegistryLimit takes the limit on the registry's size out. Source: Microsoft
// KB292726.
func removeRegistryLimit(m *model.Machine, _ model.Args) ([]host.Op, error) {
	limit := m.CBS.RegistryLimit
	switch {
	case !limit.Known:
		return nil, unseenFact("cbs.registryLimit")
	case limit.Value == 0:
		return nil, nil
	}
	return []host.Op{{Kind: host.DeleteValue, To: placeOf(limit.Origin), Key: keyOf(limit.Origin), Name: "RegistrySizeLimit"}}, nil
}

// firstPadding is the build whose servicing reserves room on the EFI system partition.
const firstPadding = 26100

// espReserveLess makes servicing reserve nothing on the EFI system partition. Source:
// field guide, winre §11 (grade B).
func espReserveLess(m *model.Machine, _ model.Args) ([]host.Op, error) {
	switch {
	case !m.OS.Build.Known:
		return nil, unseenFact("os.build")
	case m.OS.Build.Value < firstPadding:
		return nil, refused("refused-old-windows", nil)
	}
	hive, err := onWindows(m, systemHive)
	if err != nil {
		return nil, err
	}
	set, err := controlSet(m)
	if err != nil {
		return nil, err
	}
	return []host.Op{{Kind: host.SetValue, To: hive, Key: set + `\Control\Bfsvc`, Name: "EspPaddingPercent", Type: regDword, Make: true}}, nil
}
