// Package table reads the partition table of a disk, GPT or MBR, works out what has to be written to change
// it and leave every other byte alone, and writes fresh ones for the disks our tests build.
//
// It may import the standard library, codec and disk/damage. It must never repair what it reads: a damaged
// copy is used only if the other one is whole, and is reported either way. It must never change a table that
// has problems.
package table

import (
	"io"
	"sort"

	"updoc/disk/damage"
)

// Problem is one fault of the table; see the codes in codes.go.
type Problem = damage.Problem

// Kinds of table: what Table.Kind may be.
const (
	GPT  = "gpt"
	MBR  = "mbr"
	None = "none"
)

// Table is the partition table as it stands on the disk. All places and lengths are bytes.
type Table struct {
	// Kind is GPT, MBR or None. It is GPT with no partitions if a protective MBR stands before two
	// unreadable copies.
	Kind string
	// SectorSize is the logical sector size the table was written for: 512 or 4096.
	SectorSize int
	// DiskGUID is set for GPT, DiskSignature (as Windows shows it, little-endian) for MBR.
	DiskGUID      GUID
	DiskSignature uint32
	// Partitions are in table order, logical ones last. An extended partition is only their container
	// and stands in Extended.
	Partitions []Partition
	Extended   []Gap
	// Problems are in the order they were found, nil if the table is whole.
	Problems []Problem
	// FirstUsable and LastUsable are the first and the last byte a partition may cover.
	FirstUsable, LastUsable uint64
	// Gaps are the usable stretches no partition covers, by place; also the small one before a first
	// aligned partition.
	Gaps []Gap
	// FromBackup tells that the GPT's primary copy was unreadable and this is its backup.
	FromBackup bool
}

// Partition is one used entry of the table, as it stands there: it may overlap another or leave the disk, which Problems
// then tell.
type Partition struct {
	// Index is 1-based, as Windows numbers partitions: used entries in table order, an extended
	// container not counted, logical partitions after the primary ones.
	Index int
	// Slot is the 0-based place in the table (for a logical partition: 4 and up), for editing.
	Slot int
	// TypeGUID, GUID, Name and Attributes are GPT's, MBRType is MBR's; the others are zero.
	TypeGUID   GUID
	MBRType    byte
	GUID       GUID
	Name       string
	Attributes uint64
	// Start and Size are bytes.
	Start, Size uint64
	// Active is the MBR boot flag. Logical tells that the partition lies in an extended one.
	Active, Logical bool
}

// End is the first byte after the partition, saturated on nonsense.
func (p Partition) End() uint64 {
	if end := p.Start + p.Size; end >= p.Start {
		return end
	}
	return ^uint64(0)
}

// TypeName is the type in our words ("efi-system", "recovery", "basic-data", …), "unknown" if we
// have none.
func (p Partition) TypeName() string {
	name := typeNames[p.TypeGUID]
	if p.TypeGUID.IsZero() {
		name = mbrNames[p.MBRType]
	}
	if name == "" {
		return "unknown"
	}
	return name
}

// Gap is an unused stretch of the disk in bytes.
type Gap struct{ Start, Size uint64 }

// Read reads the table of a disk of size bytes. sectorHint is the logical sector size if it is known
// (a device), 0 if it is to be found out. It never fails: what is wrong stands in Problems.
func Read(r io.ReaderAt, size int64, sectorHint int) *Table { return newReader(r, size, sectorHint).t }

func newReader(r io.ReaderAt, size int64, sectorHint int) *reader {
	rd := &reader{r: r, size: max(size, 0), t: &Table{Kind: None, SectorSize: sectorHint}}
	if sectorHint != 512 && sectorHint != 4096 {
		sectorHint, rd.t.SectorSize = 0, 512
	}
	rd.read(sectorHint)
	rd.finish()
	return rd
}

// reader is one run over a disk.
type reader struct {
	r    io.ReaderAt
	size int64
	t    *Table
	log  damage.Log
	mbr  *mbrSector // nil if the first sector is unreadable or a volume's own
	// firstRead tells that the first sector could be read.
	firstRead bool
	// primary and backup are the two copies of a GPT, whole or not.
	primary, backup *gptCopy
	// entries tells where each partition of an MBR disk has its entry, containers where those are.
	entries, containers []entryPlace
	// chain are the sectors of the extended boot records.
	chain []uint64
}

func (r *reader) read(hint int) {
	first := make([]byte, 512)
	if _, err := r.r.ReadAt(first, 0); err != nil {
		r.log.Add(CodeUnreadable, 0, "the first sector cannot be read: %v", err)
	} else if r.firstRead = true; !isVolumeBoot(first) {
		r.mbr = parseMBR(first)
	}
	if r.readGPT(hint) {
		return
	}
	if r.mbr != nil && r.mbr.valid {
		r.readMBR(hint)
	}
}

// finish fills in what follows from the partitions.
func (r *reader) finish() {
	r.checkTypes()
	r.checkPlaces()
	if r.t.Kind != None {
		r.t.Gaps = gaps(r.t)
	}
	for i := range r.t.Partitions {
		r.t.Partitions[i].Index = i + 1
	}
	r.t.Problems = r.log.All()
}

// checkTypes names what makes a disk unfit for any change of ours.
func (r *reader) checkTypes() {
	for _, p := range r.t.Partitions {
		switch p.TypeName() {
		case "ldm-metadata", "ldm-data":
			r.log.Add(CodeDynamicDisk, int64(p.Start), "a partition belongs to a dynamic disk (LDM): volumes may span disks")
		case "storage-spaces":
			r.log.Add(CodeStorageSpaces, int64(p.Start), "a partition belongs to a Storage Spaces pool")
		}
	}
}

// checkPlaces finds partitions that leave the disk or each other's bounds.
func (r *reader) checkPlaces() {
	byStart := append([]Partition(nil), r.t.Partitions...)
	sort.SliceStable(byStart, func(i, j int) bool { return byStart[i].Start < byStart[j].Start })
	var end uint64
	for _, p := range byStart {
		if p.End() > uint64(r.size) {
			r.log.Add(CodeOutOfRange, int64(p.Start), "a partition of %d bytes ends at %d, the disk at %d", p.Size, p.End(), r.size)
		} else if r.t.Kind == GPT && (p.Start < r.t.FirstUsable || p.End() > r.t.LastUsable+1) {
			r.log.Add(CodeOutOfRange, int64(p.Start), "a partition lies outside the usable range %d-%d", r.t.FirstUsable, r.t.LastUsable)
		}
		if p.Start < end {
			r.log.Add(CodeOverlap, int64(p.Start), "a partition begins before another one ends at %d", end)
		}
		end = max(end, p.End())
	}
}

// gaps are the free stretches between FirstUsable and LastUsable.
func gaps(t *Table) []Gap {
	byStart := append([]Partition(nil), t.Partitions...)
	sort.SliceStable(byStart, func(i, j int) bool { return byStart[i].Start < byStart[j].Start })
	var out []Gap
	at := t.FirstUsable
	for _, p := range byStart {
		if p.Start > at && p.Start <= t.LastUsable {
			out = append(out, Gap{at, p.Start - at})
		}
		at = max(at, p.End())
	}
	if at <= t.LastUsable && t.LastUsable > t.FirstUsable {
		out = append(out, Gap{at, t.LastUsable - at + 1})
	}
	return out
}
