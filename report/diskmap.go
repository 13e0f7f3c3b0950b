package report

import (
	"strings"

	"updoc/model"
)

// Measures of a disk map in pixels at its natural size. A partition narrower than
// minBlock is widened to it and carries a break mark.
const (
	blockTop, blockHeight = 26, 64
	mapHeight             = blockTop + blockHeight + 4
	leastGap              = 4 << 20 // bytes: smaller gaps are alignment
	letterWidth           = 6.8     // of a half-width character of a label
)

// diskMap is one partition table, drawn to scale.
type diskMap struct {
	Width, Height int
	Head, Alt     string
	Blocks        []block
	Narrow        bool
	ID            string // unique in the page
}

// block is a partition or a gap of a map.
type block struct {
	X, Y, W, H   int
	Mid          int
	Kind         string // role, or gap: a class of the style sheet
	Name, Size   string // empty if they do not fit
	Title        string
	Used         int // width of the used part; 0 if not known
	UsedY        int
	Broken       bool // widened: not to scale
	Break        string
	Short        bool   // the recovery partition that lacks room
	Mark         string // said above the block
	MarkX        int
	MarkAnchor   string
	markFrom     int // where the mark begins and ends
	markTo       int
	Changed, New bool
}

// extent is a piece of a disk before it is drawn.
type extent struct {
	id, role    string
	start, size uint64
	free        int64 // -1: not known
	old         *uint64
	fresh       bool // made by the plan
}

// mapPair is a disk as it is, and as it would be after the plan.
type mapPair struct {
	Disk          int64
	Before, After []diskMap // wide and narrow
	Caption       []string
}

// Widths of the two drawings of a map: for a page and for a phone.
const (
	wideMap   = 720
	narrowMap = 312
)

func (s speaker) diskMaps(d *model.Diagnosis) []mapPair {
	var out []mapPair
	for i := range d.Machine.Disks.Items {
		disk := &d.Machine.Disks.Items[i]
		if len(disk.Partitions) == 0 {
			continue
		}
		p := mapPair{Disk: disk.Index, Caption: []string{s.ui("map.scale"), s.ui("map.used")}}
		p.Before = s.draw(d, disk, extentsOf(disk), "before")
		for _, l := range d.Plan.After {
			if l.Disk == disk.Index {
				p.After = s.draw(d, disk, extentsAfter(disk, l), "after") // the last plan for a disk counts
			}
		}
		out = append(out, p)
	}
	return out
}

func extentsOf(disk *model.Disk) []extent {
	var out []extent
	for _, p := range disk.Partitions {
		if p.Role == model.RoleExtended {
			continue // its logical partitions are drawn
		}
		e := extent{id: p.ID, role: p.Role, start: p.Start, size: p.Size, free: -1}
		if p.Volume.Free.Known {
			e.free = p.Volume.Free.Value
		}
		out = append(out, e)
	}
	return withGaps(out, disk.Size)
}

func extentsAfter(disk *model.Disk, l model.Layout) []extent {
	old := map[string]*model.Partition{}
	for i := range disk.Partitions {
		old[disk.Partitions[i].ID] = &disk.Partitions[i]
	}
	var out []extent
	for _, p := range l.Partitions {
		if p.Role == model.RoleExtended {
			continue
		}
		e := extent{id: p.From, role: p.Role, start: p.Start, size: p.Size, free: -1, fresh: p.From == ""}
		if o := old[p.From]; o != nil && o.Size != p.Size {
			e.old = &o.Size
		}
		out = append(out, e)
	}
	return withGaps(out, disk.Size)
}

// withGaps adds the room between partitions that is worth showing. The table's order
// need not be that of the disk, and a damaged table may overlap: what overlaps is
// drawn one after the other.
func withGaps(parts []extent, size uint64) []extent {
	sortExtents(parts)
	var out []extent
	at := uint64(0)
	for _, p := range parts {
		if p.start > at && p.start-at >= leastGap {
			out = append(out, extent{role: "gap", start: at, size: p.start - at, free: -1})
		}
		out = append(out, p)
		if end := p.start + p.size; end > at && end >= p.start {
			at = end
		}
	}
	if size > at && size-at >= leastGap {
		out = append(out, extent{role: "gap", start: at, size: size - at, free: -1})
	}
	return out
}

// draw draws extents twice: for a page and for a phone.
func (s speaker) draw(d *model.Diagnosis, disk *model.Disk, parts []extent, id string) []diskMap {
	var out []diskMap
	for _, width := range []int{wideMap, narrowMap} {
		m := diskMap{Width: width, Height: mapHeight, Narrow: width == narrowMap, ID: id, Head: s.ui("head." + id)}
		m.Alt = s.say("ui.map.alt", model.Args{"disk": disk.Index, "size": disk.Size})
		x := 0
		for i, w := range widths(parts, width) {
			b := s.block(parts[i], disk.Table, x, w.w)
			b.Broken = w.broken
			if b.Broken {
				b.Break = zigzag(x+w.w-5, blockTop, blockHeight)
			}
			s.mark(&b, parts[i], d, width)
			m.Blocks = append(m.Blocks, b)
			x += w.w
		}
		partMarks(m.Blocks)
		m.ID += map[bool]string{true: "-narrow", false: "-wide"}[m.Narrow]
		out = append(out, m)
	}
	return out
}

func (s speaker) block(e extent, table string, x, w int) block {
	b := block{X: x, Y: blockTop, W: w, H: blockHeight, Mid: x + w/2, Kind: e.role, Size: sizeOf(float64(e.size)), UsedY: blockTop + blockHeight - 7}
	long := s.ui("gap")
	b.Name = long
	if e.role != "gap" {
		b.Name, long = s.role(e.role, table, "role-short"), s.role(e.role, table, "role")
	}
	b.Title = long + s.ui("list-comma") + b.Size
	if e.free >= 0 && e.size > 0 {
		b.Title += " (" + s.ui("label.free") + " " + sizeOf(float64(e.free)) + ")"
		b.Used = int(float64(w-2) * (1 - min(1, float64(e.free)/float64(e.size))))
	}
	r := newRuler()
	if float64(r.width(b.Name))*letterWidth > float64(w-6) {
		b.Name = ""
	}
	if float64(r.width(b.Size))*letterWidth > float64(w-6) {
		b.Size = ""
	}
	return b
}

// mark says above a block what is special about it: too little room, new, changed.
func (s speaker) mark(b *block, e extent, d *model.Diagnosis, width int) {
	active := d.Machine.WinRE.Active
	b.New, b.Changed = e.fresh, e.old != nil
	switch {
	case e.fresh:
		b.Mark = s.ui("new.mark")
	case e.old != nil:
		b.Mark = sizeOf(float64(*e.old)) + " > " + sizeOf(float64(e.size))
	case e.free >= 0 && active.ID.Known && e.id == active.ID.Value && active.ServicingShort.Known && active.ServicingShort.Value > 0:
		b.Short, b.Mark = true, s.ui("short.mark")
	}
	half := int(float64(newRuler().width(b.Mark))*letterWidth/2) + 2
	b.MarkX, b.MarkAnchor, b.markFrom, b.markTo = b.Mid, "middle", b.Mid-half, b.Mid+half
	switch {
	case b.Mid+half > width:
		b.MarkX, b.MarkAnchor, b.markFrom, b.markTo = width-1, "end", width-2*half, width
	case b.Mid-half < 0:
		b.MarkX, b.MarkAnchor, b.markFrom, b.markTo = 1, "start", 0, 2*half
	}
}

// partMarks drops marks that would lie over each other; that of the narrower block
// stays. What was said remains in the title.
func partMarks(blocks []block) {
	for i := range blocks {
		for j := range i {
			a, b := &blocks[j], &blocks[i]
			if a.Mark == "" || b.Mark == "" || a.markTo < b.markFrom {
				continue
			}
			wider := a
			if b.W > a.W {
				wider = b
			}
			wider.Title += " - " + wider.Mark
			wider.Mark = ""
		}
	}
}

// zigzag is the path of a break mark: what it crosses is not to scale.
func zigzag(x, y, h int) string {
	var out strings.Builder
	out.WriteString("M" + itoa(x) + " " + itoa(y))
	for i, step := 1, h/8; i <= 8; i++ {
		dx := 3
		if i%2 == 0 {
			dx = 0
		}
		out.WriteString(" L" + itoa(x+dx) + " " + itoa(y+i*step))
	}
	return out.String()
}
