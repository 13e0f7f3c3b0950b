package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// winreEnable switches the recovery environment on.
func winreEnable(m *model.Machine, _ model.Args) ([]host.Op, error) {
	on, err := seen(m.WinRE.Enabled, "winre.enabled")
	if err != nil || on {
		return nil, err
	}
	g, err := stand(m)
	if err != nil {
		return nil, err
	}
	return g.switchOn()
}
