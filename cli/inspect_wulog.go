package cli

import (
	"context"
	"regexp"

	"updoc/format/wulog"
)

var updateLogPattern = regexp.MustCompile(`(?m)^(?:\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d:\d{3}\t *[0-9a-f]+\t *[0-9a-f]+\t\w+\t|\d{4}[-/.]\d\d[-/.]\d\d \d\d:\d\d:\d\d\.\d{7} \d+ +\d+ +\w+ )`)

func isUpdateLog(text string) bool { return updateLogPattern.MatchString(text) }

type updateLogView struct{ s *subject }

type updateLogDocument struct {
	Kind  string `json:"kind"`
	Lines int64  `json:"lines"`
	about
	Encoding   string    `json:"encoding"`
	Stamped    int64     `json:"stampedLines"`
	FirstLocal string    `json:"firstLocal"`
	LastLocal  string    `json:"lastLocal"`
	Components tally     `json:"components"`
	Signs      tally     `json:"signs"`    // lines that say that something failed, by kind
	Warnings   []logLine `json:"warnings"` // the newest of them
	Problems   []string  `json:"problems"`
}

func (v *updateLogView) document(ctx context.Context) (document, error) {
	log, err := wulog.Read(ctx, v.s.reader())
	if err != nil && (ctx.Err() != nil || log == nil) {
		return nil, err
	}
	d := &updateLogDocument{Kind: "wulog", Lines: log.Lines, about: aboutOf(v.s), Encoding: log.Encoding.String(), Stamped: log.Stamped,
		FirstLocal: localTime(log.FirstTime), LastLocal: localTime(log.LastTime), Components: tallyOf(log.Components), Signs: tally{},
		Warnings: []logLine{}, Problems: []string{}}
	for kind, n := range log.Counts {
		d.Signs[string(kind)] = n
	}
	for _, n := range log.Notes {
		d.Warnings = append(d.Warnings, logLine{n.Line, localTime(n.Time), string(n.Kind), codeText(n.Code), n.Text})
	}
	if err != nil {
		d.Problems = append(d.Problems, err.Error())
	}
	return d, nil
}

func (v *updateLogView) records(ctx context.Context, out *lines) error {
	doc, err := v.document(ctx)
	if err != nil {
		return err
	}
	return addAll(out, doc.(*updateLogDocument).Warnings)
}

func (d *updateLogDocument) show(s *sheet) {
	s.title(d.Path, "wulog")
	s.rowCount("lines", d.Lines)
	s.row("first-local", d.FirstLocal)
	s.row("last-local", d.LastLocal)
	s.counts("components", d.Components)
	s.counts("signs", d.Signs)
	s.list("warnings", textLines(d.Warnings))
	s.list("problems", append(append([]string{}, d.Problems...), d.Notes...))
}
