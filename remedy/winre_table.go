package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// gptTail is how many sectors at the end of a disk the second copy of a GPT takes.
const gptTail = 33

// extentParams are the place and length that the plan drew, in bytes.
func extentParams(p model.Args) (start, size uint64, err error) {
	if start, err = numberParam(p, "start"); err != nil {
		return 0, 0, err
	}
	size, err = numberParam(p, "size")
	return start, size, err
}

// shrinkTo makes the Windows partition as short as the plan drew it. left is its
// length afterwards; no operation if it is that short already.
func (g *ground) shrinkTo(p model.Args, may bool) (left uint64, ops []host.Op, err error) {
	at, err := g.named(p, "windowsPartition")
	if err != nil {
		return 0, nil, err
	}
	left, err = numberParam(p, "windowsSize")
	if err != nil {
		return 0, nil, err
	}
	if at != g.windows || left == 0 || !may && left < at.Size {
		return 0, nil, refused("refused-stale-plan", model.Args{"what": "windowsSize"})
	}
	if left >= at.Size {
		return at.Size, nil, nil
	}
	if at.Logical {
		return 0, nil, refused("refused-logical", model.Args{"partition": at.ID})
	}
	if err := g.canGive(at.Size - left); err != nil {
		return 0, nil, err
	}
	return left, []host.Op{{Kind: host.ShrinkVolume, Disk: g.disk.Index, Partition: at.ID, Size: left}}, nil
}

// canGive tells whether the Windows volume can lose so many bytes and keep the room it
// needs. How far its files let it shrink is measured by whoever does it.
func (g *ground) canGive(bytes uint64) error {
	free, err := sizeSeen(g.m.Windows.Free, "windows.free")
	if err != nil {
		return err
	}
	have := free - min(free, keepFree)
	if limit := g.m.WinRE.Active.ShrinkLimit; limit.Known {
		have = min(have, uint64(max(limit.Value, 0)))
	}
	if bytes > have {
		return refused("refused-too-little-to-shrink", model.Args{"need": int64(bytes), "have": int64(have)})
	}
	return nil
}

// clear tells whether a partition may lie at start with size bytes: whole sectors,
// inside the usable range, over no other partition and in no extended one it is not in.
// The Windows partition counts with the length left; self is the partition itself, nil
// for a new one.
func (g *ground) clear(start, size, left uint64, self *model.Partition) error {
	sector := uint64(max(g.disk.SectorSize, 512))
	end := start + size
	first, last := g.usable()
	bad := start%sector != 0 || size%sector != 0 || size == 0 || left%sector != 0 || end < start
	if self == nil || start != self.Start {
		bad = bad || start < first
	}
	if self == nil || end != self.Start+self.Size {
		bad = bad || end > last
	}
	for i := range g.disk.Partitions {
		o := &g.disk.Partitions[i]
		length := o.Size
		if o == g.windows {
			length = left
		}
		bad = bad || o != self && start < o.Start+length && end > o.Start
	}
	for _, e := range g.disk.Extended {
		inside := self != nil && self.Logical && start >= e.Start && end <= e.Start+e.Size
		bad = bad || !inside && start < e.Start+e.Size && end > e.Start
	}
	if bad {
		return refused("refused-stale-plan", model.Args{"what": "start"})
	}
	return nil
}

// usable is where partitions may lie: the first MiB holds the table and boot code; at
// the end lies the second copy of a GPT, or what Windows leaves free on an MBR disk,
// whose entries reach no further than 2^32 sectors.
func (g *ground) usable() (first, last uint64) {
	sector := uint64(max(g.disk.SectorSize, 512))
	if g.disk.Table == "mbr" {
		return mib, min(g.disk.Size, sector<<32) - min(g.disk.Size, mib)
	}
	return mib, g.disk.Size - min(g.disk.Size, gptTail*sector)
}

// entriesFull tells whether the table has no entry left. An extended partition takes
// one of the four of an MBR, a logical one none.
func (g *ground) entriesFull() bool {
	if g.disk.Table != "mbr" {
		return len(g.disk.Partitions) >= 128
	}
	n := len(g.disk.Extended)
	for _, p := range g.disk.Partitions {
		if !p.Logical {
			n++
		}
	}
	return n >= 4
}
