package burnlog

import (
	"bytes"
	"context"
	"html"
	"io"
	"regexp"
	"strings"
	"time"

	"updoc/format/textlog"
)

// Page is what the Setup of .NET Framework left: Microsoft .NET Framework 4.8
// Setup_….html. Of several blocks the last counts.
type Page struct {
	Encoding textlog.Encoding
	Bytes    int64
	Lines    int64
	Results  int64 // "Final Result" lines

	Product string    // of the title
	Time    time.Time // local clock, of the last result; zero where its order cannot be told
	Ended   bool
	Result  uint32
	Failed  bool
	At      Place
	Newer   Place // the same or a later version is there
}

// ReadPage reads such a page to its end. When r fails or ctx is cancelled, the Page
// holds what was seen before.
func ReadPage(ctx context.Context, r io.Reader) (*Page, error) {
	in := &Page{}
	var err error
	in.Encoding, in.Bytes, err = textlog.Each(ctx, r, ".NET Framework Setup log", func(l textlog.Line) error {
		in.Lines++
		in.line(l)
		return nil
	})
	return in, err
}

var (
	tag        = regexp.MustCompile(`<[^<>]{0,300}>`)
	title      = regexp.MustCompile(`(?i)<title>([^<]{1,200})</title>`)
	resultLine = regexp.MustCompile(`Final Result: (.*)`)
	resultCode = regexp.MustCompile(`\((0x[0-9A-Fa-f]{1,8})\)`)
	present    = regexp.MustCompile(`(?i)(?:or a later update|same or (?:a )?(?:higher|newer|later) version).{0,80}(?:already )?installed`)
	pageStamp  = regexp.MustCompile(`\[(\d{1,2})/(\d{1,2})/(\d{4}), ?(\d{1,2}):(\d{1,2}):(\d{1,2})\]`)
)

func (in *Page) line(l textlog.Line) {
	if m := title.FindSubmatch(l.Text); m != nil && in.Product == "" {
		in.Product = textlog.Clip([]byte(html.UnescapeString(string(m[1]))), maxName)
	}
	if !bytes.Contains(l.Text, []byte("inal Result")) && !bytes.Contains(l.Text, []byte("nstalled")) {
		return
	}
	text := strings.TrimSpace(html.UnescapeString(string(tag.ReplaceAll(l.Text[:min(len(l.Text), 8<<10)], nil))))
	p := Place{Line: l.Number, At: l.Offset, Text: textlog.Clip([]byte(text), maxText)}
	if present.MatchString(text) {
		in.Newer = p
	}
	if m := resultLine.FindStringSubmatch(text); m != nil {
		in.result(m[1], p)
		in.Time = pageTime(text)
	}
}

// result is "Installation failed with error code: (0x80070643), "Fatal error during
// installation. "" or "Installation completed successfully with success code: (0x0)".
func (in *Page) result(text string, p Place) {
	in.Results++
	m := resultCode.FindStringSubmatch(text)
	code, ok := uint32(0), m != nil
	if ok {
		code, ok = codeAfter([]byte(m[1]), "")
	}
	in.Ended, in.Result, in.At = true, code, p
	in.Failed = ok && bad(code) && !strings.Contains(text, "completed successfully")
}

// pageTime reads "[3/30/2024, 19:16:10]", which Setup writes in this order everywhere.
func pageTime(text string) time.Time {
	m := pageStamp.FindStringSubmatch(text)
	if m == nil {
		return time.Time{}
	}
	t, err := time.Parse("1/2/2006 15:4:5", m[1]+"/"+m[2]+"/"+m[3]+" "+m[4]+":"+m[5]+":"+m[6])
	if err != nil {
		return time.Time{}
	}
	return t
}
