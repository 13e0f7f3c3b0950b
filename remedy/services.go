package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// Start types of services and drivers.
const (
	startAutomatic = 2
	startManual    = 3
	startDisabled  = 4
)

// standardStart are the start types of services that updating needs; those left out
// change by themselves or are nobody's business (ose). Source: field guide, artifacts
// §5 with its corrections; Windows 10 1709 and 22H2 (grade L).
var standardStart = map[string]uint64{
	"wuauserv": startManual, "msiserver": startManual, "appidsvc": startManual, "appxsvc": startManual,
	"appreadiness": startManual, "wlidsvc": startManual, "bits": startManual, "trustedinstaller": startManual,
	"cryptsvc": startAutomatic, "dosvc": startAutomatic, "usosvc": startAutomatic, "bfe": startAutomatic,
	"mpssvc": startAutomatic, "schedule": startAutomatic, "rpceptmapper": startAutomatic,
}

// firstWindows10 is the build from which standardStart is known.
const firstWindows10 = 10240

// serviceStartType gives the services that updating needs their standard start type
// back. Only "disabled" is drift: some change between manual and automatic by
// themselves.
func serviceStartType(m *model.Machine, _ model.Args) ([]host.Op, error) {
	switch {
	case !m.Services.Coverage.Complete:
		return nil, unseenFact("services")
	case !m.OS.Build.Known:
		return nil, unseenFact("os.build")
	case m.OS.Build.Value < firstWindows10:
		return nil, refused("refused-old-windows", nil)
	}
	var ops []host.Op
	for _, s := range m.Services.Items {
		standard, ours := standardStart[s.Name]
		if ours && s.Start.Known && s.Start.Value == startDisabled {
			ops = append(ops, setStart(s.Start.Origin, standard))
		}
	}
	return ops, nil
}

// setStart sets the start type of the service or driver whose Start was read at o.
func setStart(o model.Origin, start uint64) host.Op {
	return host.Op{Kind: host.SetValue, To: placeOf(o), Key: keyOf(o), Name: "Start", Type: regDword, Number: start}
}
