package remedy

import (
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

// disableLeftoverDriver keeps the drivers of an antivirus that is gone from starting.
// Their keys and files stay. Which drivers are leftovers the facts say (joined by the
// diagnosis).
func disableLeftoverDriver(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if !m.Security.Coverage.Complete {
		return nil, unseenFact("security")
	}
	var ops []host.Op
	for _, product := range m.Security.Items {
		if product.State != model.SecurityResidue {
			continue
		}
		for _, name := range product.Drivers {
			op, err := disableDriver(m, name)
			if err != nil {
				return nil, err
			}
			ops = append(ops, op...)
		}
	}
	return ops, nil
}

// disableDriver refuses disk drivers: what a device needs in order to start must not be
// switched off.
func disableDriver(m *model.Machine, name string) ([]host.Op, error) {
	for _, f := range m.Filters.Items {
		switch {
		case !strings.EqualFold(f.Name, name):
		case strings.EqualFold(strings.TrimSpace(f.Group), "scsi miniport"):
			return nil, refused("refused-disk-driver", model.Args{"driver": name})
		case f.Start == startDisabled:
			return nil, nil
		default:
			return []host.Op{setStart(f.Origin, startDisabled)}, nil
		}
	}
	return nil, unseenFact("filters")
}
