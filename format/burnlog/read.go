package burnlog

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strconv"

	"updoc/format/textlog"
)

// Read reads a Burn log to its end. Lines of unknown form are counted and passed.
// When r fails or ctx is cancelled, the Log holds what was seen before.
func Read(ctx context.Context, r io.Reader) (*Log, error) {
	in := &reader{log: &Log{}}
	var err error
	in.log.Encoding, in.log.Bytes, err = textlog.Each(ctx, r, "bundle log", func(l textlog.Line) error {
		in.line(l)
		return nil
	})
	return in.log, err
}

// How sure a line is about the end; a surer one is not overwritten.
const (
	sureShutdown = iota + 1
	sureApply
	sureExit
)

type reader struct {
	log  *Log
	sure int
}

// head is "[0978:046C][2024-03-30T19:16:10]i001: ". Newer versions write fractions.
var head = regexp.MustCompile(`^\[[0-9A-Fa-f]{1,8}:[0-9A-Fa-f]{1,8}\]\[(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d{1,7})?\]([iwed])(\d{3,4}): ?`)

func (in *reader) line(l textlog.Line) {
	in.log.Lines++
	m := head.FindSubmatchIndex(l.Text[:min(len(l.Text), 96)])
	if m == nil {
		return
	}
	in.log.Entries++
	stamp := append(append(bytes.Clone(l.Text[m[2]:m[3]]), ' '), l.Text[m[4]:m[5]]...)
	if t, ok := textlog.ParseTime(stamp); ok {
		if in.log.First.IsZero() {
			in.log.First = t
		}
		in.log.Last = t
	}
	p := Place{Line: l.Number, At: l.Offset, Text: textlog.Clip(l.Text[m[1]:], maxText)}
	if l.Text[m[6]] == 'e' {
		in.failure(p)
	}
	id, _ := strconv.Atoi(string(l.Text[m[8]:m[9]]))
	in.entry(id, l.Text[m[1]:], p)
}

// entry looks at the messages that decide. Their numbers are those of Burn's message
// table, which is English in every language of Windows.
func (in *reader) entry(id int, text []byte, p Place) {
	switch id {
	case 7:
		in.end(text, "Exit code: ", sureExit, p)
	case 102, 103:
		in.related(text, p)
	case 319:
		in.applied(text, p)
	case 343:
		in.prompt(text)
	case 399:
		in.end(text, "result: ", sureApply, p)
	case 410:
		in.variable(text)
	case 500:
		in.end(text, "exit code: ", sureShutdown, p)
	}
}

func (in *reader) end(text []byte, mark string, sure int, p Place) {
	code, ok := codeAfter(text, mark)
	if ok && sure >= in.sure {
		in.log.Ended, in.log.Result, in.log.At, in.sure = true, code, p, sure
	}
}

// related is "Detected related bundle: {…}, type: Upgrade, scope: PerMachine,
// version: 14.38.33130.0, operation: Downgrade".
func (in *reader) related(text []byte, p Place) {
	if in.log.Newer.Line == 0 && bytes.Contains(text, []byte("operation: Downgrade")) {
		in.log.Newer, in.log.Have = p, textlog.Clip(word(text, "version: "), maxName)
	}
}

// applied is "Applied execute package: vcRuntimeMinimum_x64, result: 0x80070643, restart: None".
func (in *reader) applied(text []byte, p Place) {
	code, ok := codeAfter(text, "result: ")
	if ok && bad(code) && in.log.Failed.Line == 0 {
		in.log.Failed, in.log.Package = p, textlog.Clip(word(text, "package: "), maxName)
	}
}

// prompt is "Prompt for source of package: …, payload: …, path: C:\…".
func (in *reader) prompt(text []byte) {
	if _, path, ok := bytes.Cut(text, []byte("path: ")); ok && in.log.Source == "" {
		in.log.Source = textlog.Clip(path, maxName)
	}
}

// variable is "Variable: WixBundleName = …".
func (in *reader) variable(text []byte) {
	name, value, ok := bytes.Cut(text, []byte(" = "))
	switch {
	case !ok:
	case bytes.Equal(name, []byte("Variable: WixBundleName")):
		in.log.Product = textlog.Clip(value, maxName)
	case bytes.Equal(name, []byte("Variable: WixBundleVersion")):
		in.log.Version = textlog.Clip(value, maxName)
	}
}

// failure keeps an error line: "Error 0x80070666: Cannot install a product when a
// newer version is installed."
func (in *reader) failure(p Place) {
	code, _ := codeAfter([]byte(p.Text), "Error ")
	if len(in.log.Errors) < maxErrors {
		in.log.Errors = append(in.log.Errors, Error{code, p})
	}
	if code == NewerInstalled && in.log.Newer.Line == 0 {
		in.log.Newer = p
	}
}

// word returns what follows mark up to a comma.
func word(text []byte, mark string) []byte {
	_, rest, _ := bytes.Cut(text, []byte(mark))
	w, _, _ := bytes.Cut(rest, []byte(","))
	return bytes.TrimSpace(w)
}

// codeAfter reads the hexadecimal number behind mark: 0x0, 0x80070643.
func codeAfter(text []byte, mark string) (uint32, bool) {
	_, rest, ok := bytes.Cut(text, []byte(mark))
	if !ok || !bytes.HasPrefix(rest, []byte("0x")) {
		return 0, false
	}
	n := 2
	for n < len(rest) && n < 10 && isHex(rest[n]) {
		n++
	}
	v, err := strconv.ParseUint(string(rest[2:n]), 16, 32)
	return uint32(v), err == nil
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
