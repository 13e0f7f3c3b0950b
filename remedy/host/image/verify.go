package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"updoc/disk/ntfs"
	"updoc/disk/overlay"
	"updoc/disk/table"
	"updoc/model"
	"updoc/remedy/host"
)

// Verify looks at the overlay as if it were the disk: the table, every file system that
// was touched, every file that moved. An error means that the disk must not be written.
func (h *Host) Verify(ctx context.Context) error {
	if err := h.settle(); err != nil {
		return err
	}
	changed, err := h.changedBlocks()
	if err != nil {
		return err
	}
	checks := []func(context.Context, map[int64]bool) error{h.verifyTable, h.verifyVolumes, h.verifyMoved, h.verifyKept, h.verifyWritten, h.verifyNamed}
	for _, check := range checks {
		if err := check(ctx, changed); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return &model.Error{Code: "verify-failed", Exit: 1, Err: err}
		}
	}
	return nil
}

func (h *Host) changedBlocks() (map[int64]bool, error) {
	list, err := h.over.Changes()
	out := map[int64]bool{}
	for _, c := range list {
		out[c.Block] = true
	}
	return out, err
}

// verifyTable: whole, and every partition that was not meant is as before.
func (h *Host) verifyTable(context.Context, map[int64]bool) error {
	now := h.table()
	if len(now.Problems) > len(h.before.Problems) {
		return fmt.Errorf("partition table: %s", now.Problems[len(h.before.Problems)].Text)
	}
	if now.Kind != h.before.Kind || now.DiskGUID != h.before.DiskGUID || now.DiskSignature != h.before.DiskSignature {
		return errors.New("partition table: the disk has another identity")
	}
	for _, old := range h.before.Partitions {
		i := slices.IndexFunc(now.Partitions, func(p table.Partition) bool { return p.Slot == old.Slot })
		if i < 0 {
			return fmt.Errorf("partition %d is gone", old.Index)
		}
		if err := h.meant(old, now.Partitions[i]); err != nil {
			return err
		}
	}
	if made := len(now.Partitions) - len(h.before.Partitions); made != h.added() {
		return fmt.Errorf("%d partitions too many", made)
	}
	return nil
}

// added is how many entries the table has more than before: none if the new partition
// took another's.
func (h *Host) added() int {
	slot, ok := h.slots[newID]
	if !ok || slices.ContainsFunc(h.before.Partitions, func(p table.Partition) bool { return p.Slot == slot }) {
		return 0
	}
	return 1
}

// meant tells whether a partition changed only as an operation wanted.
func (h *Host) meant(old, now table.Partition) error {
	old.Index, now.Index = 0, 0
	if place, ok := h.meantPlace[old.Slot]; ok {
		old.Start, old.Size = place.Start, place.Size
	}
	if kind, ok := h.meantType[old.Slot]; ok {
		old.TypeGUID, old.MBRType, old.Attributes = kind.TypeGUID, kind.MBRType, kind.Attributes
	}
	if old != now {
		return fmt.Errorf("partition in slot %d is not as it should be: %+v, wanted %+v", old.Slot, now, old)
	}
	return nil
}

// verifyVolumes asks ntfsresize to check every NTFS volume that was touched: it compares
// $Bitmap with the clusters of all files.
func (h *Host) verifyVolumes(ctx context.Context, _ map[int64]bool) error {
	for id := range h.slots {
		p, err := h.part(id)
		if err != nil || !h.touched[id] {
			continue
		}
		v, err := openNTFS(h.over, p)
		if errors.Is(err, ntfs.ErrNotNTFS) {
			continue
		}
		if err != nil {
			return fmt.Errorf("volume %s: %w", id, err)
		}
		if len(v.Problems()) > 0 {
			return fmt.Errorf("volume %s: %s", id, v.Problems()[0].Text)
		}
		path, err := h.show(id)
		if err != nil {
			return err
		}
		if out, err := run(ctx, "", "ntfsresize", "--info", "--force", "--no-progress-bar", path); err != nil {
			return fmt.Errorf("volume %s: %w: %s", id, err, out)
		}
	}
	return nil
}

// verifyMoved compares every file that lay in the room a volume gave up.
func (h *Host) verifyMoved(ctx context.Context, _ map[int64]bool) error {
	for id := range h.slots {
		old, err := h.partBefore(id)
		if err != nil {
			continue
		}
		now, err := h.part(id)
		if err != nil || now.Start != old.Start || now.Size >= old.Size {
			continue
		}
		if err := h.verifyShrunk(ctx, id, old, now); err != nil {
			return fmt.Errorf("volume %s: %w", id, err)
		}
	}
	return nil
}

// both opens a volume as it was and as it would be.
func (h *Host) both(old, now table.Partition) (before, after *ntfs.Volume, err error) {
	if before, err = openNTFS(h.target, old); err != nil {
		return nil, nil, err
	}
	after, err = openNTFS(h.over, now)
	return before, after, err
}

func (h *Host) verifyShrunk(ctx context.Context, id string, old, now table.Partition) error {
	before, after, err := h.both(old, now)
	if err != nil {
		return err
	}
	moved, err := before.Beyond(ctx, int64(now.Size))
	if err != nil {
		return err
	}
	meant := h.writtenRecords(id, before)
	for _, ref := range moved {
		if meant[ref.Record] {
			continue // verifyWritten compares it
		}
		if err := sameStream(ctx, before, after, ref); err != nil {
			return fmt.Errorf("file record %d %s: %w", ref.Record, ref.Stream, err)
		}
	}
	return nil
}

// writtenRecords are the file records of what was meant to change on a volume.
func (h *Host) writtenRecords(id string, v *ntfs.Volume) map[uint64]bool {
	out := map[uint64]bool{}
	for at := range h.written {
		if at.Volume != id {
			continue
		}
		if info, err := v.Lstat(at.Path); err == nil { // a new file has none
			out[info.Sys().(*ntfs.Stat).Record] = true
		}
	}
	return out
}

func sameStream(ctx context.Context, before, after *ntfs.Volume, ref ntfs.StreamRef) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	x, err := before.OpenRef(ref)
	if err != nil {
		return err
	}
	y, err := after.OpenRef(ref)
	if err != nil {
		return err
	}
	want, n, err := sumOf(x)
	if err != nil {
		return err
	}
	have, m, err := sumOf(y)
	if err != nil {
		return err
	}
	if n != m || want != have {
		return errors.New("its content is not the same")
	}
	return nil
}

// verifyKept compares the files of a recovery partition that was resized. A file that lies
// where it lay, on blocks that nobody wrote, needs no reading.
func (h *Host) verifyKept(ctx context.Context, changed map[int64]bool) error {
	for id := range h.resized {
		old, err := h.partBefore(id)
		if err != nil {
			continue
		}
		now, err := h.part(id)
		if err != nil {
			return err
		}
		if err := h.sameFiles(ctx, id, old, now, changed); err != nil {
			return fmt.Errorf("volume %s: %w", id, err)
		}
	}
	return nil
}

// verifyWritten compares every file that was written with what was written: its volume may
// have been shrunk since, and its clusters moved.
func (h *Host) verifyWritten(ctx context.Context, _ map[int64]bool) error {
	for at, want := range h.written {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		have, _, err := h.sum(at)
		if errors.Is(err, fs.ErrNotExist) {
			have, err = "", nil
		}
		if err != nil {
			return fmt.Errorf("volume %s: %s: %w", at.Volume, at.Path, err)
		}
		if have != want {
			return fmt.Errorf("volume %s: %s: it does not hold what was written", at.Volume, at.Path)
		}
	}
	return nil
}

func (h *Host) sameFiles(ctx context.Context, id string, old, now table.Partition, changed map[int64]bool) error {
	before, after, err := h.both(old, now)
	if err != nil {
		return err
	}
	return fs.WalkDir(before, ".", func(name string, d fs.DirEntry, err error) error {
		if _, meant := h.written[host.Place{Volume: id, Path: name}]; err != nil || d.IsDir() || meant {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return sameFile(before, after, old, now, name, changed)
	})
}

func sameFile(before, after *ntfs.Volume, old, now table.Partition, name string, changed map[int64]bool) error {
	was, err := before.Extents(name)
	if err != nil {
		return err
	}
	is, err := after.Extents(name)
	if err != nil {
		return err
	}
	if len(was) > 0 && stayed(was, is, old, now, changed) {
		return nil
	}
	want, err := sumAt(before, name)
	if err != nil {
		return err
	}
	have, err := sumAt(after, name)
	if err == nil && want != have {
		err = fmt.Errorf("%s: its content is not the same", name)
	}
	return err
}

func sumAt(v fs.FS, name string) (string, error) {
	f, err := v.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum, _, err := sumOf(f)
	return sum, err
}

// stayed tells that extents name the same places of the disk, and nobody wrote there.
func stayed(was, is []ntfs.Extent, old, now table.Partition, changed map[int64]bool) bool {
	if len(was) != len(is) {
		return false
	}
	for i, w := range was {
		start := int64(old.Start) + w.Start
		if start != int64(now.Start)+is[i].Start || w.Size != is[i].Size {
			return false
		}
		for b := start / overlay.BlockSize; b*overlay.BlockSize < start+w.Size; b++ {
			if changed[b] {
				return false
			}
		}
	}
	return true
}
