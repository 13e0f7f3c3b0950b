package cli

import (
	"context"

	"updoc/format/setupact"
)

type setupView struct{ s *subject }

type setupDocument struct {
	Kind  string `json:"kind"`
	Lines int64  `json:"lines"`
	about
	Encoding     string    `json:"encoding"`
	Stamped      int64     `json:"stampedLines"`
	FirstLocal   string    `json:"firstLocal"`
	LastLocal    string    `json:"lastLocal"`
	Levels       tally     `json:"levels"`
	Codes        tally     `json:"codes"` // failing ones
	ProblemCount int64     `json:"problemCount"`
	Warnings     []logLine `json:"warnings"` // the newest warnings and errors
	Tail         []logLine `json:"tail"`
	Problems     []string  `json:"problems"`
}

func (v *setupView) document(ctx context.Context) (document, error) {
	log, err := setupact.Read(ctx, v.s.reader())
	if err != nil && (ctx.Err() != nil || log == nil) {
		return nil, err
	}
	d := &setupDocument{Kind: "setupact", Lines: log.Lines, about: aboutOf(v.s), Encoding: log.Encoding.String(), Stamped: log.Stamped,
		FirstLocal: localTime(log.FirstTime), LastLocal: localTime(log.LastTime), Levels: tallyOf(log.Levels), Codes: tally{},
		ProblemCount: log.ProblemCount, Warnings: setupLines(log.Problems), Tail: setupLines(log.Tail), Problems: []string{}}
	for code, n := range log.Codes {
		d.Codes[hex32(code)] = n
	}
	if err != nil {
		d.Problems = append(d.Problems, err.Error())
	}
	return d, nil
}

func setupLines(entries []setupact.Entry) []logLine {
	out := []logLine{}
	for _, e := range entries {
		out = append(out, logLine{e.Line, localTime(e.Time), e.Level.String(), codeText(e.Code), e.Text})
	}
	return out
}

func (v *setupView) records(ctx context.Context, out *lines) error {
	doc, err := v.document(ctx)
	if err != nil {
		return err
	}
	return addAll(out, doc.(*setupDocument).Warnings)
}

func (d *setupDocument) show(s *sheet) {
	s.title(d.Path, "setupact")
	s.rowCount("lines", d.Lines)
	s.row("first-local", d.FirstLocal)
	s.row("last-local", d.LastLocal)
	s.counts("levels", d.Levels)
	s.counts("codes", d.Codes)
	s.list("warnings", textLines(d.Warnings))
	s.list("problems", append(append([]string{}, d.Problems...), d.Notes...))
}
