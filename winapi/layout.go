package winapi

import "updoc/codec/wintype"

// Sizes of structures of ntddstor.h and ntdddisk.h on 64-bit Windows, bytes.
const (
	layoutHead  = 48  // DRIVE_LAYOUT_INFORMATION_EX before its entries
	layoutEntry = 144 // PARTITION_INFORMATION_EX
	maxLayout   = 1 << 20
	extentHead  = 8
	extentSize  = 24 // DISK_EXTENT
)

// primaryMost are the entries of an MBR; those behind them are of extended partitions.
// Source: DRIVE_LAYOUT_INFORMATION_EX, PartitionCount.
const primaryMost = 4

// Partition styles. Source: PARTITION_STYLE.
const (
	styleMBR = 0
	styleGPT = 1
)

// parseLayout puts the table of DRIVE_LAYOUT_INFORMATION_EX into a disk. Entries that
// are no partitions, unused ones and extended containers, have no number and are left
// out. Source: that structure's documentation.
func parseLayout(b []byte, d *Disk) error {
	f := &fields{b: b}
	style, count := f.u32(0), f.u32(4)
	d.Table, d.Partitions = "none", []Partition{}
	switch style {
	case styleGPT:
		d.Table, d.GUID = "gpt", f.guid(8)
	case styleMBR:
		d.Table, d.Signature = "mbr", f.u32(8)
	default:
		return f.err()
	}
	for i := uint64(0); i < uint64(count) && !f.short; i++ {
		if p := parseEntry(f, layoutHead+i*layoutEntry, style); p.Number != 0 && !f.short {
			p.Logical = style == styleMBR && i >= primaryMost
			d.Partitions = append(d.Partitions, p)
		}
	}
	// A disk without a table is told as one with an MBR that has no signature.
	if style == styleMBR && d.Signature == 0 && len(d.Partitions) == 0 {
		d.Table = "none"
	}
	return f.err()
}

func parseEntry(f *fields, at uint64, style uint32) Partition {
	f.at(at, layoutEntry) // whole, though MBR uses little of it
	p := Partition{Start: f.u64(at + 8), Size: f.u64(at + 16), Number: f.u32(at + 24)}
	if style == styleGPT {
		p.TypeGUID, p.GUID, p.Attributes = f.guid(at+32), f.guid(at+48), f.u64(at+64)
		p.Name = wintype.UTF16Z(f.at(at+72, 72))
		return p
	}
	p.MBRType, p.Active = f.u8(at+32), f.u8(at+33) != 0
	return p
}

// parseGeometry reads sector size and size of the disk. Source: DISK_GEOMETRY_EX.
func parseGeometry(b []byte) (sector uint32, size uint64, err error) {
	f := &fields{b: b}
	sector, size = f.u32(20), f.u64(24)
	return sector, size, f.err()
}

// parseBus reads the bus of STORAGE_DEVICE_DESCRIPTOR.
func parseBus(b []byte) (uint32, error) {
	f := &fields{b: b}
	bus := f.u32(28)
	return bus, f.err()
}

// extent is where a part of a volume lies. Bytes.
type extent struct {
	Disk        uint32
	Start, Size uint64
}

// parseExtents reads VOLUME_DISK_EXTENTS.
func parseExtents(b []byte) ([]extent, error) {
	f := &fields{b: b}
	var all []extent
	count := f.u32(0)
	for i := uint64(0); i < uint64(count) && !f.short; i++ {
		at := extentHead + i*extentSize
		e := extent{f.u32(at), f.u64(at + 8), f.u64(at + 16)}
		if !f.short {
			all = append(all, e)
		}
	}
	return all, f.err()
}

// place puts the extents of a volume into it.
func (v *Volume) place(all []extent) {
	v.Disk = NoDisk
	for i, e := range all {
		if i == 0 {
			v.Disk, v.Start = e.Disk, e.Start
		}
		v.Size += e.Size
	}
}
