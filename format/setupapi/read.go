package setupapi

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"

	"updoc/format/textlog"
)

// Read reads a log to its end. Lines of unknown form are passed. When r fails or ctx is cancelled, the Log holds what was seen
// before.
func Read(ctx context.Context, r io.Reader) (*Log, error) {
	in := &reader{log: &Log{}}
	var err error
	in.log.Encoding, in.log.Bytes, err = textlog.Each(ctx, r, "driver log", func(l textlog.Line) error {
		in.line(l)
		return nil
	})
	in.leave()
	return in.log, err
}

type reader struct {
	log    *Log
	open   *Section
	titled bool   // the title names the INF
	marked string // INF named by an error
	last   string // INF named last
}

var (
	begins = []byte(">>>  ")
	ends   = []byte("<<<  ")
	marks  = []byte("!!!")
	dotINF = []byte(".inf")
)

func (in *reader) line(l textlog.Line) {
	in.log.Lines++
	switch {
	case bytes.HasPrefix(l.Text, begins):
		in.begin(l, l.Text[len(begins):])
	case bytes.HasPrefix(l.Text, ends):
		in.end(l.Text[len(ends):])
	case in.open != nil:
		in.inside(l.Text)
	}
}

// begin takes ">>>  [title]" and ">>>  Section start 2024/01/10 10:00:00.000".
func (in *reader) begin(l textlog.Line, t []byte) {
	if rest, ok := bytes.CutPrefix(t, []byte("Section start ")); ok {
		if in.open != nil {
			in.open.Start, _ = textlog.ParseTime(rest)
			in.seen(in.open)
		}
		return
	}
	if !bytes.HasPrefix(t, []byte("[")) {
		return
	}
	in.leave()
	in.log.Sections++
	title := bytes.TrimSuffix(bytes.TrimRight(t[1:], " "), []byte("]"))
	in.open = &Section{Line: l.Number, At: l.Offset, Title: textlog.Clip(title, maxText), INF: infIn(title)}
	in.titled = in.open.INF != ""
}

// end takes "<<<  Section end …" and "<<<  [Exit status: FAILURE(0x00000490)]".
func (in *reader) end(t []byte) {
	if in.open == nil {
		return
	}
	if rest, ok := bytes.CutPrefix(t, []byte("Section end ")); ok {
		in.open.End, _ = textlog.ParseTime(rest)
		in.seen(in.open)
		return
	}
	if status, ok := bytes.CutPrefix(t, []byte("[Exit status: ")); ok {
		in.finish(status)
	}
}

func (in *reader) finish(status []byte) {
	s := in.open
	in.forget()
	rest, failed := bytes.CutPrefix(status, []byte("FAILURE"))
	if !failed {
		return
	}
	in.log.Failed++
	s.Code = codeIn(rest)
	in.log.Failures = textlog.AppendNewest(in.log.Failures, *s, maxFailures)
}

// forget closes the open section, naming its INF as well as is known.
func (in *reader) forget() {
	if !in.titled {
		in.open.INF = in.marked
		if in.marked == "" {
			in.open.INF = in.last
		}
	}
	in.open, in.titled, in.marked, in.last = nil, false, "", ""
}

// leave counts a section that was never closed.
func (in *reader) leave() {
	if in.open != nil {
		in.log.Open++
		in.forget()
	}
}

func (in *reader) inside(t []byte) {
	inf := ""
	if !in.titled {
		if inf = infIn(t); inf != "" {
			in.last = inf
		}
	}
	if !bytes.HasPrefix(t, marks) {
		return
	}
	if in.open.Error == "" {
		in.open.Error = textlog.Clip(bytes.TrimLeft(t[len(marks):], " \t"), maxText)
	}
	if in.marked == "" {
		in.marked = inf
	}
}

// seen notes the span of the log.
func (in *reader) seen(s *Section) {
	last := s.End
	if last.IsZero() {
		last = s.Start
	}
	if last.IsZero() {
		return
	}
	if in.log.FirstTime.IsZero() {
		in.log.FirstTime = last
	}
	in.log.LastTime = last
}

// codeIn reads "(0x00000490)]".
func codeIn(t []byte) uint32 {
	t = bytes.TrimPrefix(t, []byte("(0x"))
	n := 0
	for n < len(t) && n < 8 && bytes.IndexByte([]byte("0123456789abcdefABCDEF"), t[n]) >= 0 {
		n++
	}
	v, _ := strconv.ParseUint(string(t[:n]), 16, 32)
	return uint32(v)
}

// infIn returns the name of the first INF file that a text names, in lower case and without its folder; "" if none.
func infIn(t []byte) string {
	folded := bytes.ToLower(t[:min(len(t), 4*maxName)])
	for from := 0; ; {
		i := bytes.Index(folded[from:], dotINF)
		if i < 0 {
			return ""
		}
		end := from + i + len(dotINF)
		if end == len(folded) || !nameByte(folded[end]) {
			if name := nameBefore(folded[:end]); len(name) > len(dotINF) {
				return textlog.Clip([]byte(name), maxName)
			}
		}
		from = end
	}
}

// nameBefore is the last part of the path at the end of b.
func nameBefore(b []byte) string {
	i := len(b)
	for i > 0 && (nameByte(b[i-1]) || b[i-1] == '.') {
		i--
	}
	return strings.TrimLeft(string(b[i:]), ".")
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c >= 0x80
}
