package report

import "strings"

// screen collects the lines of a text report.
type screen struct {
	ruler
	out   strings.Builder
	width int
	color bool
	plain bool
	ruled bool // the last line is the rule below a heading
}

func newScreen(o Options) *screen {
	width := o.Width
	if width <= 0 || width > 80 {
		width = 80
	}
	return &screen{ruler: rulerFor(o.Wide), width: max(width, 30), color: o.Color, plain: o.Plain}
}

// clean makes text safe for this screen.
func (s *screen) clean(text string) string {
	if s.plain {
		text = Plain(text)
	}
	return clean(text)
}

func (s *screen) line(text string) {
	s.ruled = false
	s.out.WriteString(strings.TrimRight(text, " "))
	s.out.WriteByte('\n')
}

// blank separates two blocks; below a heading it is not needed.
func (s *screen) blank() {
	if !s.ruled {
		s.out.WriteByte('\n')
	}
}

// heading stands out by the line below it, and by weight where colour is wanted.
func (s *screen) heading(text string) {
	s.blank()
	text = s.clean(text)
	for _, l := range s.wrap(text, s.width) {
		s.bold(l)
	}
	s.line(strings.Repeat("-", min(s.ruler.width(text), s.width)))
	s.ruled = true
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
	mark, text = s.clean(mark), s.clean(text)
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
// heading. The last column is wrapped, or stands below if its words do not fit.
func (s *screen) table(indent int, rows [][]string) {
	if len(rows) < 2 {
		return
	}
	last := len(rows[0]) - 1
	widths, total, lastWidth := make([]int, last), indent, 0
	for _, row := range rows {
		for i, cell := range row[:last] {
			widths[i] = max(widths[i], s.ruler.width(cell))
		}
		for _, word := range strings.FieldsFunc(row[last], func(r rune) bool { return r == ' ' || r == '\\' || r == '、' }) {
			lastWidth = max(lastWidth, s.ruler.width(word)+1)
		}
	}
	for _, w := range widths {
		total += w + 2
	}
	own := total+lastWidth > s.width
	for _, row := range rows {
		lead := s.cells(row[:last], widths)
		if own || row[last] == "" {
			s.line(strings.Repeat(" ", indent) + lead)
			s.para(indent+4, row[last])
			continue
		}
		s.hang(indent, lead, row[last])
	}
}

func (s *screen) cells(row []string, widths []int) string {
	var out strings.Builder
	for i, cell := range row {
		out.WriteString(s.pad(s.clean(cell), widths[i]) + "  ")
	}
	return out.String()
}
