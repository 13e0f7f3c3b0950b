package image

import (
	"io"

	"updoc/disk/commit"
	"updoc/disk/ntfs"
	"updoc/disk/overlay"
	"updoc/disk/table"
)

// Phases of a commit, first to last, with a flush after each. Were the journal lost in the
// middle, each leaves as much usable as can be: what was free first, then the shrunk
// volume, which does not need what comes next, then the room it gave up, then who names
// the recovery partition, then the table. A block of two phases goes to the later.
const (
	phaseFree      commit.Phase = iota + 1 // unused in the old layout
	phaseShrunk                            // the shrunk volume, but
	phaseBoot                              // its boot sector
	phaseReleased                          // the room it gave up, and the recovery partition
	phaseSettings                          // boot store, ReAgent.xml, and changes to files alone
	phaseEntries                           // entries of the primary table; MBR: chained records
	phaseHeader                            // its header; MBR: the sector itself
	phaseSecondary                         // the backup GPT
)

// phases sorts blocks into phases.
type phases struct {
	areas []area // of the table: they come last
	parts []oldPart
}

// area is a stretch of the disk that belongs to one phase.
type area struct {
	start, end int64 // bytes
	phase      commit.Phase
}

// oldPart is a partition as it was, and what became of it.
type oldPart struct {
	start, end int64
	keeps      int64  // where the shrunk volume ends, on the disk; end if it was not shrunk
	shrunk     bool   //
	moved      bool   // the recovery partition that was resized or given up
	cluster    int64  // 0: no NTFS
	used       []byte // $Bitmap as it was
	settings   []area // files that name the recovery partition
}

func (h *Host) phases() (*phases, error) {
	p := &phases{areas: h.tableAreas()}
	for id, slot := range h.slots {
		before, err := partOf(h.before, h.slots, id)
		if err != nil {
			continue // made by us: it was not there
		}
		o, err := h.oldPart(id, slot, before)
		if err != nil {
			return nil, err
		}
		p.parts = append(p.parts, o)
	}
	return p, nil
}

// of gives a block its phase.
func (p *phases) of(block int64) commit.Phase {
	start, end := block*overlay.BlockSize, (block+1)*overlay.BlockSize
	phase := phaseFree
	for i := range p.parts {
		if o := &p.parts[i]; start < o.end && end > o.start {
			phase = max(phase, o.phase(max(start, o.start), min(end, o.end)))
		}
	}
	for _, a := range p.areas {
		if start < a.end && end > a.start {
			phase = max(phase, a.phase)
		}
	}
	return phase
}

// phase is that of a stretch of the partition, given in bytes of the disk.
func (o *oldPart) phase(start, end int64) commit.Phase {
	switch {
	case o.free(start-o.start, end-o.start):
		return phaseFree
	case end > o.keeps || o.moved:
		return phaseReleased
	case o.shrunk && start < o.start+o.cluster:
		return phaseBoot
	case !o.shrunk:
		return phaseSettings
	}
	for _, s := range o.settings {
		if start < s.end && end > s.start {
			return phaseSettings
		}
	}
	return phaseShrunk
}

// free tells that no cluster of the stretch, given in bytes of the volume, was in use.
func (o *oldPart) free(start, end int64) bool {
	if o.cluster == 0 {
		return false
	}
	for n := start / o.cluster; n*o.cluster < end; n++ {
		if n/8 >= int64(len(o.used)) || o.used[n/8]>>(n%8)&1 != 0 {
			return false
		}
	}
	return true
}

func (h *Host) oldPart(id string, slot int, p table.Partition) (oldPart, error) {
	o := oldPart{start: int64(p.Start), end: int64(p.End()), keeps: int64(p.End())}
	now, err := h.part(id)
	switch {
	case err != nil || now.Start != p.Start:
		o.moved = true
	case now.Size < p.Size:
		o.shrunk, o.keeps = true, int64(now.End())
	case now.Size > p.Size:
		o.moved = true
	}
	if !h.touched[id] && !o.moved && !o.shrunk {
		return o, nil // nothing in it changed
	}
	v, err := openNTFS(h.target, p)
	if err != nil {
		return o, nil // FAT: all of it is settings
	}
	o.cluster = v.ClusterSize()
	if o.used, err = v.Bitmap(); err != nil {
		return o, err
	}
	o.settings = h.settingsIn(p)
	return o, nil
}

// settingsFiles are the files that say where the recovery partition is.
var settingsFiles = []string{"Windows/System32/Recovery/ReAgent.xml", "Boot/BCD", "EFI/Microsoft/Boot/BCD"}

func (h *Host) settingsIn(p table.Partition) []area {
	var out []area
	for _, r := range []io.ReaderAt{h.target, h.over} {
		v, err := openNTFS(r, p)
		if err != nil {
			continue
		}
		for _, name := range settingsFiles {
			extents, _ := v.Extents(name) // not there: nothing to say
			for _, e := range extents {
				out = append(out, area{int64(p.Start) + e.Start, int64(p.Start) + e.Start + e.Size, phaseSettings})
			}
		}
	}
	return out
}

// tableAreas are where partition tables lie. Source: UEFI specification, 5.3.
func (h *Host) tableAreas() []area {
	sector, size := int64(h.before.SectorSize), h.target.Size()
	if h.before.Kind == table.MBR {
		out := []area{{0, sector, phaseHeader}}
		for _, g := range h.before.Gaps {
			if h.inExtended(g.Start) {
				out = append(out, area{int64(g.Start), int64(g.Start + g.Size), phaseEntries})
			}
		}
		return out
	}
	return []area{
		{2 * sector, int64(h.before.FirstUsable), phaseEntries},
		{0, 2 * sector, phaseHeader},
		{int64(h.before.LastUsable) + 1, size, phaseSecondary},
	}
}

func (h *Host) inExtended(at uint64) bool {
	for _, e := range h.before.Extended {
		if at >= e.Start && at < e.Start+e.Size {
			return true
		}
	}
	return false
}

// watch lists what tells of other writers: the tables, and of each volume that was
// touched its boot sectors, $MFT 0-15, the restart pages of $LogFile, and $Bitmap.
func (h *Host) watch() []commit.Range {
	var out []commit.Range
	for _, a := range h.tableAreas() {
		out = append(out, commit.Range{Start: a.start, Size: a.end - a.start})
	}
	for id := range h.slots {
		p, err := partOf(h.before, h.slots, id)
		if err != nil || !h.changed(id, p) {
			continue
		}
		out = append(out, h.watchVolume(p)...)
	}
	return out
}

func (h *Host) changed(id string, p table.Partition) bool {
	now, err := h.part(id)
	return h.touched[id] || err != nil || now.Start != p.Start || now.Size != p.Size
}

const bootArea = 8192

func (h *Host) watchVolume(p table.Partition) []commit.Range {
	at := func(e ntfs.Extent, most int64) commit.Range {
		return commit.Range{Start: int64(p.Start) + e.Start, Size: min(e.Size, most)}
	}
	out := []commit.Range{at(ntfs.Extent{Size: int64(p.Size)}, bootArea), at(ntfs.Extent{Start: int64(p.Size) - 512, Size: 512}, 512)}
	v, err := openNTFS(h.target, p)
	if err != nil {
		return out
	}
	for record, most := range map[uint64]int64{ntfs.RecordMFT: 16 * 4096, ntfs.RecordLogFile: 2 * 4096, ntfs.RecordBitmap: 1 << 62} {
		extents, err := v.SystemExtents(record)
		if err != nil {
			continue
		}
		for _, e := range extents {
			out = append(out, at(e, most))
			if most -= e.Size; most <= 0 {
				break
			}
		}
	}
	return out
}
