package windows

import (
	"context"
	"errors"
	"strings"

	"updoc/remedy/host"
)

// savedImage is a recovery image as it was, and, if recovery runs from it, its settings.
type savedImage struct {
	File  savedFile   `json:"file"`
	Agent *savedWinRE `json:"agent,omitempty"`
}

// savedImage is what was saved before op; the zero savedImage: nothing was.
func (h *Host) savedImage(op host.Op) (savedImage, error) {
	was, _, err := saved[savedImage](h, op)
	return was, err
}

func (h *Host) saveImage(ctx context.Context, op host.Op) (s savedImage, err error) {
	files, err := h.saveFiles(ctx, op)
	if err != nil {
		return s, err
	}
	s.File = files[0]
	inUse, err := h.inUseAt(ctx, op)
	if err != nil || !inUse {
		return s, err
	}
	agent, err := h.saveAgent(ctx)
	s.Agent = &agent
	return s, err
}

// inUseAt tells whether recovery runs from the image of an operation.
func (h *Host) inUseAt(ctx context.Context, op host.Op) (bool, error) {
	p, err := h.partition(ctx, op.To.Volume)
	if err != nil {
		return false, err
	}
	now, err := h.agent(ctx)
	return now.on && now.extent.begins(p.extent()) && strings.EqualFold(now.folder, folderIn(op.To)), err
}

// trustName is the file that holds the hash of the image for which recovery was switched
// on last. There is none before the operation changes the image.
func (h *Host) trustName(op host.Op) string {
	return strings.TrimSuffix(h.memo(op), ".json") + "-trusted"
}

// isTrusted tells whether recovery was switched on after its image changed. Only then does
// BitLocker know it. Source: Microsoft, "Add an update package to Windows RE".
func (h *Host) isTrusted(ctx context.Context, op host.Op, was savedImage) (bool, error) {
	if was.Agent == nil {
		return true, nil
	}
	at, err := h.path(ctx, op.To)
	if err != nil {
		return false, err
	}
	have, err := h.sum(ctx, at)
	if err != nil {
		return false, err
	}
	inUse, err := h.inUseAt(ctx, op)
	if err != nil || !inUse {
		return false, err
	}
	trusted, err := h.readWhole(h.trustName(op))
	if isGone(err) {
		return have == was.File.Sum, nil
	}
	return err == nil && string(trusted) == have, err
}

// distrust notes that the image is about to change.
func (h *Host) distrust(op host.Op, was savedImage) error {
	if was.Agent == nil {
		return nil
	}
	return h.writeWhole(h.trustName(op), nil)
}

// trustAgain switches recovery off and on for the image that is there now.
func (h *Host) trustAgain(ctx context.Context, op host.Op, was savedImage) error {
	if was.Agent == nil {
		return nil
	}
	p, err := h.partition(ctx, op.To.Volume)
	if err != nil {
		return err
	}
	if err := h.switchOn(ctx, p, folderIn(op.To)); err != nil {
		return err
	}
	if err := h.agentFilesBack(ctx, *was.Agent); err != nil {
		return err
	}
	at, err := h.path(ctx, op.To)
	if err != nil {
		return err
	}
	have, err := h.sum(ctx, at)
	if err != nil {
		return err
	}
	return h.writeWhole(h.trustName(op), []byte(have))
}

func (h *Host) imageBack(ctx context.Context, op host.Op, was savedImage) error {
	at, err := h.path(ctx, op.To)
	if err != nil {
		return err
	}
	now := was.File.on(rootAbove(at, op.To))
	trusted, err := h.isTrusted(ctx, op, was)
	if err != nil || trusted && was.Agent != nil && h.isAs(ctx, now) {
		return errors.Join(err, h.removeIfThere(halfWritten(now.Path)))
	}
	if err := h.distrust(op, was); err != nil {
		return err
	}
	if err := h.fileBack(ctx, now); err != nil {
		return err
	}
	return h.trustAgain(ctx, op, was)
}
