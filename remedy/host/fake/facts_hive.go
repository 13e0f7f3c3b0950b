package fake

import (
	"slices"
	"strconv"
	"strings"

	"updoc/model"
)

const (
	services   = `ControlSet001\Services`
	control    = `ControlSet001\Control`
	cbs        = `Microsoft\Windows\CurrentVersion\Component Based Servicing`
	autoUpdate = `Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update`
)

// policyKeys are the keys below which every value is a policy. Those of SYSTEM begin
// with a control set.
var policyKeys = []string{`Policies\Microsoft`, `Microsoft\WindowsUpdate\UX\Settings`, `Microsoft\Windows\CurrentVersion\Policies`,
	`ControlSet001\Control\SecurityProviders`, `Microsoft\PolicyManager`}

// hivesOf reads services, drivers, policies and pending work out of the hives that are
// there. Without a hive the facts stay those of Facts.
func (pc *PC) hivesOf(m *model.Machine, w *Partition) {
	var policies []model.Policy
	found := false
	for _, path := range []string{systemPath, softwarePath} {
		f := w.file(path)
		if f == nil || f.Hive == nil {
			continue
		}
		found = true
		policies = append(policies, policiesIn(f.Hive, w.fileOrigin("hive", path))...)
		if path == systemPath {
			servicesIn(m, f.Hive, w.fileOrigin("hive", path))
			o := w.fileOrigin("hive", path)
			o.Key = control + ":RegistrySizeLimit"
			limit, _ := f.Hive.value(control, "RegistrySizeLimit")
			m.CBS.RegistryLimit = model.Known(limit.number(), o)
		} else {
			pc.pendingIn(m, f.Hive, w)
			if pc.Running != nil {
				entriesIn(m, f.Hive, w.fileOrigin("hive", path))
			}
		}
	}
	if found {
		m.Policies = model.Complete(policies)
	}
	for i := range m.Security.Items {
		m.Security.Items[i].State = stateOf(m, m.Security.Items[i])
	}
}

// stateOf follows the drivers: a leftover none of which starts does no harm.
func stateOf(m *model.Machine, s model.SecurityProduct) string {
	if s.State != model.SecurityResidue {
		return s.State
	}
	for _, f := range m.Filters.Items {
		if slices.Contains(s.Drivers, f.Name) && f.Start < 4 {
			return s.State
		}
	}
	return model.SecurityHarmless
}

func sortedKeys[T any](m map[string]T) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func servicesIn(m *model.Machine, v Hive, at model.Origin) {
	items, filters := []model.Service{}, []model.Filter{}
	for _, key := range sortedKeys(v) {
		name, ok := strings.CutPrefix(key, services+`\`)
		if !ok || strings.Contains(name, `\`) {
			continue
		}
		o := at
		o.Key = key
		s := model.Service{Name: strings.ToLower(name), Present: model.Known(true, o), Origin: o}
		start, has := v.value(key, "Start")
		if has {
			o.Key = key + ":Start"
			s.Start = model.Known(start.number(), o)
		}
		if kind, _ := v.value(key, "Type"); kind.number() == 1 || kind.number() == 2 {
			group, _ := v.value(key, "Group")
			filters = append(filters, model.Filter{Name: s.Name, Type: kind.number(), Start: start.number(), Group: group.text(), Origin: s.Origin})
			continue
		}
		items = append(items, s)
	}
	m.Services, m.Filters = model.Complete(items), model.Complete(filters)
}

func policiesIn(v Hive, at model.Origin) []model.Policy {
	items := []model.Policy{}
	for _, key := range sortedKeys(v) {
		if !slices.ContainsFunc(policyKeys, func(p string) bool { return strings.HasPrefix(key, p) }) {
			continue
		}
		for _, name := range sortedKeys(v[key]) {
			value, o := v[key][name], at
			o.Key = key + ":" + name
			text := value.text()
			if value.Type == regDword {
				text = strconv.FormatInt(value.number(), 10)
			}
			items = append(items, model.Policy{Key: key, Name: name, Value: text, Origin: o})
		}
	}
	return items
}

// pendingIn is what waits for a restart. Whether it survived one is a matter of time and
// stays that of Facts.
func (pc *PC) pendingIn(m *model.Machine, v Hive, w *Partition) {
	at := w.fileOrigin("hive", softwarePath)
	has := func(key string) model.Fact[bool] {
		o := at
		o.Key = key
		return model.Known(len(v.under(key)) > 0, o)
	}
	p := &m.Pending
	p.CBSReboot, p.InProgress, p.UpdateReboot = has(cbs+`\RebootPending`), has(cbs+`\RebootInProgress`), has(autoUpdate+`\RebootRequired`)
	p.OpenSessions, p.DriverOperations = openSessions(v, at), model.Known(int64(len(v.under(cbs+`\DriverOperations`))), at)
	p.PendingXML = model.Known(w.file("Windows/WinSxS/pending.xml") != nil, w.fileOrigin("file", "Windows/WinSxS/pending.xml"))
	p.Any = model.Known(p.CBSReboot.Value || p.InProgress.Value || p.UpdateReboot.Value || p.PendingXML.Value || p.OpenSessions.Value > 0, at)
	if !p.Any.Value {
		p.Survived = p.Any
	}
}

const (
	endOfLife = `Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore\EndOfLife`
	winHTTP   = `Microsoft\Windows\CurrentVersion\Internet Settings\Connections`
)

// entriesIn are packages that Windows gave up, and the proxy of WinHTTP.
func entriesIn(m *model.Machine, v Hive, at model.Origin) {
	entries := []model.AppxEntry{}
	for _, key := range sortedKeys(v) {
		user, name, ok := strings.Cut(strings.TrimPrefix(key, endOfLife+`\`), `\`)
		if o := at; ok && strings.HasPrefix(key, endOfLife) {
			o.Key = key
			entries = append(entries, model.AppxEntry{User: user, Name: name, Origin: o})
		}
	}
	m.EndOfLife = model.Complete(entries)
	at.Key = winHTTP + ":WinHttpSettings"
	proxy, _ := v.value(winHTTP, "WinHttpSettings")
	m.Agent.Proxy = model.Known(string(proxy.Data), at)
}

// openSessions counts the sessions that are not complete; the origin is that of the last.
func openSessions(v Hive, at model.Origin) model.Fact[int64] {
	open := model.Known(int64(0), at)
	for _, key := range sortedKeys(v) {
		name, ok := strings.CutPrefix(key, cbs+`\SessionsPending\`)
		if done, _ := v.value(key, "Complete"); !ok || strings.Contains(name, `\`) || done.number() == 1 {
			continue
		}
		open.Value++
		open.Origin.Key = key
	}
	return open
}
