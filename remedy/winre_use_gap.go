package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// winreUseGap enlarges the recovery partition into unallocated room beside it.
func winreUseGap(m *model.Machine, p model.Args) ([]host.Op, error) {
	return growRecovery(m, p, false)
}
