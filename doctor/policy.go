package doctor

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

// policyKey is where administrators say what updoc may do on a PC, below SOFTWARE.
const policyKey = `Policies\updoc`

// Values of policyKey. Group policy writes them with the templates of `updoc export
// admx`.
const (
	policyMaxRisk = "MaxRisk"          // REG_SZ R0…R4
	policyAllowed = "AllowedRemedies"  // REG_MULTI_SZ, ids
	policyDenied  = "DeniedRemedies"   // REG_MULTI_SZ, ids
	policyRestart = "AllowRestart"     // DWORD: 0 no, 1 yes
	policyForbids = "policy-forbids"   // reason of a step that a policy does not allow
	policyUnclear = "policy-malformed" // the same, because a value cannot be understood
)

// MachinePolicy is what the administrators of a PC let updoc do to it. It wins over every
// flag and every yes, and it can only forbid: whoever forges one gains nothing. The zero
// value forbids nothing.
//
// It belongs to the PC that is repaired, not to the computer that updoc runs on: it is read
// from the facts of the patient and counts for a running Windows and for its disk in a
// repair shop alike. A company that lets nobody touch the partitions of its PCs means the
// PCs, wherever they are opened, and a rule that a screwdriver takes away is none. Whoever
// owns such a disk now asks its administrators; looking, backing up and explaining are
// never forbidden.
//
// A value that cannot be understood is named and read in its strictest sense. A policy
// that nobody could see (the hive is damaged) is no policy: nothing says that there is
// one, and a damaged hive is what updoc is called for.
type MachinePolicy struct {
	MaxRisk   string   // highest risk; empty: no limit
	Allowed   []string // ids of the only remedies that may be done; nil: all
	Denied    []string // ids of remedies that may not be done
	NoRestart bool     // updoc does not restart the PC; a person may
	Malformed []string // names of the values that could not be understood

	set map[string]string // the values as they stand, by name
}

// PolicyOf reads the policy from the facts of a machine.
func PolicyOf(m *model.Machine) MachinePolicy {
	p := MachinePolicy{set: map[string]string{}}
	for _, v := range m.Policies.Items {
		if strings.EqualFold(v.Key, policyKey) {
			p.take(v.Name, v.Value)
		}
	}
	if len(p.set) > 0 && !m.Policies.Coverage.Complete {
		p.lacking()
	}
	return p
}

func (p *MachinePolicy) take(name, value string) {
	switch {
	case strings.EqualFold(name, policyMaxRisk):
		p.set[policyMaxRisk] = value
		p.MaxRisk = strings.ToUpper(strings.TrimSpace(value))
		if !slices.Contains([]string{model.RiskLook, model.RiskReversible, model.RiskCostly, model.RiskHard, model.RiskPartition}, p.MaxRisk) {
			p.MaxRisk = model.RiskLook
			p.malformed(policyMaxRisk)
		}
	case strings.EqualFold(name, policyAllowed):
		p.set[policyAllowed] = value
		p.allow(p.ids(policyAllowed, value))
	case strings.EqualFold(name, policyDenied):
		p.set[policyDenied] = value
		p.Denied = p.ids(policyDenied, value)
		if slices.Contains(p.Malformed, policyDenied) {
			p.allow(nil) // what was meant to be denied is not known
		}
	case strings.EqualFold(name, policyRestart):
		p.set[policyRestart] = value
		p.NoRestart = strings.TrimSpace(value) != "1"
		if !slices.Contains([]string{"0", "1"}, strings.TrimSpace(value)) {
			p.malformed(policyRestart)
		}
	}
}

// allow narrows the list of what is allowed; an empty one allows nothing.
func (p *MachinePolicy) allow(ids []string) {
	if p.Allowed == nil {
		p.Allowed = append([]string{}, ids...)
		return
	}
	p.Allowed = slices.DeleteFunc(p.Allowed, func(id string) bool { return !slices.Contains(ids, id) })
}

// lacking: some values of the key were seen, others may have been lost.
func (p *MachinePolicy) lacking() {
	for _, name := range []string{policyMaxRisk, policyAllowed, policyDenied, policyRestart} {
		if _, seen := p.set[name]; seen {
			continue
		}
		p.malformed(name)
		switch name {
		case policyMaxRisk:
			p.MaxRisk = model.RiskLook
		case policyRestart:
			p.NoRestart = true
		default:
			p.allow(nil)
		}
	}
}

func (p *MachinePolicy) malformed(name string) { p.Malformed = append(p.Malformed, name) }

var remedyID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// ids are the names of a list as collect writes it, with "|" between. Names that no
// remedy has here are kept: another version may know them.
func (p *MachinePolicy) ids(name, value string) []string {
	out := []string{}
	bad := false
	for _, id := range strings.Split(value, "|") {
		switch id = strings.ToLower(strings.TrimSpace(id)); {
		case id == "":
		case remedyID.MatchString(id):
			out = append(out, id)
		default:
			bad = true
		}
	}
	if bad {
		p.malformed(name)
	}
	return out
}

// Limit narrows what a fix may do to what the policy allows.
func (p MachinePolicy) Limit(o FixOptions) FixOptions {
	o.administrators = p
	if p.MaxRisk != "" && (o.MaxRisk == "" || o.MaxRisk > p.MaxRisk) {
		o.MaxRisk = p.MaxRisk
	}
	o.NoRestart = o.NoRestart || p.NoRestart
	return o
}

// installing are operations after which a PC has other updates than before. What does that
// is no look, however little can go wrong with it.
var installing = []string{host.InstallUpdate, host.HideUpdate}

// judge refuses a step that would be done, or that something else already keeps from
// being done, if the policy forbids it. ops are its operations, as far as they are known.
// here: it is one that is done where it is decided. What is left to a person, or to
// Windows for later, stays so.
func (p MachinePolicy) judge(d decision, ops []host.Op, here bool) decision {
	step := d.step
	if hasAny(ops, installing) {
		step.Risk = max(step.Risk, model.RiskReversible)
	}
	name := p.forbids(step)
	if name == "" || !here || d.detail == notChosen {
		return d
	}
	d.verdict, d.detail, d.gate = model.StepRefused, policyForbids, ""
	d.args = model.Args{"value": name, "is": p.is(name)}
	if slices.Contains(p.Malformed, name) {
		d.detail = policyUnclear
	}
	return d
}

// forbids names the value that does not allow a step; empty: none. What only looks is
// always allowed, unless it is denied by name.
func (p MachinePolicy) forbids(s model.Step) string {
	switch {
	case slices.Contains(p.Denied, s.Remedy):
		return policyDenied
	case s.Risk <= model.RiskLook:
		return ""
	case p.MaxRisk != "" && s.Risk > p.MaxRisk:
		return policyMaxRisk
	case p.Allowed != nil && !slices.Contains(p.Allowed, s.Remedy):
		if slices.Contains(p.Malformed, policyDenied) {
			return policyDenied
		}
		return policyAllowed
	case p.NoRestart && s.Remedy == "restart":
		return policyRestart
	}
	return ""
}

// is shows a value to a person, shortened.
func (p MachinePolicy) is(name string) string {
	value, seen := p.set[name]
	if !seen {
		return "?"
	}
	if len(value) > 80 {
		value = value[:80] + "…"
	}
	return fmt.Sprintf("%q", value)
}
