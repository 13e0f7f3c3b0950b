package cli

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/mattn/go-runewidth"
)

// narrow measures text the same in every locale.
var narrow = &runewidth.Condition{StrictEmojiNeutral: true}

// sheetLines is how many lines of a list or table are shown without -v.
const sheetLines = 15

// sheet lays out an overview as text. Labels are ids below ui.inspect.
type sheet struct {
	say   func(id string) string
	all   bool
	out   strings.Builder
	facts [][2]string // label and value, waiting to be aligned
}

func (s *sheet) label(id string) string { return s.say("ui.inspect." + id) }

// title begins the sheet: what was looked at, and what it is.
func (s *sheet) title(path, kind string) {
	fmt.Fprintf(&s.out, "%s\n%s\n", plain(path), s.label("kind."+kind))
}

// row adds a fact; an empty value is left out.
func (s *sheet) row(id, value string) {
	if value != "" {
		s.facts = append(s.facts, [2]string{s.label(id), plain(value)})
	}
}

func (s *sheet) rowCount(id string, n int64) { s.row(id, commas(n)) }

// rowIf adds a count only if there is something to count.
func (s *sheet) rowIf(id string, n int64) {
	if n != 0 {
		s.rowCount(id, n)
	}
}

func (s *sheet) rowTime(id string, t time.Time) {
	if !t.IsZero() {
		s.row(id, t.UTC().Format("2006-01-02 15:04:05")+" UTC")
	}
}

func (s *sheet) rowBool(id string, v bool) {
	word := "no"
	if v {
		word = "yes"
	}
	s.row(id, s.say("ui."+word))
}

// flush writes the waiting facts, values in one column.
func (s *sheet) flush() {
	if len(s.facts) == 0 {
		return
	}
	s.out.WriteString("\n")
	width := 0
	for _, f := range s.facts {
		width = max(width, narrow.StringWidth(f[0]))
	}
	for _, f := range s.facts {
		s.out.WriteString(pad(f[0], width, false) + "  " + f[1] + "\n")
	}
	s.facts = nil
}

// section writes a heading with a count.
func (s *sheet) section(id string, n int) {
	s.flush()
	fmt.Fprintf(&s.out, "\n%s (%d)\n", s.label(id), n)
}

func (s *sheet) shown(n int) int {
	if s.all {
		return n
	}
	return min(n, sheetLines)
}

func (s *sheet) rest(hidden int) {
	if hidden > 0 {
		fmt.Fprintf(&s.out, "  %s\n", strings.ReplaceAll(s.label("more"), "{n}", commas(hidden)))
	}
}

// list adds lines under a heading; an empty list is left out.
func (s *sheet) list(id string, lines []string) {
	if len(lines) == 0 {
		return
	}
	s.section(id, len(lines))
	n := s.shown(len(lines))
	for _, line := range lines[:n] {
		s.out.WriteString("  " + plain(line) + "\n")
	}
	s.rest(len(lines) - n)
}

// counts adds a table of names with their number, most frequent first.
func (s *sheet) counts(id string, counts map[string]int64) {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	var rows [][]string
	for _, name := range names {
		rows = append(rows, []string{commas(counts[name]), name})
	}
	s.table(id, nil, rows)
}

// table adds rows under a heading, columns aligned, numbers to the right. Columns
// that are empty in every row are left out.
func (s *sheet) table(id string, columns []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	s.section(id, len(rows))
	n := s.shown(len(rows))
	shown := rows[:n]
	if columns != nil {
		var head []string
		for _, c := range columns {
			head = append(head, s.label(c))
		}
		shown = append([][]string{head}, shown...)
	}
	s.grid(shown, columns != nil)
	s.rest(len(rows) - n)
}

func (s *sheet) grid(rows [][]string, headed bool) {
	body := rows
	if headed {
		body = rows[1:]
	}
	lines := make([]string, len(rows))
	for c := range rows[0] {
		width, used, numeric := measure(rows, body, c)
		if !used {
			continue
		}
		for r := range rows {
			lines[r] += "  " + pad(plain(rows[r][c]), width, numeric)
		}
	}
	for _, line := range lines {
		s.out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// numberPattern is a count, a size or a code: what is easier to compare flush right.
var numberPattern = regexp.MustCompile(`^([0-9][0-9,.]*( [KMGTPE]?B)?|0x[0-9a-f]+)$`)

func measure(rows, body [][]string, c int) (width int, used, numeric bool) {
	numeric = true
	for _, row := range rows {
		width = max(width, narrow.StringWidth(plain(row[c])))
	}
	for _, row := range body {
		used = used || row[c] != ""
		numeric = numeric && (row[c] == "" || numberPattern.MatchString(row[c]))
	}
	return width, used, numeric
}

// String returns the sheet.
func (s *sheet) String() string {
	s.flush()
	return s.out.String()
}

func pad(text string, width int, right bool) string {
	fill := strings.Repeat(" ", max(width-narrow.StringWidth(text), 0))
	if right {
		return fill + text
	}
	return text + fill
}

// plain makes text of a file safe for a terminal: nothing in it can move the cursor.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// commas writes a number with thousands separators.
func commas[N int | int64 | uint32 | uint64](n N) string {
	digits := fmt.Sprint(n)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// sizeText shows bytes as Windows does: 1024-based, rounded down, one digit after the
// point below 10.
func sizeText(n uint64) string {
	unit := 0
	tenths := n * 10
	if n > 1<<60 {
		unit, tenths = 3, n>>30*10
	}
	for tenths >= 10240 {
		unit, tenths = unit+1, tenths/1024
	}
	number := strconv.FormatUint(tenths/10, 10)
	if tenths < 100 && tenths%10 != 0 {
		number += "." + strconv.FormatUint(tenths%10, 10)
	}
	return number + " " + []string{"B", "KB", "MB", "GB", "TB", "PB", "EB"}[unit]
}

func hex32(n uint32) string { return fmt.Sprintf("0x%08x", n) }

// localTime writes a time of a log that names no zone: without one.
func localTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02T15:04:05")
}

// timeOrNull is nil for the zero time.
func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC())
}
