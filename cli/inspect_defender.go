package cli

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"updoc/format/mplog"
	"updoc/format/mpsigstub"
)

var (
	mpsigstubPattern = regexp.MustCompile(`(?m)^Start time: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$[\s\S]*^Command: `)
	mplogPattern     = regexp.MustCompile(`(?m)^(?:MpCmdRun: Command Line: |\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z )`)
)

// openDefender returns nil if the text is no log of Defender.
func openDefender(s *subject, text string) view {
	switch {
	case mpsigstubPattern.MatchString(text):
		return &mpsigstubView{s}
	case mplogPattern.MatchString(text):
		return &mplogView{s}
	}
	return nil
}

type mpsigstubView struct{ s *subject }

type mpsigstubDocument struct {
	Kind   string `json:"kind"`
	Runs   int64  `json:"runs"`
	Failed int64  `json:"failed"` // of those kept
	about
	Encoding string      `json:"encoding"`
	Lines    int64       `json:"lines"`
	First    *time.Time  `json:"firstTime"`
	Last     *time.Time  `json:"lastTime"`
	Codes    tally       `json:"codes"`
	Newest   []stubEntry `json:"newest"`
	Problems []string    `json:"problems"`
}

type stubEntry struct {
	Line     int64      `json:"line"`
	Start    *time.Time `json:"start"`
	End      *time.Time `json:"end"`
	Package  string     `json:"package"`
	Payload  string     `json:"payload"`
	Platform string     `json:"platform"`
	Engine   string     `json:"engine"`
	Updated  bool       `json:"updated"`
	Failed   bool       `json:"failed"`
	Code     string     `json:"code,omitempty"`
	Function string     `json:"function,omitempty"`
	Need     string     `json:"need,omitempty"`
	Have     string     `json:"have,omitempty"`
}

func (v *mpsigstubView) document(ctx context.Context) (document, error) {
	log, err := mpsigstub.Read(ctx, v.s.reader())
	if err != nil && ctx.Err() != nil {
		return nil, err
	}
	d := &mpsigstubDocument{Kind: "mpsigstub", Runs: log.Count, about: aboutOf(v.s), Encoding: log.Encoding.String(), Lines: log.Lines,
		Codes: tally{}, Newest: []stubEntry{}, Problems: []string{}}
	for _, r := range log.Runs {
		d.add(r)
	}
	if err != nil {
		d.Problems = append(d.Problems, err.Error())
	}
	return d, nil
}

func (d *mpsigstubDocument) add(r mpsigstub.Run) {
	e := stubEntry{Line: r.Line, Start: timeOrNull(r.Start), End: timeOrNull(r.End), Package: r.Package, Payload: r.Payload, Platform: r.Platform,
		Engine: r.Engine, Updated: r.Updated, Failed: r.Failed(), Code: codeText(r.Error), Function: r.Function, Need: r.Need, Have: r.Have}
	if e.Failed {
		d.Failed++
		d.Codes.add(e.Code)
	}
	if d.First == nil {
		d.First = e.Start
	}
	if e.Start != nil {
		d.Last = e.Start
	}
	d.Newest = append(d.Newest, e)
}

func (v *mpsigstubView) records(ctx context.Context, out *lines) error {
	doc, err := v.document(ctx)
	if err != nil {
		return err
	}
	return addAll(out, doc.(*mpsigstubDocument).Newest)
}

func (d *mpsigstubDocument) show(s *sheet) {
	s.title(d.Path, "mpsigstub")
	s.rowCount("lines", d.Lines)
	s.rowCount("runs", d.Runs)
	s.rowCount("failed-runs", d.Failed)
	s.showTimes(d.First, d.Last)
	s.counts("codes", d.Codes)
	var failed []string
	for _, e := range d.Newest {
		if e.Failed {
			failed = append(failed, fmt.Sprintf("%s: %s %s %s %s %s", commas(e.Line), e.Package, e.Code, e.Function, e.Need, e.Have))
		}
	}
	s.list("warnings", failed)
	s.list("problems", append(append([]string{}, d.Problems...), d.Notes...))
}

type mplogView struct{ s *subject }

type mplogDocument struct {
	Kind     string `json:"kind"`
	Lines    int64  `json:"lines"`
	Failures int64  `json:"failures"`
	about
	Encoding string      `json:"encoding"`
	First    *time.Time  `json:"firstTime"`
	Last     *time.Time  `json:"lastTime"`
	Commands int64       `json:"commands"`
	Codes    tally       `json:"codes"` // of the newest failures
	Newest   []mplogLine `json:"newest"`
	Problems []string    `json:"problems"`
}

type mplogLine struct {
	Line    int64      `json:"line"`
	Time    *time.Time `json:"time"`
	Part    string     `json:"part"`
	Code    string     `json:"code"`
	Command string     `json:"command,omitempty"`
	Text    string     `json:"text"`
}

func (v *mplogView) document(ctx context.Context) (document, error) {
	log, err := mplog.Read(ctx, v.s.reader())
	if err != nil && ctx.Err() != nil {
		return nil, err
	}
	d := &mplogDocument{Kind: "mplog", Lines: log.Lines, Failures: log.Count, about: aboutOf(v.s), Encoding: log.Encoding.String(),
		First: timeOrNull(log.First), Last: timeOrNull(log.Last), Commands: log.Commands, Codes: tally{}, Newest: []mplogLine{}, Problems: []string{}}
	for _, e := range log.Entries {
		d.Codes.add(hex32(e.Code))
		d.Newest = append(d.Newest, mplogLine{e.Line, timeOrNull(e.Time), e.Part, hex32(e.Code), e.Command, e.Text})
	}
	if err != nil {
		d.Problems = append(d.Problems, err.Error())
	}
	return d, nil
}

func (v *mplogView) records(ctx context.Context, out *lines) error {
	doc, err := v.document(ctx)
	if err != nil {
		return err
	}
	return addAll(out, doc.(*mplogDocument).Newest)
}

func (d *mplogDocument) show(s *sheet) {
	s.title(d.Path, "mplog")
	s.rowCount("lines", d.Lines)
	s.rowCount("commands", d.Commands)
	s.showTimes(d.First, d.Last)
	s.counts("codes", d.Codes)
	var failed []string
	for _, e := range d.Newest {
		failed = append(failed, fmt.Sprintf("%s: %s", commas(e.Line), e.Text))
	}
	s.list("warnings", failed)
	s.list("problems", append(append([]string{}, d.Problems...), d.Notes...))
}
