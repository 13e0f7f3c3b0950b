package cli

import (
	"context"
	"fmt"

	"updoc/format/setupapi"
)

type setupapiView struct{ s *subject }

type setupapiDocument struct {
	Kind  string `json:"kind"`
	Lines int64  `json:"lines"`
	about
	Encoding   string          `json:"encoding"`
	Sections   int64           `json:"sections"`
	Failed     int64           `json:"failed"`
	Open       int64           `json:"open"` // began and did not end
	FirstLocal string          `json:"firstLocal"`
	LastLocal  string          `json:"lastLocal"`
	Codes      tally           `json:"codes"`    // of the failures that are kept
	Failures   []driverFailure `json:"failures"` // the newest
	Problems   []string        `json:"problems"`
}

// driverFailure is one section that failed. Local is the clock of the machine.
type driverFailure struct {
	Line  int64  `json:"line"`
	Local string `json:"local,omitempty"`
	Code  string `json:"code"`
	INF   string `json:"inf,omitempty"`
	Title string `json:"title"`
	Error string `json:"error,omitempty"`
}

func (v *setupapiView) document(ctx context.Context) (document, error) {
	log, err := setupapi.Read(ctx, v.s.reader())
	if err != nil && (ctx.Err() != nil || log == nil) {
		return nil, err
	}
	d := &setupapiDocument{Kind: "setupapi", Lines: log.Lines, about: aboutOf(v.s), Encoding: log.Encoding.String(), Sections: log.Sections,
		Failed: log.Failed, Open: log.Open, FirstLocal: localTime(log.FirstTime), LastLocal: localTime(log.LastTime),
		Codes: tally{}, Failures: []driverFailure{}, Problems: []string{}}
	for _, f := range log.Failures {
		d.Codes.add(hex32(f.Code))
		d.Failures = append(d.Failures, driverFailure{f.Line, localTime(f.Start), hex32(f.Code), f.INF, f.Title, f.Error})
	}
	if err != nil {
		d.Problems = append(d.Problems, err.Error())
	}
	return d, nil
}

func (v *setupapiView) records(ctx context.Context, out *lines) error {
	doc, err := v.document(ctx)
	if err != nil {
		return err
	}
	return addAll(out, doc.(*setupapiDocument).Failures)
}

func (d *setupapiDocument) show(s *sheet) {
	s.title(d.Path, "setupapi")
	s.rowCount("lines", d.Lines)
	s.rowCount("records", d.Sections)
	s.rowCount("failed", d.Failed)
	s.row("first-local", d.FirstLocal)
	s.row("last-local", d.LastLocal)
	s.counts("codes", d.Codes)
	s.list("driver-failures", d.failures())
	s.list("problems", append(append([]string{}, d.Problems...), d.Notes...))
}

func (d *setupapiDocument) failures() []string {
	var out []string
	for _, f := range d.Failures {
		out = append(out, fmt.Sprintf("%s: %s %s %s", commas(f.Line), f.Code, f.INF, f.Title))
	}
	return out
}
