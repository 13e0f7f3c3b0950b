package table

import (
	"encoding/binary"
	"io"
)

// mbrSector is a master or extended boot record.
type mbrSector struct {
	valid     bool // signature and plausible boot flags
	signature uint32
	entries   [4]mbrEntry
}

type mbrEntry struct {
	active       bool
	kind         byte
	start, count uint32 // sectors
}

func parseMBR(b []byte) *mbrSector {
	m := &mbrSector{signature: binary.LittleEndian.Uint32(b[440:])}
	m.valid = b[510] == 0x55 && b[511] == 0xaa
	for i := range m.entries {
		e := b[446+16*i:]
		m.valid = m.valid && e[0]&0x7f == 0
		m.entries[i] = mbrEntry{e[0] == 0x80, e[4], binary.LittleEndian.Uint32(e[8:]), binary.LittleEndian.Uint32(e[12:])}
	}
	return m
}

func (m *mbrSector) has(kind byte) bool {
	for _, e := range m.entries {
		if m.valid && e.kind == kind {
			return true
		}
	}
	return false
}

func (m *mbrSector) used() int {
	n := 0
	for _, e := range m.entries {
		if e.kind != 0 {
			n++
		}
	}
	return n
}

func (e mbrEntry) extended() bool { return e.kind == 0x05 || e.kind == 0x0f || e.kind == 0x85 }

// isVolumeBoot recognises a file system's own boot sector: it ends in the same signature as an MBR,
// and its code would be taken for a table.
func isVolumeBoot(b []byte) bool {
	switch string(b[3:11]) {
	case "NTFS    ", "EXFAT   ", "-FVE-FS-", "ReFS\x00\x00\x00\x00":
		return true
	}
	if string(b[54:59]) == "FAT12" || string(b[54:59]) == "FAT16" || string(b[82:87]) == "FAT32" {
		return b[0] == 0xeb || b[0] == 0xe9
	}
	return false
}

func (r *reader) readMBR(hint int) {
	t := r.t
	t.Kind, t.DiskSignature = MBR, r.mbr.signature
	if hint == 0 {
		t.SectorSize = r.guessSector()
	}
	ss := uint64(t.SectorSize)
	t.FirstUsable = ss
	t.LastUsable = max(min(uint64(r.size), ss<<32)/ss*ss, ss) - 1
	for i, e := range r.mbr.entries {
		switch {
		case e.kind == 0 || e.extended():
			continue
		}
		t.Partitions = append(t.Partitions, e.partition(i, 0, ss))
		r.entries = append(r.entries, entryPlace{index: i})
	}
	for i, e := range r.mbr.entries {
		if e.extended() {
			r.containers = append(r.containers, entryPlace{index: i})
			t.Extended = append(t.Extended, Gap{uint64(e.start) * ss, uint64(e.count) * ss})
			r.readChain(e, ss)
		}
	}
}

// entryPlace is where an entry stands: in which record, at which index, and from where its start is
// counted, in sectors. A logical partition's record is linked from another, but for the first.
type entryPlace struct {
	record, base uint64
	index        int
	link         *entryPlace
}

func linkTo(p entryPlace) *entryPlace {
	if p.record == 0 {
		return nil
	}
	return &p
}

func (e mbrEntry) partition(slot int, base, sector uint64) Partition {
	return Partition{
		Slot: slot, MBRType: e.kind, Active: e.active,
		Start: (base + uint64(e.start)) * sector, Size: uint64(e.count) * sector,
	}
}

// guessSector tells 512 from 4096 by where the boot sector of a partition is found: an MBR does not say.
func (r *reader) guessSector() int {
	for _, e := range r.mbr.entries {
		if e.kind == 0 || e.start == 0 {
			continue
		}
		for _, ss := range []int64{512, 4096} {
			b := make([]byte, 512)
			if _, err := r.r.ReadAt(b, int64(e.start)*ss); err == nil && bootSector(b, e) {
				return int(ss)
			}
		}
	}
	return 512
}

func bootSector(b []byte, e mbrEntry) bool {
	if e.extended() {
		return parseMBR(b).valid
	}
	return isVolumeBoot(b)
}

// maxLogical bounds the chain beside the guard against loops.
const maxLogical = 256

// readChain follows the chain of extended boot records: each has one logical partition, placed relative
// to the record, and a link, placed relative to the first record.
func (r *reader) readChain(ext mbrEntry, ss uint64) {
	seen := map[uint64]bool{}
	slot := 3
	for _, p := range r.t.Partitions {
		slot = max(slot, p.Slot)
	}
	var link entryPlace
	for at := uint64(ext.start); ; {
		if seen[at] || len(seen) == maxLogical {
			r.log.Add(CodeExtendedLoop, int64(at*ss), "the chain of logical partitions comes back to sector %d", at)
			return
		}
		seen[at] = true
		m, err := r.extendedRecord(at * ss)
		if err != nil || !m.valid {
			r.log.Add(CodeExtendedDamaged, int64(at*ss), "an extended boot record is unreadable or invalid")
			return
		}
		r.chain = append(r.chain, at)
		next, linked, from := uint64(0), false, link
		for i, e := range m.entries {
			switch {
			case e.kind == 0:
			case e.extended():
				next, linked = uint64(ext.start)+uint64(e.start), true
				link = entryPlace{record: at, base: uint64(ext.start), index: i}
			default:
				slot++
				p := e.partition(slot, at, ss)
				p.Logical = true
				r.t.Partitions = append(r.t.Partitions, p)
				r.entries = append(r.entries, entryPlace{record: at, base: at, index: i, link: linkTo(from)})
			}
		}
		if !linked {
			return
		}
		at = next
	}
}

func (r *reader) extendedRecord(at uint64) (*mbrSector, error) {
	if at >= uint64(r.size) {
		return nil, io.ErrUnexpectedEOF
	}
	b := make([]byte, 512)
	if _, err := r.r.ReadAt(b, int64(at)); err != nil {
		return nil, err
	}
	return parseMBR(b), nil
}
