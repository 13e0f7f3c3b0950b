package image

import (
	"bytes"
	"context"

	"updoc/format/hosts"
	"updoc/remedy/host"
)

// dropHosts takes the servers of updates out of a hosts file, which are those that the
// facts name.
func (h *Host) dropHosts(ctx context.Context, op host.Op) error {
	old, err := h.read(op.To)
	if err != nil {
		return err
	}
	now, removed := hosts.Without(old)
	if removed == 0 {
		return nil
	}
	return h.put(ctx, op.To, bytes.NewReader(now), marks{})
}
