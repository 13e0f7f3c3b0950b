package table

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"updoc/codec/wintype"
)

// Facts from the UEFI specification, chapter "GUID Partition Table (GPT) Disk Layout".
const (
	gptMagic      = "EFI PART"
	gptHeaderSize = 92
	gptEntrySize  = 128
	gptEntries    = 128
	maxEntryBytes = 1 << 20
)

// gptCopy is one of the two copies with what was found wrong with it.
type gptCopy struct {
	present             bool // the magic is there
	whole               bool // both checksums fit
	fault               string
	sector              int
	at                  int64 // byte offset of the header
	mine, other         uint64
	first, last         uint64
	disk                GUID
	entriesAt           uint64
	count, entrySize    uint32
	entriesSum, headSum uint32
	entries             []byte
	raw                 []byte // the header's whole sector
}

// readGPT finds both copies at either sector size and takes the better one. It gives false if the
// disk is not a GPT disk.
func (r *reader) readGPT(hint int) bool {
	primary, backup := r.findGPT(hint)
	r.primary, r.backup = primary, backup
	protective := r.mbr != nil && r.mbr.has(0xee)
	ordinary := r.mbr != nil && r.mbr.valid && r.mbr.used() > 0 && !protective
	if !primary.whole && !backup.whole {
		return r.noGPT(primary, backup, protective)
	}
	if ordinary {
		at := primary.at
		if !primary.whole {
			at = backup.at
		}
		r.log.Add(CodeGPTRemnant, at, "the MBR has ordinary partitions, the GPT left behind it is not used")
		return false
	}
	r.t.Kind = GPT
	r.reportCopies(primary, backup)
	r.reportMBR(protective)
	if primary.whole {
		r.take(primary)
	} else {
		r.t.FromBackup = true
		r.take(backup)
	}
	return true
}

// noGPT decides what it means that no copy is whole.
func (r *reader) noGPT(primary, backup *gptCopy, protective bool) bool {
	if !protective && !(r.mbr == nil || !r.mbr.valid || r.mbr.used() == 0) {
		return false
	}
	if !protective && !primary.present && !backup.present {
		return false
	}
	r.t.Kind = GPT
	if primary.present {
		r.t.SectorSize = primary.sector
	}
	r.reportCopies(primary, backup)
	r.reportMBR(protective)
	return true
}

// findGPT looks for both copies in sectors of the known size, else of 512 and of 4096 bytes. A table that
// was written for other sectors than the device has, as by a USB bridge, is read and named.
func (r *reader) findGPT(hint int) (primary, backup *gptCopy) {
	if hint == 0 {
		return r.findIn(512, 4096)
	}
	primary, backup = r.findIn(hint)
	if primary.whole || backup.whole {
		return primary, backup
	}
	other := 512 + 4096 - hint
	p, b := r.findIn(other)
	if !p.whole && !b.whole {
		return primary, backup
	}
	r.log.Add(CodeSectorSize, p.at, "the table was written for sectors of %d bytes, the device has %d: Windows does not see it here", other, hint)
	return p, b
}

// findIn looks for the primary copy in the second sector and for the backup in the last, and for a
// backup the primary says lies elsewhere.
func (r *reader) findIn(sizes ...int) (primary, backup *gptCopy) {
	for _, ss := range sizes {
		if c := r.readCopy(ss, 1); primary == nil || c.better(primary) {
			primary = c
		}
	}
	if primary.whole {
		sizes = []int{primary.sector}
	}
	for _, ss := range sizes {
		if c := r.readCopy(ss, r.size/int64(ss)-1); backup == nil || c.better(backup) {
			backup = c
		}
	}
	if !backup.whole && primary.whole && primary.other != 1 && primary.other < uint64(r.size)/uint64(primary.sector) {
		if c := r.readCopy(primary.sector, int64(primary.other)); c.better(backup) {
			backup = c
		}
	}
	return primary, backup
}

// better prefers a whole copy to a torn one and a torn one to none.
func (c *gptCopy) better(than *gptCopy) bool {
	rank := func(c *gptCopy) int {
		switch {
		case c.whole:
			return 2
		case c.present:
			return 1
		}
		return 0
	}
	return rank(c) > rank(than)
}

// readCopy reads the header in one sector and its entries, and says what is wrong with them.
func (r *reader) readCopy(sector int, lba int64) *gptCopy {
	c := &gptCopy{sector: sector, at: lba * int64(sector), fault: "no GPT header"}
	if lba < 1 {
		return c
	}
	b := make([]byte, sector)
	if _, err := r.r.ReadAt(b, c.at); err != nil {
		c.fault = "the sector cannot be read: " + err.Error()
		return c
	}
	if !bytes.HasPrefix(b, []byte(gptMagic)) {
		return c
	}
	c.present, c.raw = true, b
	c.parse(b)
	switch size := binary.LittleEndian.Uint32(b[12:]); {
	case size < gptHeaderSize || int(size) > sector:
		c.fault = "the header declares a wrong length"
	case headerSum(b[:size]) != c.headSum:
		c.fault = "the header's checksum is wrong"
	case c.mine != uint64(lba):
		c.fault = "the header belongs to another sector"
	default:
		c.fault = r.readEntries(c)
		c.whole = c.fault == ""
	}
	return c
}

func (c *gptCopy) parse(b []byte) {
	le := binary.LittleEndian
	c.headSum = le.Uint32(b[16:])
	c.mine, c.other = le.Uint64(b[24:]), le.Uint64(b[32:])
	c.first, c.last = le.Uint64(b[40:]), le.Uint64(b[48:])
	copy(c.disk[:], b[56:72])
	c.entriesAt, c.count, c.entrySize = le.Uint64(b[72:]), le.Uint32(b[80:]), le.Uint32(b[84:])
	c.entriesSum = le.Uint32(b[88:])
}

// headerSum is the CRC-32 of the header with its own field taken as zero.
func headerSum(b []byte) uint32 {
	b = bytes.Clone(b)
	clear(b[16:20])
	return crc32.ChecksumIEEE(b)
}

// readEntries reads the entry array within a bound and gives the fault, empty if there is none.
func (r *reader) readEntries(c *gptCopy) string {
	if c.entrySize < gptEntrySize || c.entrySize%8 != 0 || uint64(c.count)*uint64(c.entrySize) > maxEntryBytes {
		return "the header declares a nonsensical entry array"
	}
	if c.entriesAt >= uint64(r.size)/uint64(c.sector) {
		return "the entry array lies past the end of the disk"
	}
	b := make([]byte, c.count*c.entrySize)
	if _, err := r.r.ReadAt(b, int64(c.entriesAt)*int64(c.sector)); err != nil {
		return "the entry array cannot be read: " + err.Error()
	}
	if crc32.ChecksumIEEE(b) != c.entriesSum {
		return "the entry array's checksum is wrong"
	}
	c.entries = b
	return ""
}

// reportCopies names every fault of the two copies and between them.
func (r *reader) reportCopies(primary, backup *gptCopy) {
	if !primary.whole {
		r.log.Add(CodePrimaryDamaged, primary.at, "%s", primary.fault)
	}
	if !backup.whole {
		r.log.Add(CodeBackupDamaged, backup.at, "%s", backup.fault)
		return
	}
	lastLBA := uint64(r.size)/uint64(backup.sector) - 1
	if backup.mine != lastLBA {
		r.log.Add(CodeBackupMisplaced, backup.at, "the backup lies in sector %d, the last is %d", backup.mine, lastLBA)
	}
	if primary.whole && !primary.same(backup) {
		r.log.Add(CodeCopiesDiffer, backup.at, "primary and backup describe different tables")
	}
	if primary.whole && primary.other != backup.mine {
		r.log.Add(CodeBackupMisplaced, primary.at, "the primary says the backup lies in sector %d, it is in %d", primary.other, backup.mine)
	}
}

func (c *gptCopy) same(o *gptCopy) bool {
	return c.disk == o.disk && c.first == o.first && c.last == o.last && c.count == o.count &&
		c.entrySize == o.entrySize && c.entriesSum == o.entriesSum
}

// reportMBR judges the MBR that stands before a GPT.
func (r *reader) reportMBR(protective bool) {
	switch {
	case !r.firstRead:
		return
	case !protective:
		r.log.Add(CodeNoProtective, 0, "no protective MBR stands before the GPT: Windows takes the disk for unpartitioned")
	case r.mbr.used() > 1:
		r.log.Add(CodeHybridMBR, 0, "the MBR has %d entries beside the protective one: Windows may use them and not the GPT", r.mbr.used()-1)
	}
}

// take copies one copy's description into the table.
func (r *reader) take(c *gptCopy) {
	t, ss := r.t, uint64(c.sector)
	t.SectorSize, t.DiskGUID = c.sector, c.disk
	t.FirstUsable, t.LastUsable = satMul(c.first, ss), satMul(c.last, ss)+ss-1
	for i := 0; i < int(c.count); i++ {
		e := c.entries[i*int(c.entrySize):][:gptEntrySize]
		if p, ok := r.entry(e, ss); ok {
			p.Slot = i
			t.Partitions = append(t.Partitions, p)
		}
	}
}

// entry reads one entry; an unused one has a zero type.
func (r *reader) entry(e []byte, sector uint64) (Partition, bool) {
	le := binary.LittleEndian
	var p Partition
	copy(p.TypeGUID[:], e)
	copy(p.GUID[:], e[16:])
	if p.TypeGUID.IsZero() {
		return p, false
	}
	first, last := le.Uint64(e[32:]), le.Uint64(e[40:])
	p.Start, p.Attributes, p.Name = satMul(first, sector), le.Uint64(e[48:]), wintype.UTF16Z(e[56:gptEntrySize])
	if last < first {
		r.log.Add(CodeGPTEntries, int64(min(p.Start, 1<<62)), "a partition ends in sector %d before it begins in %d", last, first)
		return p, true
	}
	p.Size = satMul(last-first+1, sector)
	return p, true
}

// satMul multiplies sectors into bytes and stays below 2^63, so that nonsense cannot wrap around.
func satMul(n, sector uint64) uint64 {
	if n > (1<<63-1)/sector {
		return (1<<63 - 1) / sector * sector
	}
	return n * sector
}
