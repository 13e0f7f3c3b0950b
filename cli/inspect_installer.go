package cli

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"updoc/format/burnlog"
	"updoc/format/msilog"
)

var (
	burnLine   = regexp.MustCompile(`(?m)^\[[0-9A-Fa-f]{2,8}:[0-9A-Fa-f]{2,8}\]\[\d{4}-\d\d-\d\dT[\d:.]+\][iwed]\d{3}`)
	msiLine    = regexp.MustCompile(`(?m)^(?:=== (?:Verbose l|L)ogging started: |MSI \([sca]\) \([0-9A-F!]{2}[:0-9A-F!]|Action (?:start|ended)[ A-Za-z]*\d?.*: [A-Za-z_]\w*\.)`)
	finalBlock = regexp.MustCompile(`(?i)\.NET Framework.*Setup|Final Result: Installation`)
)

// installerFamily tells the logs of installers apart; "" if it is none.
func installerFamily(text, name string) string {
	switch {
	case strings.HasSuffix(strings.ToLower(name), ".html") && finalBlock.MatchString(text):
		return "netfx"
	case burnLine.MatchString(text):
		return "burn"
	case msiLine.MatchString(text):
		return "msi"
	}
	return ""
}

// openInstaller returns nil if the file is no log of an installer.
func openInstaller(s *subject, text string) view {
	switch installerFamily(text, s.base) {
	case "msi":
		return &msiView{s}
	case "burn":
		return &burnView{s}
	case "netfx":
		return &netfxView{s}
	}
	return nil
}

// installerDocument is what a log of an installation says, of all three kinds.
type installerDocument struct {
	Kind  string `json:"kind"`
	Lines int64  `json:"lines"`
	about
	Encoding   string    `json:"encoding"`
	Product    string    `json:"product"`
	Version    string    `json:"version"`
	FirstLocal string    `json:"firstLocal"`
	LastLocal  string    `json:"lastLocal"` // where day and month can be swapped: as in the United States
	Ended      bool      `json:"ended"`
	Failed     bool      `json:"failed"`
	Result     string    `json:"result"` // as the log writes it; empty while it has not ended
	Action     string    `json:"action"` // action or package that failed first
	Inner      int64     `json:"inner"`  // error behind it, 0: none named
	Missing    string    `json:"missing"`
	Newer      bool      `json:"newer"` // a newer version was found
	Deciding   []logLine `json:"deciding"`
	Problems   []string  `json:"problems"`
}

func (d *installerDocument) line(number int64, text string) {
	if number > 0 {
		d.Deciding = append(d.Deciding, logLine{Line: number, Text: text})
	}
}

func (d *installerDocument) problem(err error) {
	if err != nil {
		d.Problems = append(d.Problems, err.Error())
	}
}

type msiView struct{ s *subject }

func (v *msiView) document(ctx context.Context) (document, error) {
	log, err := msilog.Read(ctx, v.s.reader())
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	inner, why := log.Why()
	d := &installerDocument{Kind: "msi", Lines: log.Lines, about: aboutOf(v.s), Encoding: log.Encoding.String(), Product: log.Product, Version: log.Version,
		FirstLocal: localTime(log.Started.Time), LastLocal: localTime(log.Stopped.Time), Ended: log.Ended, Failed: log.Failed(), Action: log.Action,
		Inner: inner, Missing: log.Missing.Path, Newer: log.Newer.Line > 0, Deciding: []logLine{}, Problems: []string{}}
	if log.Ended {
		d.Result = strconv.FormatInt(log.Result, 10)
	}
	for _, p := range []msilog.Place{why, log.ActionAt, log.Missing.Place, log.Newer, log.At} {
		d.line(p.Line, p.Text)
	}
	d.problem(err)
	return d, nil
}

type burnView struct{ s *subject }

func (v *burnView) document(ctx context.Context) (document, error) {
	log, err := burnlog.Read(ctx, v.s.reader())
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	d := &installerDocument{Kind: "burn", Lines: log.Lines, about: aboutOf(v.s), Encoding: log.Encoding.String(), Product: log.Product, Version: log.Version,
		FirstLocal: localTime(log.First), LastLocal: localTime(log.Last), Ended: log.Ended, Failed: log.Bad(), Action: log.Package,
		Missing: log.Source, Newer: log.Newer.Line > 0, Deciding: []logLine{}, Problems: []string{}}
	if log.Ended {
		d.Result = hex32(log.Result)
	}
	for _, e := range log.Errors {
		d.line(e.Line, e.Text)
	}
	for _, p := range []burnlog.Place{log.Newer, log.Failed, log.At} {
		d.line(p.Line, p.Text)
	}
	d.problem(err)
	return d, nil
}

type netfxView struct{ s *subject }

func (v *netfxView) document(ctx context.Context) (document, error) {
	page, err := burnlog.ReadPage(ctx, v.s.reader())
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	d := &installerDocument{Kind: "netfx", Lines: page.Lines, about: aboutOf(v.s), Encoding: page.Encoding.String(), Product: page.Product,
		LastLocal: localTime(page.Time), Ended: page.Ended, Failed: page.Failed, Newer: page.Newer.Line > 0, Deciding: []logLine{}, Problems: []string{}}
	if page.Ended {
		d.Result = hex32(page.Result)
	}
	for _, p := range []burnlog.Place{page.Newer, page.At} {
		d.line(p.Line, p.Text)
	}
	d.problem(err)
	return d, nil
}

func (v *msiView) records(ctx context.Context, out *lines) error   { return deciding(ctx, v, out) }
func (v *burnView) records(ctx context.Context, out *lines) error  { return deciding(ctx, v, out) }
func (v *netfxView) records(ctx context.Context, out *lines) error { return deciding(ctx, v, out) }

// deciding writes the lines that decide as records.
func deciding(ctx context.Context, v view, out *lines) error {
	doc, err := v.document(ctx)
	if err != nil {
		return err
	}
	return addAll(out, doc.(*installerDocument).Deciding)
}

func (d *installerDocument) show(s *sheet) {
	s.title(d.Path, d.Kind)
	s.rowCount("lines", d.Lines)
	s.row("product", d.Product)
	s.row("version", d.Version)
	s.row("first-local", d.FirstLocal)
	s.row("last-local", d.LastLocal)
	s.row("result", d.Result)
	s.row("failed-action", d.Action)
	if d.Inner != 0 {
		s.row("inner-error", strconv.FormatInt(d.Inner, 10))
	}
	s.row("missing-file", d.Missing)
	s.rowBool("newer-present", d.Newer)
	s.list("deciding", textLines(d.Deciding))
	s.list("problems", append(append([]string{}, d.Problems...), d.Notes...))
}
