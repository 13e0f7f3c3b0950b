package collect

import (
	"fmt"
	"slices"
	"strings"

	"updoc/format/regf"
	"updoc/model"
)

const (
	firewallLimit  = 1000
	firewallValues = 20000 // rules of one key that are looked at
	firewallPolicy = `Policies\Microsoft\WindowsFirewall\FirewallRules`
)

// firewallKeys hold the firewall's rules as text, below the control set. Those of
// RestrictedServices are Windows' own: they close services that need no network.
var firewallKeys = []string{
	`\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules`,
	`\Services\SharedAccess\Parameters\FirewallPolicy\RestrictedServices\Static\System`,
	`\Services\SharedAccess\Parameters\FirewallPolicy\RestrictedServices\Configurable\System`,
}

// firewall fills Machine.Agent.Firewall with the rules in force that block what goes
// out.
func firewall(d *desk) {
	w := firewallWalk{items: []model.FirewallRule{}}
	h, set := d.system()
	for _, path := range firewallKeys {
		w.key(h, set+path)
	}
	w.key(d.software(), firewallPolicy)
	if firewallOff(h, set) {
		for i := range w.items {
			w.items[i].Update = false
		}
	}
	d.m.Agent.Firewall = model.List[model.FirewallRule]{Items: w.items, Coverage: model.Coverage{Complete: w.why == nil, Why: w.why}}
}

// firewallOff tells whether the firewall, or a part of it, is switched off: then a rule
// proves nothing.
func firewallOff(h *hive, set string) bool {
	off := func(path, name string, value int64) bool {
		f := h.present(set+path, name)
		return f.Known && f.Value == value
	}
	const policy = `\Services\SharedAccess\Parameters\FirewallPolicy\`
	return off(policy+"StandardProfile", "EnableFirewall", 0) || off(policy+"PublicProfile", "EnableFirewall", 0) || off(`\Services\mpssvc`, "Start", 4)
}

type firewallWalk struct {
	items []model.FirewallRule
	why   *model.Unseen
}

func (w *firewallWalk) key(h *hive, path string) {
	k, ok, why := h.key(path)
	w.why = firstWhy(w.why, why)
	if !ok {
		return
	}
	values, err := k.Values()
	if err != nil {
		w.why = h.damaged(err)
	}
	if len(values) > firewallValues {
		values, w.why = values[:firewallValues], tooMany("firewall rules", firewallValues)
	}
	for _, v := range values {
		if v.Type() != regf.SZ && v.Type() != regf.ExpandSZ {
			continue // no rule is anything but a text
		}
		text, err := v.String()
		if err != nil {
			w.why = h.damaged(err)
			continue
		}
		if rule, ok := blockingRule(text); ok {
			rule.Policy = path == firewallPolicy
			rule.Origin = h.origin(path, v.Name(), v.Offset())
			w.add(rule)
		}
	}
}

func (w *firewallWalk) add(r model.FirewallRule) {
	if len(w.items) >= firewallLimit {
		w.why = tooMany("firewall rules", firewallLimit)
		return
	}
	w.items = append(w.items, r)
}

func tooMany(what string, limit int) *model.Unseen {
	return &model.Unseen{Artifact: "hive", Reason: model.ReasonUnsupported, Detail: fmt.Sprintf("more than %d %s", limit, what), How: model.HowNothing}
}

// blockingRule reads "v2.30|Action=Block|Active=TRUE|Dir=Out|App=…|Svc=…|RA4=…|Name=…|".
// Rules of RestrictedServices have no Active: they are in force. Source: samples
// regipy__SYSTEM and regipy__SYSTEM_B.
func blockingRule(text string) (model.FirewallRule, bool) {
	if !strings.HasPrefix(strings.ToLower(text), "v2.") {
		return model.FirewallRule{}, false
	}
	part := map[string]string{}
	var remote, profiles []string
	for _, p := range strings.Split(text, "|")[1:] {
		name, value, _ := strings.Cut(p, "=")
		name = strings.ToLower(name)
		part[name] = value
		if name == "ra4" || name == "ra6" || name == "ra42" || name == "ra62" {
			remote = append(remote, value)
		}
		if name == "profile" {
			profiles = append(profiles, strings.ToLower(value))
		}
	}
	on := part["active"] == "" || strings.EqualFold(part["active"], "TRUE")
	if !on || !strings.EqualFold(part["action"], "Block") || !strings.EqualFold(part["dir"], "Out") {
		return model.FirewallRule{}, false
	}
	r := model.FirewallRule{Name: part["name"], Program: part["app"], Service: part["svc"], Remote: strings.Join(remote, ",")}
	everywhere := len(profiles) == 0 || slices.Contains(profiles, "private") && slices.Contains(profiles, "public")
	r.Update = everywhere && blocksUpdates(r, part)
	return r, true
}

// updateServices fetch updates; updatePrograms do it for them.
var (
	updateServices = []string{"wuauserv", "bits", "dosvc", "usosvc"}
	updatePrograms = []string{"svchost.exe", "wuauclt.exe", "mousocoreworker.exe", "usoclient.exe"}
)

// narrowing are parts that aim a rule at some accounts, apps, networks or ports only.
var narrowing = []string{"luauth", "luown", "apppkgid", "lport", "la4", "la6", "iftype", "if", "security", "ttk", "platform"}

// blocksUpdates tells whether a rule keeps the update services from every server. One
// that names addresses, or ports other than the web's, may be aimed at something else.
func blocksUpdates(r model.FirewallRule, part map[string]string) bool {
	if r.Remote != "" || !slices.Contains([]string{"", "80", "443"}, part["rport"]) || !slices.Contains([]string{"", "6", "256"}, part["protocol"]) {
		return false
	}
	for _, name := range narrowing {
		if part[name] != "" {
			return false
		}
	}
	if r.Service != "" && r.Service != "*" {
		return slices.Contains(updateServices, strings.ToLower(r.Service))
	}
	program := strings.ToLower(r.Program)
	return slices.Contains(updatePrograms, program[strings.LastIndexByte(program, '\\')+1:])
}
