package remedy

import (
	"slices"

	"updoc/model"
	"updoc/remedy/host"
)

// hostsLineOut takes update's servers out of the hosts file, after a copy beside it. The
// facts and the operation know them by the same rule.
func hostsLineOut(m *model.Machine, _ model.Args) ([]host.Op, error) {
	switch hosts := m.Agent.Hosts; {
	case !hosts.Coverage.Complete:
		return nil, unseenFact("agent.hosts")
	case !slices.ContainsFunc(hosts.Items, func(h model.HostLine) bool { return h.Update }):
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
		{Kind: host.DropHosts, To: file},
	}, nil
}
