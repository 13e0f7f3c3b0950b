// Package setupconfig reads SetupConfig.ini, in which a person or administrator hands Windows Setup further options for feature
// updates. Setup ends at once if it cannot understand the file.
//
// It may import the standard library and format/textlog. It must never judge what an option does.
//
// The form is described in Microsoft's "Windows Setup Automation Overview": one section [SetupConfig], an option on each line,
// with = and a value or alone.
package setupconfig

import (
	"context"
	"io"
	"strings"

	"updoc/format/textlog"
)

// Limits. Real files have a few lines.
const (
	MaxSize  = 64 << 10
	maxLines = 1000
	maxText  = 200
)

// What can be wrong with a line.
const (
	NoSection    = "no-section"    // the file does not begin with [SetupConfig]
	OtherSection = "other-section" // a second section, or a header that is not closed
	NoOption     = "no-option"     // neither an option nor a comment, such as /switch or text with blanks
	TooLong      = "too-long"
)

// File is one SetupConfig.ini.
type File struct {
	Options []Option
	Fault   string // first thing wrong; "" if nothing is
	Line    int64  // 1-based line of the fault; 0: the file as a whole
	Text    string // that line, shortened
}

// Option is one setting. Value is empty if it stands alone.
type Option struct{ Name, Value string }

// Read reads a file to its first fault. The error is that of r or ctx.
func Read(ctx context.Context, r io.Reader) (*File, error) {
	f := &File{}
	limited := &io.LimitedReader{R: r, N: MaxSize + 1}
	begun := false
	_, _, err := textlog.Each(ctx, limited, "SetupConfig.ini", func(l textlog.Line) error {
		if f.Fault == "" {
			begun = f.line(l, begun) || begun
		}
		return nil
	})
	switch {
	case err != nil || f.Fault != "":
	case limited.N <= 0:
		f.Fault = TooLong
	case !begun:
		f.Fault = NoSection
	}
	return f, err
}

// line takes one line and reports whether the section has begun.
func (f *File) line(l textlog.Line, begun bool) bool {
	text := strings.TrimSpace(string(l.Text))
	switch {
	case text == "" || text[0] == ';':
		return false
	case l.Truncated || l.Number > maxLines:
		f.fail(TooLong, l, text)
	case strings.EqualFold(text, "[SetupConfig]") && !begun:
		return true
	case !begun:
		f.fail(NoSection, l, text)
	case text[0] == '[':
		f.fail(OtherSection, l, text)
	default:
		f.option(l, text)
	}
	return false
}

func (f *File) option(l textlog.Line, text string) {
	name, value, _ := strings.Cut(text, "=")
	name = strings.TrimSpace(name)
	if !isName(name) {
		f.fail(NoOption, l, text)
		return
	}
	f.Options = append(f.Options, Option{name, strings.TrimSpace(value)})
}

func isName(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

func (f *File) fail(fault string, l textlog.Line, text string) {
	f.Fault, f.Line, f.Text = fault, l.Number, textlog.Clip([]byte(text), maxText)
}
