package fake

import (
	"fmt"
	"slices"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

func shrunk(h *Host, op host.Op) (bool, error) {
	p := h.pc.byID(op.Partition)
	return p != nil && p.Size == op.Size && p.FSSize == op.Size, nil
}

func shrink(h *Host, op host.Op) error {
	p, err := h.volume(op.Partition)
	switch {
	case err != nil:
		return err
	case op.Size > p.Size:
		return refused("not-smaller", op.Partition)
	case op.Size < p.taken():
		return refused("too-little-to-shrink", op.Partition)
	}
	size := op.Size
	if h.pc.troubled(ShrinksLess, "") {
		size += (p.Size - size) / 2
	}
	if err := h.pc.change("file system shrunk", func() { p.FSSize = size }); err != nil {
		return err
	}
	return h.pc.change("entry shortened", func() { p.Size = size })
}

func resized(h *Host, op host.Op) (bool, error) {
	p := h.pc.byID(op.Partition)
	return p != nil && p.Start == op.Start && p.Size == op.Size && p.FSSize == op.Size, nil
}

func resize(h *Host, op host.Op) error {
	p, err := h.volume(op.Partition)
	switch {
	case err != nil:
		return err
	case p.Encrypted:
		return refused("encrypted", op.Partition)
	case op.Start > p.Start || op.Start+op.Size < p.Start+p.Size:
		return refused("does-not-cover", op.Partition)
	case h.pc.taken(op, p):
		return refused("place-taken", op.Partition)
	}
	if err := h.pc.change("entry moved", func() { p.Start, p.Size = op.Start, op.Size }); err != nil {
		return err
	}
	return h.pc.change("file system grown", func() { p.FSSize = op.Size })
}

// taken tells whether the place that op names is not inside the disk, or lies over
// another partition than self.
func (pc *PC) taken(op host.Op, self *Partition) bool {
	d := pc.disk(op.Disk)
	end := op.Start + op.Size
	return d == nil || op.Size == 0 || end > d.Size || slices.ContainsFunc(d.Partitions, func(p *Partition) bool {
		return p != self && op.Start < p.Start+p.Size && end > p.Start
	})
}

func (pc *PC) disk(index int64) *Disk {
	for _, d := range pc.Disks {
		if d.Index == index {
			return d
		}
	}
	return nil
}

// made is the partition that op made before, nil if none.
func (pc *PC) made(op host.Op) *Partition {
	return pc.find(func(p *Partition) bool {
		d := pc.diskOf(p)
		return d.Index == op.Disk && p.Start == op.Start && p.Size == op.Size && p.ID != "" && strings.EqualFold(p.GUID, op.GUID)
	})
}

func created(h *Host, op host.Op) (bool, error) {
	p := h.pc.made(op)
	if p == nil {
		return false, nil
	}
	h.fresh = p.Serial
	return p.FS == "ntfs" && !p.Encrypted && p.Role == model.RoleRecovery, nil
}

func create(h *Host, op host.Op) error {
	p := h.pc.made(op)
	if p == nil {
		var err error
		if p, err = h.pc.makePartition(op); err != nil {
			return err
		}
	}
	h.fresh = p.Serial
	return h.pc.change("formatted", func() { p.FS, p.FSSize, p.Used = "ntfs", p.Size, min(p.Size/50, 16<<20) })
}

func (pc *PC) makePartition(op host.Op) (*Partition, error) {
	d, old := pc.disk(op.Disk), (*Partition)(nil)
	if op.Replace != "" {
		old = pc.byID(op.Replace)
	}
	switch {
	case d == nil:
		return nil, refused("no-such-disk", op.Kind)
	case pc.taken(op, old):
		return nil, refused("place-taken", op.Kind)
	case d.Table == "mbr" && op.Replace == "" && d.primaries() >= 4:
		return nil, refused("table-full", op.Kind)
	}
	if old != nil {
		if err := pc.deletePartition(d, old); err != nil {
			return nil, err
		}
	}
	return pc.newPartition(d, op, typeOf(d.Table, model.RoleRecovery))
}

func (d *Disk) primaries() (n int) {
	for _, p := range d.Partitions {
		if !p.Logical {
			n++
		}
	}
	return n
}

// deletePartition is the tool that removes an entry, and all that was in it.
func (pc *PC) deletePartition(d *Disk, p *Partition) error {
	if pc.troubled(DeleteFails, "") {
		return refused("delete-failed", p.ID)
	}
	return pc.change("removed "+p.ID, func() {
		d.Partitions = slices.DeleteFunc(d.Partitions, func(o *Partition) bool { return o == p })
	})
}

// newPartition is the tool that makes an entry, with its type in the same call if there
// is one. An entry without type is one for data, and device encryption may be there
// before its type is set.
func (pc *PC) newPartition(d *Disk, op host.Op, kind string) (*Partition, error) {
	p := &Partition{Serial: pc.nextSerial(), Index: d.nextIndex(), Role: model.RoleRecovery, Type: kind, GUID: op.GUID,
		Start: op.Start, Size: op.Size, Files: map[string]*File{}}
	p.ID = fmt.Sprintf("disk%dp%d", d.Index, p.Index)
	if d.Table == "gpt" {
		p.Attributes = recoveryAttributes
	}
	if kind == "" {
		p.Role, p.Type, p.Attributes = model.RoleData, typeOf(d.Table, model.RoleData), ""
	}
	err := pc.change("made "+p.ID, func() {
		p.Encrypted = pc.troubled(EncryptsNew, "") || kind == "" && pc.troubled(EncryptsUntyped, "")
		d.add(p)
	})
	return p, err
}

// add puts an entry where it belongs: they are listed by their place.
func (d *Disk) add(p *Partition) {
	d.Partitions = append(d.Partitions, p)
	d.sort()
}

func (d *Disk) sort() {
	slices.SortStableFunc(d.Partitions, func(a, b *Partition) int {
		return int(a.Index - b.Index)
	})
}

func (pc *PC) nextSerial() int {
	n := 1
	for _, p := range pc.partitions() {
		n = max(n, p.Serial+1)
	}
	return n
}

// nextIndex is the first entry not in use.
func (d *Disk) nextIndex() int64 {
	for n := int64(1); ; n++ {
		if !slices.ContainsFunc(d.Partitions, func(p *Partition) bool { return p.Index == n }) {
			return n
		}
	}
}

func typed(h *Host, op host.Op) (bool, error) {
	p := h.pc.byID(op.Partition)
	return p != nil && strings.EqualFold(bare(p.Type), bare(op.Text)), nil
}

func bare(guid string) string { return strings.Trim(guid, "{}") }

// rolesOf are the roles that a type gives.
var rolesOf = map[string]string{espGUID: model.RoleESP, recoveryGUID: model.RoleRecovery, msrGUID: model.RoleMSR, "0x27": model.RoleRecovery}

func setType(h *Host, op host.Op) error {
	p := h.pc.byID(op.Partition)
	if p == nil {
		return refused("no-such-partition", op.Partition)
	}
	kind := strings.ToLower(op.Text)
	if !strings.HasPrefix(kind, "0x") {
		kind = "{" + bare(kind) + "}"
	}
	role, known := rolesOf[kind]
	if !known {
		role = model.RoleData
	}
	return h.pc.change("type set", func() { p.Type, p.Role = kind, role })
}
