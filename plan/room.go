package plan

import (
	"cmp"
	"slices"

	"updoc/model"
)

const (
	// primaries is how many entries an MBR has, gptEntries how many Windows makes in a GPT.
	primaries  = 4
	gptEntries = 128
	// gptTail is how many sectors at the end of a disk the second copy of a GPT takes.
	gptTail = 33
)

// stretch is a piece of a disk: from start up to end, bytes.
type stretch struct{ start, end uint64 }

// usable is where partitions of ours may lie. The first MiB holds the table and boot
// code. At the end a GPT keeps its second copy; on an MBR disk Windows leaves the last
// MiB for the database of dynamic disks, and no entry reaches beyond 2^32 sectors.
func usable(d *model.Disk) stretch {
	sector := uint64(max(d.SectorSize, 512))
	tail := gptTail * sector
	end := d.Size
	if d.Table == "mbr" {
		tail, end = mib, min(end, sector<<32)
	}
	return stretch{mib, end - min(end, tail)}
}

// freeOutside are the usable stretches that belong to no partition and to no extended
// one, by place.
func freeOutside(d *model.Disk) []stretch {
	all := usable(d)
	var out []stretch
	for _, g := range d.Gaps {
		s := stretch{max(g.Start, all.start), min(g.Start+g.Size, all.end)}
		for _, e := range byStart(d.Extended) {
			if e.Start >= s.end || e.Start+e.Size <= s.start {
				continue
			}
			out = keep(out, stretch{s.start, min(e.Start, s.end)})
			s.start = max(s.start, e.Start+e.Size)
		}
		out = keep(out, s)
	}
	return out
}

func keep(list []stretch, s stretch) []stretch {
	if s.start >= s.end {
		return list
	}
	return append(list, s)
}

func byStart(gaps []model.Gap) []model.Gap {
	return slices.SortedFunc(slices.Values(gaps), func(a, b model.Gap) int { return cmp.Compare(a.Start, b.Start) })
}

// gapBefore is the room, in whole MiB, that touches a partition in front. A logical
// partition has none: the record that describes it lies there.
func gapBefore(d *model.Disk, p *model.Partition) uint64 {
	if p.Logical {
		return 0
	}
	for _, f := range freeOutside(d) {
		if f.end == p.Start {
			return roundDown(f.end - f.start)
		}
	}
	return 0
}

// gapBehind is the room, in whole MiB, that touches a partition behind. Of the logical
// ones only the last has any, as far as the extended partition reaches: the records of
// those that follow may lie anywhere in front of them.
func gapBehind(d *model.Disk, p *model.Partition) uint64 {
	end := p.Start + p.Size
	if p.Logical {
		return roundDown(logicalRoom(d, p))
	}
	for _, f := range freeOutside(d) {
		if f.start == end {
			return roundDown(f.end - f.start)
		}
	}
	return 0
}

func logicalRoom(d *model.Disk, p *model.Partition) uint64 {
	end := p.Start + p.Size
	for _, e := range d.Extended {
		if p.Start < e.Start || end > e.Start+e.Size || lastLogical(d) != p.ID {
			continue
		}
		for _, g := range d.Gaps {
			if g.Start == end {
				stop := min(g.Start+g.Size, e.Start+e.Size, usable(d).end)
				return stop - min(stop, end)
			}
		}
	}
	return 0
}

// lastLogical is the id of the logical partition that lies last on the disk.
func lastLogical(d *model.Disk) string {
	id, at := "", uint64(0)
	for _, p := range d.Partitions {
		if p.Logical && p.Start >= at {
			id, at = p.ID, p.Start
		}
	}
	return id
}

// directlyBehind tells whether nothing but unallocated room lies between the end of a
// partition and the beginning of another. A logical one is never: the record that
// describes it lies in front of it.
func directlyBehind(d *model.Disk, first, second *model.Partition) bool {
	end := first.Start + first.Size
	if first.Logical || second.Logical || second.Start < end {
		return false
	}
	within := func(start, size uint64) bool { return start < second.Start && start+size > end }
	for _, p := range d.Partitions {
		if p.ID != first.ID && p.ID != second.ID && within(p.Start, p.Size) {
			return false
		}
	}
	return !slices.ContainsFunc(d.Extended, func(e model.Gap) bool { return within(e.Start, e.Size) })
}

// entriesFull tells whether the table has no entry left for one more partition.
func entriesFull(d *model.Disk) bool {
	if d.Table != "mbr" {
		return len(d.Partitions) >= gptEntries
	}
	n := len(d.Extended)
	for _, p := range d.Partitions {
		if !p.Logical {
			n++
		}
	}
	return n >= primaries
}

// sound tells whether no two partitions of a layout overlap, what was changed lies in
// the usable range and outside extended partitions it was not in, and all is whole
// sectors. It is the last look at a table before it is shown.
func sound(d *model.Disk, l model.Layout) bool {
	all, sector := usable(d), uint64(max(d.SectorSize, 512))
	end := uint64(0)
	for _, p := range slices.SortedFunc(slices.Values(l.Partitions), func(a, b model.LayoutPartition) int { return cmp.Compare(a.Start, b.Start) }) {
		if p.Start < end || p.Size == 0 {
			return false
		}
		end = p.Start + p.Size
		old := partitionOf(d, p.From)
		if old != nil && old.Start == p.Start && old.Size >= p.Size {
			continue
		}
		if p.Start < all.start || end > all.end || p.Start%sector != 0 || p.Size%sector != 0 {
			return false
		}
		if (old == nil || !old.Logical) && crosses(d.Extended, p.Start, end) {
			return false
		}
	}
	return true
}

func crosses(gaps []model.Gap, start, end uint64) bool {
	return slices.ContainsFunc(gaps, func(g model.Gap) bool { return start < g.Start+g.Size && end > g.Start })
}

func partitionOf(d *model.Disk, id string) *model.Partition {
	for i := range d.Partitions {
		if d.Partitions[i].ID == id {
			return &d.Partitions[i]
		}
	}
	return nil
}

func roundUp(n uint64) uint64   { return (n + mib - 1) / mib * mib }
func roundDown(n uint64) uint64 { return n / mib * mib }
