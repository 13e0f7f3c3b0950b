package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// retryUpdate lets the update agent install the update that failed. Whether it is in then
// is what verifying finds out.
func retryUpdate(m *model.Machine, p model.Args) ([]host.Op, error) {
	if err := agentWorks(m); err != nil {
		return nil, err
	}
	id, err := updateID(m, p)
	if err != nil {
		return nil, err
	}
	return []host.Op{{Kind: host.InstallUpdate, Name: id, Seconds: longest}, restartIfAsked()}, nil
}

// hideUpdate keeps an update from being offered. Until when and why is the book of
// deferred updates' business.
func hideUpdate(m *model.Machine, p model.Args) ([]host.Op, error) {
	if err := agentWorks(m); err != nil {
		return nil, err
	}
	id, err := updateID(m, p)
	if err != nil {
		return nil, err
	}
	return []host.Op{{Kind: host.HideUpdate, Name: id}}, nil
}
