package image

import (
	"context"
	"errors"

	"updoc/remedy/host"
)

func (h *Host) dropHosts(ctx context.Context, op host.Op) error { return errors.New("not yet") }
