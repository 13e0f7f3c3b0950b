package remedy

import (
	"slices"

	"updoc/model"
	"updoc/remedy/host"
)

// hostsLineOut takes update's servers out of the hosts file, after a copy beside it.
// Which names those are the facts say.
func hostsLineOut(m *model.Machine, _ model.Args) ([]host.Op, error) {
	names := blockedServers(m)
	switch {
	case !m.Agent.Hosts.Coverage.Complete:
		return nil, unseenFact("agent.hosts")
	case len(names) == 0:
		return nil, nil
	}
	s, err := spareOf(m, `Windows\System32\drivers\etc\hosts`)
	if err != nil {
		return nil, err
	}
	if s.Free.Value == "" {
		return nil, refused("refused-names-taken", model.Args{"path": s.Path})
	}
	file := placeOf(s.Origin)
	spare := host.Place{Volume: file.Volume, Path: file.Path[:len(file.Path)-len("hosts")] + s.Free.Value}
	return []host.Op{
		{Kind: host.CopyFile, From: file, To: spare},
		{Kind: host.DropHosts, To: file, Names: names},
	}, nil
}

// blockedServers are update's servers that the hosts file names, sorted, each once.
func blockedServers(m *model.Machine) []string {
	var names []string
	for _, h := range m.Agent.Hosts.Items {
		if h.Update {
			names = append(names, h.Host)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
