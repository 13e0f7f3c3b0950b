package report

import "strings"

// screen collects the lines of a text report.
type screen struct {
	ruler
	out   strings.Builder
	width int
	color bool
}

func newScreen(o Options) *screen {
	width := o.Width
	if width <= 0 || width > 80 {
		width = 80
	}
	return &screen{ruler: newRuler(), width: max(width, 30), color: o.Color}
}

func (s *screen) line(text string) {
	s.out.WriteString(strings.TrimRight(text, " "))
	s.out.WriteByte('\n')
}

func (s *screen) blank() { s.out.WriteByte('\n') }

// heading stands out by the line below it, and by weight where colour is wanted.
func (s *screen) heading(text string) {
	s.blank()
	for _, l := range s.wrap(text, s.width) {
		s.bold(l)
	}
	s.line(strings.Repeat("-", min(s.ruler.width(text), s.width)))
}

func (s *screen) bold(text string) {
	if s.color {
		text = "\x1b[1m" + text + "\x1b[0m"
	}
	s.line(text)
}

// para writes wrapped text, indented.
func (s *screen) para(indent int, text string) { s.hang(indent, "", text) }

// item writes a list item; its further lines stand below its text.
func (s *screen) item(indent int, text string) { s.hang(indent, "- ", text) }

// hang writes a mark and wrapped text beside it.
func (s *screen) hang(indent int, mark, text string) {
	if text == "" {
		return
	}
	lead := strings.Repeat(" ", indent)
	w := s.ruler.width(mark)
	for i, l := range s.wrap(text, s.width-indent-w) {
		if i == 0 {
			s.line(lead + mark + l)
		} else {
			s.line(lead + strings.Repeat(" ", w) + l)
		}
	}
}

// pair is a label and what it says.
type pair struct{ Label, Text string }

// pairs writes labels in one column and their texts beside them.
func (s *screen) pairs(indent int, list []pair) {
	w := 0
	for _, p := range list {
		if p.Text != "" {
			w = max(w, s.ruler.width(p.Label))
		}
	}
	for _, p := range list {
		s.hang(indent, s.pad(p.Label, w)+"  ", p.Text)
	}
}

// table writes rows in columns as wide as their widest cell; the first row is the
// heading. The last column is wrapped.
func (s *screen) table(indent int, rows [][]string) {
	if len(rows) < 2 {
		return
	}
	last := len(rows[0]) - 1
	widths := make([]int, last)
	for _, row := range rows {
		for i, cell := range row[:last] {
			widths[i] = max(widths[i], s.ruler.width(cell))
		}
	}
	for _, row := range rows {
		var lead strings.Builder
		for i, cell := range row[:last] {
			lead.WriteString(s.pad(cell, widths[i]) + "  ")
		}
		if row[last] == "" {
			s.line(strings.Repeat(" ", indent) + lead.String())
		}
		s.hang(indent, lead.String(), row[last])
	}
}
