package setupact

import (
	"bytes"
	"context"
	"io"

	"updoc/format/textlog"
)

// Read reads a log to its end. Lines of unknown form are counted and passed.
// When r fails or ctx is cancelled, the Log holds what was seen before.
func Read(ctx context.Context, r io.Reader) (*Log, error) {
	in := &reader{log: &Log{Levels: map[string]int64{}, Codes: map[uint32]int64{}}}
	var err error
	in.log.Encoding, in.log.Bytes, err = textlog.Each(ctx, r, "setup log", func(l textlog.Line) error {
		in.line(l)
		return nil
	})
	in.log.Tail = in.tail.entries()
	return in.log, err
}

type reader struct {
	log  *Log
	tail tail
}

func (in *reader) line(l textlog.Line) {
	in.log.Lines++
	h := textlog.ParseHead(l.Text)
	code := in.codes(l.Text)
	if h.Stamped {
		in.stamped(h)
	}
	in.tail.add(l, code)
	if code != 0 {
		in.log.CodedCount++
		in.log.Coded = textlog.AppendNewest(in.log.Coded, entry(l.Number, l.Offset, l.Text, code), maxCoded)
	}
	switch h.Level {
	case textlog.LevelWarning, textlog.LevelError, textlog.LevelFatal:
		in.problem(entry(l.Number, l.Offset, l.Text, code))
	}
}

func (in *reader) stamped(h textlog.Head) {
	in.log.Stamped++
	in.log.Levels[h.Level.String()]++
	t, _ := textlog.ParseTime(h.Stamp)
	if in.log.FirstTime.IsZero() {
		in.log.FirstTime = t
	}
	in.log.LastTime = t
}

func (in *reader) problem(e Entry) {
	in.log.ProblemCount++
	in.log.Problems = textlog.AppendNewest(in.log.Problems, e, maxProblems)
}

// codes counts the failing codes of a line and returns the first.
func (in *reader) codes(text []byte) uint32 {
	first := uint32(0)
	for {
		i := bytes.Index(text, []byte("0x"))
		if i < 0 {
			return first
		}
		text = text[i+2:]
		code, ok := code(text)
		if !ok {
			continue
		}
		if first == 0 {
			first = code
		}
		if _, known := in.log.Codes[code]; known || len(in.log.Codes) < maxCodes {
			in.log.Codes[code]++
		}
	}
}

// code reads exactly eight hexadecimal digits whose value says "failed".
func code(b []byte) (uint32, bool) {
	n, v := 0, uint32(0)
	for n < len(b) {
		d, ok := digit(b[n])
		if !ok {
			break
		}
		v = v<<4 | uint32(d)
		n++
	}
	return v, n == 8 && v&0x80000000 != 0
}

func digit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// entry takes a line apart for keeping.
func entry(number, at int64, text []byte, code uint32) Entry {
	h := textlog.ParseHead(text)
	e := Entry{Line: number, At: at, Level: h.Level, Code: code, Text: textlog.Clip(h.Rest, maxText)}
	if h.Stamped {
		e.Time, _ = textlog.ParseTime(h.Stamp)
		e.Component = component(h.Rest)
	}
	return e
}

// component reads the name in "[0x0606cc] IBS    text" and "CBS    text": a
// short word in capitals.
func component(b []byte) string {
	if bytes.HasPrefix(b, []byte("[0x")) {
		if i := bytes.IndexByte(b[:min(len(b), 16)], ']'); i >= 0 {
			b = bytes.TrimLeft(b[i+1:], " ")
		}
	}
	n := 0
	for n < len(b) && (b[n] >= 'A' && b[n] <= 'Z' || b[n] >= '0' && b[n] <= '9' && n > 0) {
		n++
	}
	if n < 2 || n > 12 || n == len(b) || b[n] != ' ' {
		return ""
	}
	return string(b[:n])
}

// tail keeps the last lines as they are; they become entries at the end.
type tail struct {
	lines [maxTail]raw
	n     int
}

type raw struct {
	number, at int64
	code       uint32
	text       []byte
}

func (t *tail) add(l textlog.Line, code uint32) {
	r := &t.lines[t.n%maxTail]
	t.n++
	r.number, r.at, r.code = l.Number, l.Offset, code
	r.text = append(r.text[:0], l.Text[:min(len(l.Text), 2*maxText)]...)
}

func (t *tail) entries() []Entry {
	from := max(0, t.n-maxTail)
	out := make([]Entry, 0, t.n-from)
	for i := from; i < t.n; i++ {
		r := &t.lines[i%maxTail]
		out = append(out, entry(r.number, r.at, r.text, r.code))
	}
	return out
}
