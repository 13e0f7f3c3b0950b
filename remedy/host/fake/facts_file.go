package fake

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"updoc/model"
)

// updateServers are ends of the names that updates come from. Source: field guide,
// remedies R17.
var updateServers = []string{"windowsupdate.com", "update.microsoft.com", "delivery.mp.microsoft.com"}

// filesOf reads what lies in files of the Windows volume. What Facts leaves unseen stays
// so.
func (pc *PC) filesOf(m *model.Machine, w *Partition) {
	if m.Agent.Hosts.Coverage.Complete || w.file(hostsPath) != nil {
		m.Agent.Hosts = hostsIn(w)
	}
	for _, f := range []struct {
		fact *model.Fact[string]
		path string
	}{{&m.Agent.DataStore, "Windows/SoftwareDistribution/DataStore"}, {&m.Agent.Catroot2, "Windows/System32/catroot2"}} {
		if f.fact.Known && len(w.below(f.path)) == 0 {
			f.fact.Value = "missing"
		}
	}
	m.Spares = sparesOn(w)
	s := &m.Setup
	if s.Config.Known && s.Config.Value != "" && w.file(slashes(s.Config.Value)) == nil {
		s.Config.Value, s.Malformed.Value = "", false
	}
}

func hostsIn(w *Partition) model.List[model.HostLine] {
	items := []model.HostLine{}
	f := w.file(hostsPath)
	if f == nil {
		return model.Complete(items)
	}
	for i, line := range strings.Split(string(f.Content), "\n") {
		text, _, _ := strings.Cut(line, "#")
		fields := strings.Fields(text)
		for j := 1; j < len(fields); j++ {
			o := w.fileOrigin("hosts", hostsPath)
			o.Line = int64(i) + 1
			name := strings.ToLower(fields[j])
			update := slices.ContainsFunc(updateServers, func(s string) bool { return name == s || strings.HasSuffix(name, "."+s) })
			items = append(items, model.HostLine{Host: name, Address: fields[0], Update: update, Origin: o})
		}
	}
	return model.Complete(items)
}

// spares are what remedies set aside, each with what is put behind its name then.
// Source: collect/spares.go.
var spares = []struct{ path, suffix string }{
	{"Windows/SoftwareDistribution/DataStore", ".bak"}, {"Windows/SoftwareDistribution/Download", ".bak"},
	{"Windows/System32/catroot2", ".bak"}, {hostsPath, ".bak"}, {"Windows/WinSxS/pending.xml", ".bak"},
	{"Users/Default/AppData/Local/Microsoft/Windows/WSUS/SetupConfig.ini", ".old"},
}

// sparesOn tells what is there to be set aside, and the first free name beside it.
func sparesOn(w *Partition) model.List[model.Spare] {
	var all []model.Spare
	for _, s := range spares {
		o := w.fileOrigin("file", s.path)
		name := s.path + s.suffix
		for i := 2; len(w.below(name)) > 0; i++ {
			name = s.path + s.suffix + strconv.Itoa(i)
		}
		all = append(all, model.Spare{Path: strings.ReplaceAll(s.path, "/", `\`), Origin: o,
			Present: model.Known(len(w.below(s.path)) > 0, o), Free: model.Known(path.Base(name), o)})
	}
	return model.Complete(all)
}
