package report

import (
	"strconv"
	"strings"
)

// bar is a partition table drawn as one line of characters, with what each number means
// below it.
type bar struct {
	Head, Line string
	Legend     []string
}

// barWidth is the width of a bar in characters.
const barWidth = 64

// barOf draws extents to scale; what would be too narrow for its number is widened.
// Unallocated room has no number and is drawn as dots.
func (s speaker) barOf(head string, parts []extent, table string) bar {
	out := bar{Head: head}
	var line strings.Builder
	n := 0
	for i, w := range widths(parts, max(barWidth, 4*len(parts))) {
		e := parts[i]
		line.WriteByte('|')
		if e.role == "gap" {
			line.WriteString(strings.Repeat(".", max(1, w.w-1)))
			continue
		}
		n++
		mark := strconv.Itoa(n)
		room := max(len(mark), w.w-1) - len(mark)
		line.WriteString(strings.Repeat(" ", room/2) + mark + strings.Repeat(" ", room-room/2))
		out.Legend = append(out.Legend, mark+" "+s.role(e.role, table, "role")+s.ui("list-comma")+sizeOf(float64(e.size))+s.barNote(e))
	}
	out.Line = line.String() + "|"
	return out
}

// barNote says what is new about a partition.
func (s speaker) barNote(e extent) string {
	switch {
	case e.fresh:
		return " (" + s.ui("new.mark") + ")"
	case e.old != nil:
		return " (" + sizeOf(float64(*e.old)) + " > " + sizeOf(float64(e.size)) + ")"
	}
	return ""
}

// bar writes a drawn table on a screen.
func (t *textReport) bar(b bar) {
	t.para(2, b.Head)
	t.line("  " + b.Line)
	for _, l := range b.Legend {
		t.para(4, l)
	}
}
