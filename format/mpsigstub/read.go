package mpsigstub

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"updoc/format/textlog"
)

// Read reads a log to its end. When r fails or ctx is cancelled, the Log holds what
// was seen before.
func Read(ctx context.Context, r io.Reader) (*Log, error) {
	in := &reader{log: &Log{}}
	var err error
	in.log.Encoding, in.log.Bytes, err = textlog.Each(ctx, r, "MpSigStub.log", func(l textlog.Line) error {
		in.log.Lines++
		in.line(l)
		return nil
	})
	in.close()
	return in.log, err
}

type reader struct {
	log     *Log
	run     *Run   // the block that is open
	section string // of the block: "ProductSearch"
}

// line takes one line. What stands outside a block belongs to no run.
func (in *reader) line(l textlog.Line) {
	text := bytes.TrimSpace(l.Text)
	if stamp, ok := after(text, "Start time:"); ok {
		in.close()
		in.run = &Run{Line: l.Number, Offset: l.Offset, Start: stampUTC(stamp)}
		return
	}
	switch {
	case in.run == nil:
	case isRule(text):
		in.section = string(bytes.Trim(text, "= "))
	case len(text) > 0:
		in.inside(l, text)
	}
}

func (in *reader) inside(l textlog.Line, text []byte) {
	if stamp, ok := after(text, "End time:"); ok {
		in.run.End = stampUTC(stamp)
		in.close()
		return
	}
	in.run.command(text)
	in.run.verdict(l, text)
	if in.section == "ProductSearch" {
		in.run.product(text)
	}
}

func (in *reader) close() {
	if in.run != nil {
		in.log.Count++
		in.log.Runs = textlog.AppendNewest(in.log.Runs, *in.run, maxRuns)
	}
	in.run, in.section = nil, ""
}

// isRule reports whether a line is the centred heading of a section.
func isRule(text []byte) bool {
	return len(text) > 4 && len(text) <= maxField && bytes.HasPrefix(text, []byte("==")) && bytes.HasSuffix(text, []byte("=="))
}

// after returns what follows a word at the beginning of a line.
func after(text []byte, word string) ([]byte, bool) {
	if len(text) < len(word) || !strings.EqualFold(string(text[:len(word)]), word) {
		return nil, false
	}
	return bytes.TrimSpace(text[len(word):]), true
}

// stampUTC reads "2024-03-31 02:22:37Z"; the zero time if it is none.
func stampUTC(b []byte) time.Time {
	t, ok := textlog.ParseTime(b)
	if !ok || len(b) <= textlog.StampLen || b[textlog.StampLen] != 'Z' {
		return time.Time{}
	}
	return t
}

// command reads "Command: /stub V /payload V … /program PATH …" and "PackageName:*PATH".
func (r *Run) command(text []byte) {
	if c, ok := after(text, "Command:"); ok {
		r.Command = textlog.Clip(c, maxField)
		r.Payload = argument(r.Command, "/payload")
		r.Package = fileName(argument(r.Command, "/program"))
	}
	if p, ok := after(text, "PackageName:"); ok && r.Package == "" {
		r.Package = fileName(textlog.Clip(bytes.TrimPrefix(p, []byte("*")), maxField))
	}
}

// argument returns the word behind a switch; a quoted one may hold blanks.
func argument(command, name string) string {
	i := strings.Index(strings.ToLower(command), name+" ")
	if i < 0 {
		return ""
	}
	rest := strings.TrimSpace(command[i+len(name):])
	if quoted, ok := strings.CutPrefix(rest, `"`); ok {
		word, _, _ := strings.Cut(quoted, `"`)
		return word
	}
	word, _, _ := strings.Cut(rest, " ")
	return word
}

func fileName(path string) string { return path[strings.LastIndexAny(path, `\/`)+1:] }

// product reads "Platform: <sha256>  4.18.24020.7" of the product that was found.
func (r *Run) product(text []byte) {
	for name, into := range map[string]*string{"Platform:": &r.Platform, "Engine:": &r.Engine} {
		if rest, ok := after(text, name); ok {
			fields := bytes.Fields(rest)
			if n := len(fields); n > 0 && isVersion(fields[n-1]) {
				*into = textlog.Clip(fields[n-1], maxField)
			}
		}
	}
}

// isVersion tells a version (1.1.24020.9) from a hash.
func isVersion(b []byte) bool {
	return bytes.Count(b, []byte(".")) == 3 && len(bytes.Trim(b, "0123456789.")) == 0
}

const (
	needPrefix = "mpengine.dll version in package is "
	havePrefix = ", but after update machine has older version "
)

// verdict reads how the run went.
func (r *Run) verdict(l textlog.Line, text []byte) {
	if rest, ok := after(text, needPrefix); ok {
		need, have, _ := bytes.Cut(rest, []byte(havePrefix))
		r.Need, r.Have = textlog.Clip(need, maxField), textlog.Clip(bytes.TrimRight(have, ". "), maxField)
	}
	if rest, ok := after(text, "FailedFunction:"); ok {
		r.Function = textlog.Clip(rest, maxField)
	}
	switch rest, isError := errorLine(text); {
	case isError:
		r.fail(l, rest)
	case bytes.HasPrefix(text, []byte("MpSigStub successfully updated")):
		r.Updated = true
	case bytes.Contains(text, []byte("No products found to update")):
		r.Nothing = true
	}
}

// errorLine returns what follows "ERROR" or "HRESULT:" at the beginning of a line.
func errorLine(text []byte) ([]byte, bool) {
	if rest, ok := after(text, "ERROR"); ok {
		return bytes.TrimLeft(rest, ": "), true
	}
	return after(text, "HRESULT:")
}

// fail notes the first failing code, "0x8007051a : function". An error behind a
// success takes the success back.
func (r *Run) fail(l textlog.Line, text []byte) {
	number, rest, _ := bytes.Cut(text, []byte(":"))
	code, ok := failing(number)
	if !ok {
		return
	}
	r.Updated = false
	if r.Error != 0 {
		return
	}
	r.Error, r.ErrorLine = code, l.Number
	if r.Function == "" {
		r.Function = textlog.Clip(bytes.TrimSpace(rest), maxField)
	}
}

// failing reads "0x8007051a" or "8007051A" if its value says "failed".
func failing(b []byte) (uint32, bool) {
	word, _, _ := strings.Cut(strings.TrimSpace(string(b[:min(len(b), 32)])), " ")
	word = strings.TrimPrefix(strings.ToLower(word), "0x")
	n, err := strconv.ParseUint(word, 16, 32)
	return uint32(n), err == nil && len(word) == 8 && n>>31 == 1
}
