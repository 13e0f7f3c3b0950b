package windows

import (
	"context"
	"fmt"

	"updoc/remedy/host"
)

// String names the place.
func (e extent) String() string { return fmt.Sprintf("disk %s, %d + %d", e.Disk, e.Start, e.Size) }

// Documented means cannot make a volume begin earlier. So a recovery partition that is to
// do so is made anew: its files are kept, recovery is off it, and only then is it deleted.

func (h *Host) saveResize(ctx context.Context, op host.Op) (savedRecovery, error) {
	p, err := h.partition(ctx, op.Partition)
	if err != nil {
		return savedRecovery{}, err
	}
	return h.saveRecovery(ctx, p)
}

// resized: the id means the new place only when all was done.
func (h *Host) resized(ctx context.Context, op host.Op) (bool, error) {
	e := h.places.Partitions[op.Partition]
	if e.Start != op.Start {
		return false, nil
	}
	p, err := h.at(ctx, extent{Disk: e.Disk, Start: op.Start, Size: op.Size})
	if err != nil || p == nil {
		return false, err
	}
	was, known, err := saved[savedRecovery](h, op)
	if err != nil || !known {
		return err == nil, err
	}
	return h.holds(ctx, p, was)
}

// holds tells whether a partition is as a saved one was, wherever that lay.
func (h *Host) holds(ctx context.Context, p *found, was savedRecovery) (bool, error) {
	root, err := h.rootOf(ctx, p)
	if err != nil || !was.is(p.Partition) {
		return false, err
	}
	if same, err := h.sameFiles(ctx, root, was.Files); err != nil || !same {
		return false, err
	}
	if was.Active == "" {
		return true, nil
	}
	now, err := h.agent(ctx)
	return now.on && now.extent.begins(p.extent()), err
}

func (h *Host) resize(ctx context.Context, op host.Op) error {
	was, _, err := saved[savedRecovery](h, op)
	if err != nil {
		return err
	}
	to := extent{Disk: was.Disk, Start: op.Start, Size: op.Size}
	if err := h.remake(ctx, was, was.extent, to); err != nil {
		return err
	}
	return h.moved(ctx, op.Partition, &to)
}

func (h *Host) resizeBack(ctx context.Context, op host.Op, was savedRecovery) error {
	if err := h.remake(ctx, was, extent{Disk: was.Disk, Start: op.Start, Size: op.Size}, was.extent); err != nil {
		return err
	}
	return h.moved(ctx, op.Partition, &was.extent)
}

// savedCreate is the partition that gives way, nil if none does.
type savedCreate struct {
	Replaced *savedRecovery `json:"replaced,omitempty"`
}

func (h *Host) saveCreate(ctx context.Context, op host.Op) (savedCreate, error) {
	if op.Replace == "" {
		return savedCreate{}, nil
	}
	p, err := h.partition(ctx, op.Replace)
	if err != nil {
		return savedCreate{}, err
	}
	was, err := h.saveRecovery(ctx, p)
	return savedCreate{&was}, err
}

// newExtent is where the new partition is to lie. The number of its disk is that of the
// facts at the beginning.
func (h *Host) newExtent(op host.Op) extent {
	return extent{Disk: h.places.Disks[op.Disk], Start: op.Start, Size: op.Size}
}

func (h *Host) created(ctx context.Context, op host.Op) (bool, error) {
	e, known := h.places.Partitions[host.NewPartition]
	if !known || !e.begins(h.newExtent(op)) {
		return false, nil
	}
	p, err := h.at(ctx, h.newExtent(op))
	if err != nil || p == nil || !recoverySort(p.disk).is(p.Partition) {
		return false, err
	}
	v, err := h.volume(ctx, p.extent())
	return v != nil && v.FS == ntfs, err
}

func (h *Host) create(ctx context.Context, op host.Op) error {
	was, _, err := saved[savedCreate](h, op)
	if err != nil {
		return err
	}
	to := h.newExtent(op)
	p, err := h.at(ctx, to)
	if err != nil {
		return err
	}
	disk, err := h.diskOf(ctx, to.Disk)
	if err != nil {
		return err
	}
	if p == nil {
		if err := recoverySort(disk).creatable(disk, to); err != nil {
			return err
		}
		if was.Replaced != nil {
			if err := h.remove(ctx, was.Replaced.extent); err != nil {
				return err
			}
		}
		if err := h.make(ctx, to, recoverySort(disk)); err != nil {
			return err
		}
	}
	if _, err := h.formatted(ctx, to, recoverySort(disk), recoveryLabel); err != nil {
		return err
	}
	return h.moved(ctx, host.NewPartition, &to)
}

func (h *Host) createBack(ctx context.Context, op host.Op, was savedCreate) error {
	if mine, err := h.madeHere(h.newExtent(op)); err != nil {
		return err
	} else if mine {
		if err := h.remove(ctx, h.newExtent(op)); err != nil {
			return err
		}
	}
	if was.Replaced != nil {
		if err := h.remake(ctx, *was.Replaced, h.newExtent(op), was.Replaced.extent); err != nil {
			return err
		}
		if err := h.moved(ctx, op.Replace, &was.Replaced.extent); err != nil {
			return err
		}
	}
	return h.moved(ctx, host.NewPartition, nil)
}
