package remedy

import (
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

// Registry types. Source: winnt.h.
const (
	regText   = 1
	regExpand = 2
)

// removeEndOfLife takes the entries of inbox apps out, one key each.
func removeEndOfLife(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	if !m.EndOfLife.Coverage.Complete {
		return nil, unseenFact("endOfLife")
	}
	var ops []host.Op
	for _, e := range m.EndOfLife.Items {
		if strings.Contains(e.Name, "Microsoft") && e.Origin.Key != "" {
			ops = append(ops, host.Op{Kind: host.DeleteKey, To: placeOf(e.Origin), Key: keyOf(e.Origin)})
		}
	}
	return ops, nil
}

// proxyDirect takes WinHTTP's own proxy out: without the value it goes the direct way.
// Source: field guide, artifacts §9.
func proxyDirect(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	proxy, err := seen(m.Agent.Proxy, "agent.proxy")
	switch {
	case err != nil || proxy == "":
		return nil, err
	case !m.Policies.Coverage.Complete:
		return nil, unseenFact("policies")
	case managed(m):
		return nil, refused("refused-managed", nil)
	}
	at := m.Agent.Proxy.Origin
	return []host.Op{{Kind: host.DeleteValue, To: placeOf(at), Key: keyOf(at), Name: "WinHttpSettings"}}, nil
}

// restoreWimMount registers the driver that opens images again, as Windows 10 and 11 have
// it. Source: Microsoft, "Troubleshoot error 0x80070002 (WIMMOUNT.sys)".
func restoreWimMount(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	if !m.Services.Coverage.Complete {
		return nil, unseenFact("services")
	}
	for _, s := range m.Services.Items {
		if s.Name == "wimmount" && s.Present.Known && s.Present.Value && s.Image.Known && s.Image.Value != "" {
			return nil, nil
		}
	}
	hive, err := onWindows(m, systemHive)
	if err != nil {
		return nil, err
	}
	set, err := controlSet(m)
	if err != nil {
		return nil, err
	}
	key := set + `\Services\WIMMount`
	value := func(below, name string, kind uint32, number uint64, text string) host.Op {
		return host.Op{Kind: host.SetValue, To: hive, Key: key + below, Name: name, Type: kind, Number: number, Text: text, Make: true}
	}
	return []host.Op{
		value("", "Type", regDword, 2, ""),
		value("", "Start", regDword, startManual, ""),
		value("", "ErrorControl", regDword, 1, ""),
		value("", "ImagePath", regExpand, 0, `system32\drivers\wimmount.sys`),
		value("", "Group", regText, 0, "FSFilter Infrastructure"),
		value(`\Instances`, "DefaultInstance", regText, 0, "WIMMount"),
		value(`\Instances\WIMMount`, "Altitude", regText, 0, "180700"),
		value(`\Instances\WIMMount`, "Flags", regDword, 0, ""),
	}, nil
}

// setCompatFlag sets the mark by which updates know that the antivirus is compatible.
// Whether it is the gate av-compatible asks. Source: Microsoft KB4072699.
func setCompatFlag(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	set, err := seen(m.OS.QualityCompat, "os.qualityCompat")
	if err != nil || set {
		return nil, err
	}
	hive, err := onWindows(m, softwareHive)
	if err != nil {
		return nil, err
	}
	return []host.Op{{Kind: host.SetValue, To: hive, Key: `Microsoft\Windows\CurrentVersion\QualityCompat`,
		Name: "cadca5fe-87d3-4b96-b7fb-a231484277cc", Type: regDword, Make: true}}, nil
}
