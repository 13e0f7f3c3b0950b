package image

import (
	"fmt"
	"io"

	"updoc/disk/damage"
	"updoc/disk/ntfs"
	"updoc/disk/overlay"
	"updoc/disk/table"
	"updoc/model"
	"updoc/remedy/host"
)

// patient is the overlay in the place of the disk it covers. Closing it does nothing.
type patient struct {
	*overlay.Overlay
	target *Target
}

func (p patient) SectorSize() int            { return p.target.SectorSize() }
func (p patient) Format() string             { return p.target.Format() }
func (p patient) Problems() []damage.Problem { return nil }
func (p patient) Close() error               { return nil }

// newID is what the first partition that was made is called here; further ones do not occur.
const newID = host.NewPartition

func idOf(index int) string { return fmt.Sprintf("disk0p%d", index) }

func slotsOf(t *table.Table) map[string]int {
	out := map[string]int{}
	for _, p := range t.Partitions {
		out[idOf(p.Index)] = p.Slot
	}
	return out
}

// namesNow tells what the partitions are called here that facts read now name: one that was
// made gets a number there, and those behind it on an MBR disk another one.
func (h *Host) namesNow() map[string]string {
	bySlot, out := map[int]string{}, map[string]string{}
	for id, slot := range h.slots {
		if bySlot[slot] == "" || id == newID { // it may have taken the place of another
			bySlot[slot] = id
		}
	}
	for _, p := range h.table().Partitions {
		out[idOf(p.Index)] = bySlot[p.Slot]
	}
	return out
}

// own is the id used here for one that the facts use.
func (h *Host) own(id string) string {
	if own := h.names[id]; own != "" {
		return own
	}
	return id
}

// inOwnIDs gives an operation the ids used here.
func (h *Host) inOwnIDs(op host.Op) host.Op {
	op.Partition, op.Replace = h.own(op.Partition), h.own(op.Replace)
	op.From.Volume, op.To.Volume = h.own(op.From.Volume), h.own(op.To.Volume)
	return op
}

// part is a partition as it stands on the overlay, by the id it had when the disk was
// opened.
func (h *Host) part(id string) (table.Partition, error) {
	return partOf(h.table(), h.slots, id)
}

// partBefore is the same on the disk as it was found.
func (h *Host) partBefore(id string) (table.Partition, error) {
	return partOf(h.before, h.slots, id)
}

func partOf(t *table.Table, slots map[string]int, id string) (table.Partition, error) {
	slot, ok := slots[id]
	if !ok {
		return table.Partition{}, &model.Error{Code: "refused-partition-gone", Exit: 6, Args: model.Args{"partition": id}}
	}
	for _, p := range t.Partitions {
		if p.Slot == slot {
			return p, nil
		}
	}
	return table.Partition{}, &model.Error{Code: "refused-partition-gone", Exit: 6, Args: model.Args{"partition": id}}
}

// section is a partition of the overlay, or of the disk as it was found.
func section(r io.ReaderAt, p table.Partition) *io.SectionReader {
	return io.NewSectionReader(r, int64(p.Start), int64(p.Size))
}

func openNTFS(r io.ReaderAt, p table.Partition) (*ntfs.Volume, error) {
	return ntfs.Open(section(r, p), int64(p.Size))
}
