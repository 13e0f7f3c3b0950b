package cli

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"updoc/format/cbs"
)

type cbsView struct{ s *subject }

// cbsDocument: times are the local clock of the machine; the log names no zone.
type cbsDocument struct {
	Kind           string          `json:"kind"`
	Lines          int64           `json:"lines"`
	Sessions       int64           `json:"sessions"`
	FailedSessions int64           `json:"failedSessions"`
	HRESULTs       tally           `json:"hresults"`
	Corruption     []cbsCorruption `json:"corruption"`
	about
	Encoding         string    `json:"encoding"`
	Stamped          int64     `json:"stampedLines"`
	FirstLocal       string    `json:"firstLocal"`
	LastLocal        string    `json:"lastLocal"`
	Levels           tally     `json:"levels"`
	Clients          tally     `json:"clients"`
	StackVersions    []string  `json:"stackVersions"`
	Signs            tally     `json:"signs"`
	SFC              cbsSFC    `json:"sfc"`
	Failed           []cbsFail `json:"failed"` // sessions, at most the newest ones
	OriginalFailures []logLine `json:"originalFailures"`
	Problems         []string  `json:"problems"`
}

type cbsCorruption struct {
	Detected int64  `json:"detected"`
	Repaired int64  `json:"repaired"`
	Line     int64  `json:"line"`
	Local    string `json:"local"`
	Result   string `json:"result"`
	Items    int64  `json:"items"`
	Unfixed  int64  `json:"unfixed"`
}

type cbsSFC struct {
	CannotRepair int64    `json:"cannotRepair"` // lines
	Files        []string `json:"files"`        // distinct ones
	Repaired     int64    `json:"repaired"`
	Runs         int64    `json:"runs"`
}

type cbsFail struct {
	ID              string   `json:"id"`
	Client          string   `json:"client"`
	Line            int64    `json:"line"`
	StartLocal      string   `json:"startLocal"`
	EndLocal        string   `json:"endLocal"`
	KBs             []string `json:"kbs"`
	Result          string   `json:"result"`
	OriginalFailure *logLine `json:"originalFailure"`
	FirstFailure    *logLine `json:"firstFailure"`
}

func (v *cbsView) read(ctx context.Context) (*cbs.Log, error) {
	log, err := cbs.ReadAt(ctx, v.s.file, v.s.size, cbs.Options{Parallel: min(runtime.NumCPU(), 4)})
	if ctx.Err() != nil {
		return nil, ctx.Err() // a small log may be read before anyone looks at ctx
	}
	return log, err
}

func (v *cbsView) document(ctx context.Context) (document, error) {
	log, err := v.read(ctx)
	if log == nil {
		return nil, err
	}
	d := describeCBS(log)
	d.about = aboutOf(v.s)
	if err != nil {
		d.Problems = append(d.Problems, err.Error())
	}
	return d, nil
}

func describeCBS(log *cbs.Log) *cbsDocument {
	d := &cbsDocument{Kind: "cbs", Lines: log.Lines, Sessions: log.SessionCount, FailedSessions: log.FailedSessions,
		HRESULTs: tally{}, Corruption: []cbsCorruption{}, Encoding: log.Encoding.String(), Stamped: log.Stamped,
		FirstLocal: localTime(log.FirstTime), LastLocal: localTime(log.LastTime), Levels: tallyOf(log.Levels), Clients: tallyOf(log.Clients),
		StackVersions: append([]string{}, log.StackVersions...), Signs: tally{}, Failed: []cbsFail{}, OriginalFailures: []logLine{}, Problems: []string{}}
	for code, n := range log.HRESULTs {
		d.HRESULTs[hex32(code)] = n
	}
	for _, c := range log.Corruption {
		d.Corruption = append(d.Corruption, corruptionOf(c))
	}
	for sign, n := range log.NotableCounts {
		d.Signs[string(sign)] = n
	}
	d.SFC = cbsSFC{CannotRepair: log.SFC.CannotRepairCount, Files: []string{}, Repaired: log.SFC.Repaired, Runs: log.SFC.Runs}
	for _, f := range log.SFC.CannotRepair {
		d.SFC.Files = append(d.SFC.Files, f.File)
	}
	for _, e := range log.OriginalFailures {
		d.OriginalFailures = append(d.OriginalFailures, *lineOf(&e))
	}
	for i := range log.Sessions {
		if log.Sessions[i].Failed {
			d.Failed = append(d.Failed, failOf(&log.Sessions[i]))
		}
	}
	for _, r := range log.Unread {
		d.Problems = append(d.Problems, fmt.Sprintf("%d bytes at %d could not be read", r.Length, r.Offset))
	}
	return d
}

func corruptionOf(c cbs.Corruption) cbsCorruption {
	return cbsCorruption{c.Detected, c.Repaired, c.Line, localTime(c.Time), hex32(c.Result), c.ItemCount, c.Unfixed}
}

func failOf(s *cbs.Session) cbsFail {
	f := cbsFail{ID: s.ID, Client: s.Client, Line: s.Line, StartLocal: localTime(s.Start), EndLocal: localTime(s.End),
		KBs: append([]string{}, s.KBs...), OriginalFailure: lineOf(s.OriginalFailure), FirstFailure: lineOf(s.FirstFailure)}
	if s.Ended {
		f.Result = hex32(s.Result)
	}
	return f
}

func lineOf(e *cbs.Entry) *logLine {
	if e == nil {
		return nil
	}
	return &logLine{e.Line, localTime(e.Time), e.Level.String(), codeText(e.HRESULT), e.Text}
}

// cbsRecord is one thing of the log, at its line.
type cbsRecord struct {
	Type string `json:"type"` // session, notable, corruption, cannot-repair, original-failure
	Line int64  `json:"line"`
	Item any    `json:"item"`
}

type cbsNotable struct {
	Sign    string `json:"sign"`
	Subject string `json:"subject,omitempty"`
	Detail  string `json:"detail,omitempty"`
	logLine
}

type cbsSession struct {
	cbsFail
	Startup        bool     `json:"startup"`
	Packages       []string `json:"packages"`
	UpdateID       string   `json:"updateId,omitempty"`
	Ended          bool     `json:"ended"`
	Failed         bool     `json:"failed"`
	RebootRequired bool     `json:"rebootRequired"`
}

func (v *cbsView) records(ctx context.Context, out *lines) error {
	log, err := v.read(ctx)
	if log == nil {
		return err
	}
	for _, r := range recordsOfCBS(log) {
		if err := out.add(r); err != nil {
			return err
		}
	}
	return err
}

func recordsOfCBS(log *cbs.Log) []cbsRecord {
	var all []cbsRecord
	add := func(kind string, line int64, item any) { all = append(all, cbsRecord{kind, line, item}) }
	for i := range log.Sessions {
		s := &log.Sessions[i]
		add("session", s.Line, cbsSession{failOf(s), s.Startup, append([]string{}, s.Packages...), s.UpdateID, s.Ended, s.Failed, s.RebootRequired})
	}
	for i := range log.Notable {
		n := &log.Notable[i]
		add("notable", n.Line, cbsNotable{string(n.Sign), n.Subject, n.Detail, *lineOf(&n.Entry)})
	}
	for _, c := range log.Corruption {
		add("corruption", c.Line, corruptionOf(c))
		for _, item := range c.Items {
			add("damaged-item", item.Line, item)
		}
	}
	for i := range log.SFC.CannotRepair {
		add("cannot-repair", log.SFC.CannotRepair[i].Line, *lineOf(&log.SFC.CannotRepair[i].Entry))
	}
	for i := range log.OriginalFailures {
		add("original-failure", log.OriginalFailures[i].Line, *lineOf(&log.OriginalFailures[i]))
	}
	slices.SortStableFunc(all, func(a, b cbsRecord) int { return cmp.Compare(a.Line, b.Line) })
	return all
}

func (d *cbsDocument) show(s *sheet) {
	s.title(d.Path, "cbs")
	s.rowCount("lines", d.Lines)
	s.row("first-local", d.FirstLocal)
	s.row("last-local", d.LastLocal)
	s.rowCount("sessions", d.Sessions)
	s.rowCount("failed-sessions", d.FailedSessions)
	s.rowIf("sfc-runs", d.SFC.Runs)
	s.rowIf("sfc-repaired", d.SFC.Repaired)
	s.rowIf("sfc-cannot-repair", d.SFC.CannotRepair)
	s.counts("codes", d.HRESULTs)
	s.counts("clients", d.Clients)
	s.counts("signs", d.Signs)
	s.table("corruption", []string{"line", "time", "detected", "repaired", "result"}, d.corruptionRows())
	s.table("failed", []string{"line", "client", "kbs", "result", "first-failure"}, d.failedRows())
	s.list("stack", d.StackVersions)
	s.list("problems", append(append([]string{}, d.Problems...), d.Notes...))
}

func (d *cbsDocument) corruptionRows() [][]string {
	var rows [][]string
	for _, c := range d.Corruption {
		rows = append(rows, []string{commas(c.Line), c.Local, commas(c.Detected), commas(c.Repaired), c.Result})
	}
	return rows
}

func (d *cbsDocument) failedRows() [][]string {
	var rows [][]string
	for _, f := range d.Failed {
		why := ""
		if f.FirstFailure != nil {
			why = fmt.Sprintf("%s: %s", commas(f.FirstFailure.Line), f.FirstFailure.Text)
		}
		rows = append(rows, []string{commas(f.Line), f.Client, strings.Join(f.KBs, ", "), f.Result, why})
	}
	return rows
}
