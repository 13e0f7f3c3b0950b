package collect

import (
	"fmt"
	"strings"

	"updoc/format/regf"
	"updoc/model"
)

// policyKeys are the keys of SOFTWARE whose values steer Windows Update. Source:
// field guide, artifacts §4 (settings list: Microsoft's "Manage additional Windows
// Update settings").
var policyKeys = []string{
	`Policies\Microsoft\Windows\WindowsUpdate`,
	`Policies\Microsoft\Windows\DeliveryOptimization`,
	`Microsoft\PolicyManager\current\device\Update`,
	`Policies\Microsoft\Cryptography\Configuration\SSL\00010002`,
	`Policies\Microsoft\Windows Defender`,
	`Policies\Microsoft\Windows\Installer`,
	`Microsoft\Windows\CurrentVersion\Policies\Servicing`,
	ownPolicy,
}

// ownPolicy is what administrators allow this program to do; doctor's MachinePolicy reads
// it.
const ownPolicy = `Policies\updoc`

// schannelKeys lie in SYSTEM: which versions of TLS Windows may speak as a client.
// Source: Microsoft's "TLS registry settings" (grade A).
var schannelKeys = []string{
	`\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`,
	`\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.3\Client`,
}

// pauseKey holds what the person chose in Settings; of it only the pauses count.
const pauseKey = `Microsoft\WindowsUpdate\UX\Settings`

const (
	policyDepth = 3
	policyLimit = 500
)

// policies fills Machine.Policies with every value below policyKeys, and with pauses.
func policies(d *desk) {
	h := d.software()
	if h.why != nil {
		d.m.Policies = model.Partial[model.Policy](nil, *h.why)
		return
	}
	w := policyWalk{h: h, why: h.old}
	for _, path := range policyKeys {
		w.key(path, policyDepth)
	}
	w.key(pauseKey, 1)
	w.schannel(d)
	d.m.Policies = model.List[model.Policy]{Items: w.items,
		Coverage: model.Coverage{Complete: w.why == nil, Why: w.why}}
}

type policyWalk struct {
	h     *hive
	items []model.Policy
	why   *model.Unseen
}

// schannel adds the settings of TLS; without the hive of SYSTEM the list is not whole.
func (w *policyWalk) schannel(d *desk) {
	h, set := d.system()
	software := w.h
	w.h = h
	for _, path := range schannelKeys {
		w.key(set+path, 1)
	}
	w.h = software
}

func (w *policyWalk) key(path string, depth int) {
	k, ok, why := w.h.key(path)
	if why != nil {
		w.why = why
	}
	if !ok || depth == 0 {
		return
	}
	values, err := k.Values()
	if err != nil {
		w.why = w.h.damaged(err)
	}
	for _, v := range values {
		if path != pauseKey || strings.HasPrefix(strings.ToLower(v.Name()), "pause") {
			w.value(path, v)
		}
	}
	keys, why := w.h.subkeys(path)
	if why != nil {
		w.why = why
	}
	for _, sub := range keys {
		w.key(path+`\`+sub.Name(), depth-1)
	}
}

func (w *policyWalk) value(path string, v regf.Value) {
	text, err := valueText(v)
	switch {
	case err != nil:
		w.why = w.h.damaged(err)
		if path == ownPolicy { // that there is a rule must not be lost with its value
			w.items = append(w.items, model.Policy{Key: path, Name: v.Name(), Value: "(damaged)", Origin: w.h.origin(path, v.Name(), v.Offset())})
		}
	case len(w.items) >= policyLimit:
		w.why = &model.Unseen{Artifact: "hive", Reason: model.ReasonUnsupported,
			Detail: fmt.Sprintf("more than %d policies", policyLimit), How: model.HowNothing}
	default:
		w.items = append(w.items, model.Policy{Key: path, Name: v.Name(), Value: text,
			Origin: w.h.origin(path, v.Name(), v.Offset())})
	}
}

// valueText renders a value for people and for comparing: numbers in decimal, lists
// with "|" between.
func valueText(v regf.Value) (string, error) {
	switch v.Type() {
	case regf.SZ, regf.ExpandSZ, regf.Link:
		return v.String()
	case regf.Dword, regf.DwordBE, regf.Qword:
		n, err := v.Uint()
		return fmt.Sprint(n), err
	case regf.MultiSZ:
		list, err := v.Strings()
		return strings.Join(list, "|"), err
	}
	return fmt.Sprintf("(type %d, %d bytes)", v.Type(), v.Size()), nil
}
