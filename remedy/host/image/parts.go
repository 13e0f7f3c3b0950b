package image

import (
	"cmp"
	"context"
	"fmt"

	"updoc/disk"
	"updoc/disk/ntfsgrow"
	"updoc/disk/table"
	"updoc/model"
	"updoc/remedy/host"
)

// place is where a partition is meant to be; kind is its type.
type place struct{ Start, Size uint64 }

// shrinkVolume lets ntfsresize make the file system smaller, then the table entry.
func (h *Host) shrinkVolume(ctx context.Context, op host.Op) error {
	p, err := h.editable(op.Partition)
	if err != nil || p.Size == op.Size {
		return err
	}
	if op.Size > p.Size {
		return fmt.Errorf("%d is no shrinking of %d bytes", op.Size, p.Size)
	}
	path, err := h.show(op.Partition)
	if err != nil {
		return err
	}
	h.touched[op.Partition] = true
	if out, err := run(ctx, "y\n", "ntfsresize", "--force", "--force", "--no-progress-bar", "--size", fmt.Sprint(op.Size), path); err != nil {
		if serr := h.view.Sync(); serr != nil {
			return serr // the overlay could not take what the tool wrote
		}
		return refusedBy(ctx, fmt.Errorf("%w: %s", err, out), &model.Error{Code: "refused-cannot-shrink", Exit: 6, Args: model.Args{"volume": op.Partition, "size": int64(op.Size)}})
	}
	if err := h.forget(op.Partition); err != nil {
		return err
	}
	h.dirty = true
	if err := h.move(p, p.Start, op.Size); err != nil {
		return err
	}
	if err := ntfsgrow.WriteBackupBoot(h.over, ntfsgrow.Range{Start: int64(p.Start), Size: int64(op.Size)}, h.before.SectorSize); err != nil {
		return err
	}
	return h.shrunkRight(op)
}

// shrunkRight reads what ntfsresize made.
func (h *Host) shrunkRight(op host.Op) error {
	p, err := h.part(op.Partition)
	if err != nil {
		return err
	}
	v, err := openNTFS(h.over, p)
	if err != nil {
		return err
	}
	if most := int64(op.Size) - int64(h.before.SectorSize); v.Size() > most || v.Size() < most-v.ClusterSize() {
		return fmt.Errorf("the file system has %d bytes on a partition of %d", v.Size(), op.Size)
	}
	return nil
}

// resizeRecovery grows the file system where it lies, then moves the table entry's ends.
func (h *Host) resizeRecovery(ctx context.Context, op host.Op) error {
	p, err := h.editable(op.Partition)
	if err != nil || p.Start == op.Start && p.Size == op.Size {
		return err
	}
	if err := h.forget(op.Partition); err != nil {
		return err
	}
	old := ntfsgrow.Range{Start: int64(p.Start), Size: int64(p.Size)}
	now := ntfsgrow.Range{Start: int64(op.Start), Size: int64(op.Size)}
	if err := ntfsgrow.Grow(h.over, old, now, h.before.SectorSize); err != nil {
		return &model.Error{Code: "refused-cannot-grow", Exit: 6, Args: model.Args{"volume": op.Partition}, Err: err}
	}
	h.touched[op.Partition], h.resized[op.Partition] = true, true
	return h.move(p, op.Start, op.Size)
}

// createRecovery makes a partition of the right type, formats it, and gives it a serial
// number that follows from its GUID, so that a dry run tells what a run will write.
func (h *Host) createRecovery(ctx context.Context, op host.Op) error {
	if _, ok := h.slots[newID]; ok {
		return nil
	}
	if err := h.sound(); err != nil {
		return err
	}
	slot, err := h.addEntry(op)
	if err != nil {
		return err
	}
	h.slots[newID] = slot
	h.meantPlace[slot] = place{op.Start, op.Size}
	p, err := h.part(newID)
	if err != nil {
		return err
	}
	path, err := h.show(newID)
	if err != nil {
		return err
	}
	h.touched[newID] = true
	sector := fmt.Sprint(h.before.SectorSize)
	args := []string{"--quick", "--force", "--quiet", "--label", "Recovery", "--sector-size", sector, "--partition-start", fmt.Sprint(p.Start / uint64(h.before.SectorSize)),
		"--heads", "255", "--sectors-per-track", "63", path, fmt.Sprint(p.Size / uint64(h.before.SectorSize))}
	if _, err := run(ctx, "", "mkntfs", args...); err != nil {
		return err
	}
	return nil
}

func (h *Host) setPartitionType(_ context.Context, op host.Op) error {
	p, err := h.editable(op.Partition)
	if err != nil {
		return err
	}
	return h.retype(p, op.Text)
}

// editable is a partition whose table and volume may be changed.
func (h *Host) editable(id string) (table.Partition, error) {
	if err := cmp.Or(h.sound(), h.gate(id)); err != nil {
		return table.Partition{}, err
	}
	p, err := h.part(id)
	if err != nil {
		return p, err
	}
	if disk.Probe(section(h.over, p), int64(p.Size)).Kind == "bitlocker" {
		return p, &model.Error{Code: "encrypted-volume", Exit: 6, Args: model.Args{"volume": id}}
	}
	return p, nil
}
