package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// resetUpdateCache sets the database and the downloads of the update agent aside; it
// makes new ones. Source: Microsoft, "Reset Windows Update components", second attempt.
func resetUpdateCache(m *model.Machine, _ model.Args) ([]host.Op, error) {
	switch state := m.Agent.DataStore; {
	case !state.Known:
		return nil, unseenFact("agent.dataStore")
	case state.Value == "missing":
		return nil, nil // set aside already: Windows makes it when it runs
	}
	return asidePaused(m, `Windows\SoftwareDistribution\DataStore`, `Windows\SoftwareDistribution\Download`)
}

// resetCatroot2 sets the databases of the catalogue service aside; it makes new ones.
// The folder CatRoot, which holds the catalogues themselves, is never touched. Source:
// as of resetUpdateCache.
func resetCatroot2(m *model.Machine, _ model.Args) ([]host.Op, error) {
	switch state := m.Agent.Catroot2; {
	case !state.Known:
		return nil, unseenFact("agent.catroot2")
	case state.Value == "missing":
		return nil, nil
	}
	return asidePaused(m, `Windows\System32\catroot2`)
}

// asidePaused is aside, while the services that hold the files are stopped.
func asidePaused(m *model.Machine, paths ...string) ([]host.Op, error) {
	ops, err := aside(m, paths...)
	if err != nil {
		return nil, err
	}
	return paused(m, ops)
}

// setupConfigRename sets the person's options for Setup aside if Setup cannot
// understand them.
func setupConfigRename(m *model.Machine, _ model.Args) ([]host.Op, error) {
	s := m.Setup
	switch {
	case !s.Malformed.Known || !s.Config.Known:
		return nil, unseenFact("setup.config")
	case !s.Malformed.Value:
		return nil, nil
	}
	return aside(m, s.Config.Value)
}
