package msilog

import (
	"bytes"
	"context"
	"io"
	"strconv"

	"updoc/format/textlog"
)

// Read reads a log to its end. Lines of unknown form are counted and passed.
// When r fails or ctx is cancelled, the Log holds what was seen before.
func Read(ctx context.Context, r io.Reader) (*Log, error) {
	in := &reader{log: &Log{Runs: 1}}
	enc, n, err := textlog.Each(ctx, r, "Windows Installer log", func(l textlog.Line) error {
		in.line(l)
		return nil
	})
	in.log.Encoding, in.log.Bytes = enc, n
	return in.log, err
}

type reader struct {
	log     *Log
	stopped bool // "logging stopped" was seen since the run began
	status  bool // the result is of a status line, which an engine's line outdoes
}

func place(l textlog.Line) Place {
	return Place{Line: l.Number, At: l.Offset, Text: textlog.Clip(bytes.TrimLeft(l.Text, " \t"), maxText)}
}

// line looks for what a line can be. The cheap tests come first: most lines of a
// verbose log are none of these.
func (in *reader) line(l textlog.Line) {
	in.log.Lines++
	text := l.Text
	engine := bytes.HasPrefix(text, []byte("MSI ("))
	if engine {
		in.log.Marks++
		text = afterHead(text)
	}
	switch {
	case bytes.HasPrefix(text, []byte("=== ")):
		in.banner(text)
	case bytes.HasPrefix(text, []byte("Property(")):
		in.property(text)
	case bytes.HasPrefix(text, []byte("Note: 1: ")):
		in.note(l, text)
	case bytes.HasPrefix(text, []byte("MainEngineThread is returning ")):
		in.result(l, number(text[len("MainEngineThread is returning "):]), false)
	case bytes.HasPrefix(text, []byte("CustomAction ")):
		in.custom(l, text)
	case bytes.HasPrefix(text, []byte("PROPERTY CHANGE: ")):
		in.change(l, text)
	case bytes.HasPrefix(text, []byte("Warning: Local cached package '")):
		in.cached(l, text)
	case bytes.HasPrefix(text, []byte("SOURCEMGMT: Resolved source to")):
		in.resolved()
	default:
		in.words(l, text)
	}
}

// words are lines in the language of Windows.
func (in *reader) words(l textlog.Line, text []byte) {
	if name, value, ok := actionEnd(text); ok {
		in.log.Marks++
		if value == 3 && in.log.Action == "" {
			in.log.Action, in.log.ActionAt = name, place(l)
		}
		return
	}
	if n, ok := statusLine(text); ok {
		in.names(text)
		in.result(l, n, true)
	}
	in.shown(l, text)
	if in.log.Newer.Line == 0 && saysNewer(text) {
		in.log.Newer = place(l)
	}
}

// afterHead takes "MSI (s) (04:24) [19:16:15:362]: " away. Logs with the times cut
// out of them were seen too, so what ends the head is the first ": ".
func afterHead(text []byte) []byte {
	if i := bytes.Index(text[:min(len(text), 64)], []byte(": ")); i >= 0 {
		return bytes.TrimLeft(text[i+2:], " ")
	}
	return nil
}

// banner is "=== Logging started: …" or "=== Verbose logging stopped: …"; the words
// are English in every language. What follows a stop is a run of its own.
func (in *reader) banner(text []byte) {
	rest, started := cutAfter(text, []byte("ogging started: "))
	if !started {
		var stopped bool
		if rest, stopped = cutAfter(text, []byte("ogging stopped: ")); !stopped {
			return
		}
		in.log.Marks, in.stopped = in.log.Marks+1, true
		in.log.Stopped = stamp(rest)
		return
	}
	if in.stopped {
		old := in.log
		in.log = &Log{Lines: old.Lines, Marks: old.Marks, Runs: old.Runs + 1}
		in.stopped, in.status = false, false
	}
	in.log.Marks++
	if in.log.Started.Time.IsZero() {
		in.log.Started = stamp(rest)
	}
}

func cutAfter(text, sep []byte) ([]byte, bool) {
	_, rest, ok := bytes.Cut(text, sep)
	return rest, ok
}

// property is a line of the dump at the end: "Property(S): ProductName = …". The
// client's dump may come later and be shorter: what is known stays.
func (in *reader) property(text []byte) {
	_, rest, _ := bytes.Cut(text, []byte("): "))
	name, value, ok := bytes.Cut(rest, []byte(" = "))
	if !ok {
		return
	}
	in.log.Marks++
	switch string(name) {
	case "ProductName":
		in.log.Product = textlog.Clip(value, maxName)
	case "ProductVersion":
		in.log.Version = textlog.Clip(value, maxName)
	case "ProductCode":
		in.log.Code = textlog.Clip(value, maxName)
	}
}

// result takes a final result. The engines of nested removals and of the client
// report too: the last report of the run is the run's.
func (in *reader) result(l textlog.Line, n int64, status bool) {
	if n < 0 || status && in.log.Ended && !in.status {
		return
	}
	in.log.Ended, in.log.Result, in.log.At = true, n, place(l)
	in.status = status
}

// number reads the digits at the beginning; -1 if there are none, or too many.
func number(text []byte) int64 {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	v, err := strconv.ParseInt(string(text[:min(n, 12)]), 10, 64)
	if err != nil || n > 11 {
		return -1
	}
	return v
}
