package remedy

import (
	"slices"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

// policyRules tell which values stop updates; any other policy stays. Key: the end of
// the key's path. Source: Microsoft, "Manage additional Windows Update settings", "TLS
// registry settings", policies of the Windows Installer and of component repair.
var policyRules = []struct {
	key, name string
	stops     func(value string) bool
}{
	{"", "DisableWindowsUpdateAccess", is("1")},
	{"", "SetDisableUXWUAccess", is("1")},
	{"", "DoNotConnectToWindowsUpdateInternetLocations", is("1")},
	{"", "NoAutoUpdate", is("1")},
	{`\SSL\00010002`, "Functions", func(v string) bool { return v != "" && !strings.Contains(v, "_GCM_") }},
	{`\Protocols\TLS 1.2\Client`, "Enabled", is("0")},
	{`\Protocols\TLS 1.2\Client`, "DisabledByDefault", is("1")},
	{`\Windows\Installer`, "DisableMSI", is("1", "2")},
	{`\Windows\Installer`, "DisablePatch", is("1")},
	{`\Policies\Servicing`, "UseWindowsUpdate", is("2")},
	{`\Policies\Servicing`, "LocalSourcePath", func(v string) bool { return v != "" }},
}

func is(values ...string) func(string) bool {
	return func(v string) bool { return slices.Contains(values, v) }
}

// stopsUpdates applies policyRules.
func stopsUpdates(p model.Policy) bool {
	for _, r := range policyRules {
		if strings.EqualFold(p.Name, r.name) && strings.HasSuffix(strings.ToLower(p.Key), strings.ToLower(r.key)) && r.stops(p.Value) {
			return true
		}
	}
	return false
}

// policyValueOut takes out the values that stop updates, never a whole key. On a PC that
// somebody manages nothing is taken out.
func policyValueOut(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if !m.Policies.Coverage.Complete {
		return nil, unseenFact("policies")
	}
	if managed(m) {
		return nil, refused("refused-managed", nil)
	}
	return dropValues(m, stopsUpdates), nil
}

// managed tells whether an organisation steers updates: by a server of its own, or by
// device management.
func managed(m *model.Machine) bool {
	return slices.ContainsFunc(m.Policies.Items, func(p model.Policy) bool {
		return p.Name == "UseWUServer" && p.Value == "1" || strings.HasPrefix(p.Key, `Microsoft\PolicyManager`)
	})
}

// dropValues takes those policies out that a rule picks.
func dropValues(m *model.Machine, picks func(model.Policy) bool) []host.Op {
	var ops []host.Op
	for _, p := range m.Policies.Items {
		if picks(p) {
			ops = append(ops, host.Op{Kind: host.DeleteValue, To: placeOf(p.Origin), Key: p.Key, Name: p.Name})
		}
	}
	return ops
}

// pauseKey holds what the person chose in Settings.
const pauseKey = `Microsoft\WindowsUpdate\UX\Settings`

// pauseEnd takes the pause out that the person chose in Settings. One that a policy
// sets is the organisation's.
func pauseEnd(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if !m.Policies.Coverage.Complete {
		return nil, unseenFact("policies")
	}
	paused := func(p model.Policy) bool { return strings.HasPrefix(strings.ToLower(p.Name), "pause") }
	own := func(p model.Policy) bool { return paused(p) && strings.EqualFold(p.Key, pauseKey) }
	if slices.ContainsFunc(m.Policies.Items, func(p model.Policy) bool { return paused(p) && !own(p) }) {
		return nil, refused("refused-managed", nil)
	}
	return dropValues(m, own), nil
}
