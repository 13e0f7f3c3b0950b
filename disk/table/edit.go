package table

import (
	"errors"
	"fmt"
	"io"
)

// Part says which part of a table a write belongs to. Written in the order of their numbers, and the
// medium flushed between them, a table is never without a whole copy: of a GPT the primary entries first,
// then the primary header, then the backup.
type Part int

// Parts of a table. EBR is the record of a logical partition.
const (
	EBR Part = iota
	MasterRecord
	PrimaryEntries
	PrimaryHeader
	BackupEntries
	BackupHeader
)

// Area is where a part of a table lies, in bytes.
type Area struct {
	Offset, Size int64
	Part         Part
}

// Write is what one sector of a table, or one record of 512 bytes, becomes by an edit.
type Write struct {
	Offset int64
	Data   []byte
	Part   Part
}

// Errors of an edit. Nothing is edited then.
var (
	// ErrNoTable: the disk has neither GPT nor MBR.
	ErrNoTable = errors.New("no partition table")
	// ErrNoPartition: no partition has this slot.
	ErrNoPartition = errors.New("no such partition")
	// ErrFull: every entry is used.
	ErrFull = errors.New("the partition table is full")
	// ErrPlace: the place is not whole sectors, is outside of what a partition may cover, or overlaps another.
	ErrPlace = errors.New("a partition cannot lie there")
	// ErrType: the type, GUID or name is none that this kind of table can hold.
	ErrType = errors.New("not a type, GUID or name for this table")
)

// UnsoundError refuses a table that has problems: an edit must not build on them.
type UnsoundError struct{ Problems []Problem }

// Error names the first problem.
func (e *UnsoundError) Error() string {
	return fmt.Sprintf("the partition table has problems, first: %s: %s", e.Problems[0].Code, e.Problems[0].Text)
}

// Editor changes a table and leaves every other byte of the disk alone. It works on what it has read;
// nothing is written but by whoever carries Writes out.
type Editor struct {
	read  *reader
	edits edits
}

// edits is what the two kinds of table do differently.
type edits interface {
	set(i int, p Partition) error
	add(p Partition) (slot int, err error)
	writes() []Write
	areas() []Area
}

// Edit reads the table of a disk of size bytes, as Read does, for changing it. It refuses one with any
// problem but a left-over GPT before an MBR: UnsoundError, or ErrNoTable.
func Edit(r io.ReaderAt, size int64, sectorHint int) (*Editor, error) {
	rd := newReader(r, size, sectorHint)
	var unsound []Problem
	for _, p := range rd.t.Problems {
		if p.Code != CodeGPTRemnant {
			unsound = append(unsound, p)
		}
	}
	if len(unsound) > 0 {
		return nil, &UnsoundError{unsound}
	}
	e := &Editor{read: rd}
	var err error
	switch rd.t.Kind {
	case GPT:
		e.edits, err = newGPTEdits(rd)
	case MBR:
		e.edits, err = newMBREdits(rd)
	default:
		err = ErrNoTable
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Table is the table as it is after the edits so far. The caller must not change it.
func (e *Editor) Table() *Table { return e.read.t }

// Set gives the partition with p's Slot p's Start, Size and type, and on GPT its Attributes. Its slot,
// GUID, name, boot flag and whatever else the entry holds stay. A logical partition stays behind its
// record and inside the extended partition. The errors are ErrNoPartition, ErrPlace and ErrType.
func (e *Editor) Set(p Partition) error {
	for i, old := range e.read.t.Partitions {
		if old.Slot != p.Slot {
			continue
		}
		if err := e.fits(p, i); err != nil {
			return err
		}
		err := e.edits.set(i, p)
		e.read.t.Gaps = gaps(e.read.t)
		return err
	}
	return fmt.Errorf("slot %d: %w", p.Slot, ErrNoPartition)
}

// Add makes a partition of p's Start, Size and type, on GPT with its GUID, Name and Attributes, on MBR a
// primary one that is not active. It takes the first free entry behind the last used one, so that Windows
// numbers the others as before, else the first free one; ErrFull if there is none. The errors are ErrFull,
// ErrPlace and ErrType.
func (e *Editor) Add(p Partition) (slot int, err error) {
	if err := e.fits(p, -1); err != nil {
		return 0, err
	}
	slot, err = e.edits.add(p)
	e.read.t.Gaps = gaps(e.read.t)
	return slot, err
}

// Writes are what makes the disk as edited, by Part; none if nothing has changed.
func (e *Editor) Writes() []Write { return e.edits.writes() }

// Areas are where the parts of the table lie, for telling later which part a changed block belongs to.
func (e *Editor) Areas() []Area { return e.edits.areas() }

// fits checks the place of p, which is or will be partition i (-1: a new one).
func (e *Editor) fits(p Partition, i int) error {
	t, ss := e.read.t, uint64(e.read.t.SectorSize)
	end := p.Start + p.Size
	switch {
	case p.Size == 0 || p.Start%ss != 0 || p.Size%ss != 0:
		return fmt.Errorf("%d bytes at %d are not whole sectors: %w", p.Size, p.Start, ErrPlace)
	case end < p.Start || p.Start < t.FirstUsable || end-1 > t.LastUsable:
		return fmt.Errorf("%d bytes at %d leave the usable range: %w", p.Size, p.Start, ErrPlace)
	}
	for j, q := range t.Partitions {
		if j != i && p.Start < q.End() && q.Start < end {
			return fmt.Errorf("%d bytes at %d overlap the partition at %d: %w", p.Size, p.Start, q.Start, ErrPlace)
		}
	}
	return nil
}

// freeSlot is the first free slot behind the last used one, else the first free one.
func freeSlot(used []bool) (int, error) {
	last := -1
	for i, u := range used {
		if u {
			last = i
		}
	}
	if last+1 < len(used) {
		return last + 1, nil
	}
	for i, u := range used {
		if !u {
			return i, nil
		}
	}
	return 0, ErrFull
}

// changedSectors are the sectors in which now differs from before, which lies at that offset.
func changedSectors(before, now []byte, at int64, sector int, part Part) []Write {
	var out []Write
	for i := 0; i < len(now); i += sector {
		end := min(i+sector, len(now))
		if string(before[i:end]) != string(now[i:end]) {
			out = append(out, Write{at + int64(i), now[i:end:end], part})
		}
	}
	return out
}
