package checksur

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"updoc/format/textlog"
)

const heading = "Checking System Update Readiness."

type reader struct {
	log *Log
	run *Run // nil before the first heading
}

// line interprets one line. What stands before the first heading belongs to no run.
func (in *reader) line(l textlog.Line) {
	t := bytes.TrimSpace(l.Text)
	switch {
	case bytes.HasPrefix(t, []byte(heading)):
		in.end()
		in.log.RunCount++
		in.run = &Run{Line: l.Number, Offset: l.Offset}
	case in.run == nil || len(t) == 0:
	case t[0] == '(':
		in.run.item(l.Number, t)
	case in.run.Time.IsZero() && t[0] == '2':
		in.run.Time, _ = time.Parse("2006-01-02 15:04", string(t[:min(len(t), 16)]))
	default:
		in.run.word(t)
	}
}

// end keeps the run that was being read, if it says anything.
func (in *reader) end() {
	r := in.run
	in.run = nil
	if r == nil || !r.Summed && r.ItemCount == 0 {
		return
	}
	in.log.Runs = textlog.AppendNewest(in.log.Runs, *r, maxRuns)
}

// word interprets a line of the heading or of the summary:
//
//	Binary Version 6.1.7601.22471
//	Seconds executed: 264
//	Found 3 errors
//	Fixed 1 errors
//	No errors detected
//
// Windows 8 counts like DISM: "Total Detected Corruption: 3". The counts of each kind
// ("CBS MUM Missing Total count: 3") repeat the items.
func (r *Run) word(t []byte) {
	text := textlog.Clip(t, maxText)
	for _, c := range counts {
		rest, ok := strings.CutPrefix(text, c.before)
		n, tail, number := leadingNumber(rest)
		if ok && number && strings.HasPrefix(tail, c.behind) {
			r.summed()
			*c.of(r) = n
			return
		}
	}
	switch {
	case text == "No errors detected", text == "Found no errors":
		r.summed()
	case strings.HasPrefix(text, "Seconds executed:"):
		r.Seconds, _, _ = leadingNumber(text[len("Seconds executed:"):])
	case strings.HasPrefix(text, "Binary Version "):
		r.Binary = textlog.Clip(t[len("Binary Version "):], maxName)
	}
}

// counts are the numbers of the summary.
var counts = []struct {
	before, behind string
	of             func(*Run) *int64
}{
	{"Found ", " error", func(r *Run) *int64 { return &r.Found }},
	{"Fixed ", " error", func(r *Run) *int64 { return &r.Fixed }},
	{"Fix ", " error", func(r *Run) *int64 { return &r.Fixed }},
	{"Total Detected Corruption:", "", func(r *Run) *int64 { return &r.Found }},
	{"Total Repaired Corruption:", "", func(r *Run) *int64 { return &r.Fixed }},
}

// summed notes that the summary is reached: its counts take the place of those that
// were made here.
func (r *Run) summed() {
	if !r.Summed {
		r.Summed, r.Found, r.Fixed = true, 0, 0
	}
}

// item interprets a line of a damaged part ("(f)", on Windows 8 "(p)") or one that the
// tool put right ("(fix)"). Others warn about the tool's own trouble.
//
//	(f)  CSI Payload File Missing  0x00000000  example.dll  amd64_microsoft-windows-example_…
//	(f)  CBS MUM Missing  0x00000002  servicing\Packages\Package_for_KB958690~….mum
//	(fix)  CSI Payload File Missing  CSI File Replaced  File: example.dll From: …
func (r *Run) item(line int64, t []byte) {
	tag, rest, ok := bytes.Cut(t, []byte(")"))
	rest = bytes.TrimSpace(rest)
	switch {
	case !ok || len(rest) == 0:
	case string(tag) == "(f" || string(tag) == "(p":
		r.damaged(line, rest)
	case string(tag) == "(fix":
		r.repaired(string(rest))
	}
}

func (r *Run) damaged(line int64, rest []byte) {
	it := Item{Line: line}
	fields := split(rest)
	for i, f := range fields {
		if code, ok := codeOf(f); ok && i > 0 {
			it.Kind, it.Code = strings.Join(fields[:i], " "), code
			it.Path = pathOf(it.Kind, fields[i+1:])
			break
		}
	}
	if it.Kind == "" {
		it.untold(fields)
	}
	it.Kind, it.Path = textlog.Clip([]byte(it.Kind), maxName), textlog.Clip([]byte(it.Path), maxText)
	if it.Kind == "" || it.Path == "" {
		return
	}
	r.ItemCount++
	r.count(it.Fixed)
	if len(r.Items) < maxItems {
		r.Items = append(r.Items, it)
	}
}

// untold reads an item without a code, as Windows 8 writes it: kind, state, path.
func (it *Item) untold(fields []string) {
	for _, f := range fields {
		switch {
		case f == "(Fixed)":
			it.Fixed = true
		case len(f) == 3 && f[0] == '(' && f[2] == ')':
		case it.Kind == "":
			it.Kind = f
		default:
			it.Path = f
		}
	}
}

// count counts an item as long as no summary tells better.
func (r *Run) count(fixed bool) {
	if r.Summed {
		return
	}
	r.Found++
	if fixed {
		r.Fixed++
	}
}

// repaired marks the newest item of the same kind that the line names by its file.
func (r *Run) repaired(text string) {
	for i := len(r.Items) - 1; i >= 0; i-- {
		it := &r.Items[i]
		name := it.Path[strings.LastIndexByte(it.Path, '\\')+1:]
		if it.Fixed || !strings.HasPrefix(text, it.Kind) || !strings.Contains(text, name) {
			continue
		}
		it.Fixed = true
		if !r.Summed {
			r.Fixed++
		}
		return
	}
}

// pathOf puts payload together, whose file stands before its component.
func pathOf(kind string, fields []string) string {
	switch {
	case len(fields) == 0:
		return ""
	case strings.HasPrefix(kind, "CSI Payload") && len(fields) > 1 && !strings.ContainsRune(fields[0], '\\'):
		return fields[1] + `\` + fields[0]
	}
	return fields[0]
}

// split splits at tabs, or at runs of blanks where an editor has replaced them; where
// all but one blank is lost, at every blank.
func split(t []byte) []string {
	by := "\t"
	if !bytes.ContainsRune(t, '\t') {
		by = "  "
	}
	if !bytes.Contains(t, []byte(by)) {
		return strings.Fields(string(t))
	}
	var out []string
	for f := range strings.SplitSeq(string(t), by) {
		if f = strings.TrimSpace(f); f != "" {
			out = append(out, f)
		}
	}
	return out
}

func codeOf(f string) (uint32, bool) {
	digits, ok := strings.CutPrefix(f, "0x")
	n, err := strconv.ParseUint(digits, 16, 32)
	return uint32(n), ok && err == nil
}

// leadingNumber reads the digits at the beginning, and what follows them.
func leadingNumber(s string) (int64, string, bool) {
	s = strings.TrimLeft(s, " \t")
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, err := strconv.ParseInt(s[:i], 10, 64)
	return n, s[i:], err == nil
}
