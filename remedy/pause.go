package remedy

import (
	"slices"

	"updoc/model"
	"updoc/remedy/host"
)

// pauseAntivirus lets the person pause the antivirus of another maker while the update is
// installed, and does not end before it watches again. The reminder is there before the
// pause and outlives a restart. Nothing here switches an antivirus off.
func pauseAntivirus(m *model.Machine, p model.Args) ([]host.Op, error) {
	if err := agentWorks(m); err != nil {
		return nil, err
	}
	if !m.Live.Security.Coverage.Complete {
		return nil, unseenFact("live.security")
	}
	if !slices.ContainsFunc(m.Live.Security.Items, func(g model.Guard) bool { return g.Active }) {
		return nil, refused("refused-no-antivirus", nil)
	}
	if !slices.ContainsFunc(m.Live.Security.Items, func(g model.Guard) bool { return g.Active && !g.Microsofts() }) {
		return nil, refused("refused-only-defender", nil)
	}
	id, err := updateID(m, p)
	if err != nil {
		return nil, err
	}
	return []host.Op{
		{Kind: host.Remind, Text: "remind.antivirus-active", Until: host.AntivirusActive},
		{Kind: host.AwaitPerson, Text: "ask.antivirus-paused", Until: host.AntivirusPaused},
		{Kind: host.InstallUpdate, Name: id, Seconds: longest},
		{Kind: host.AwaitPerson, Text: "ask.antivirus-active", Until: host.AntivirusActive},
		restartIfAsked(),
	}, nil
}
