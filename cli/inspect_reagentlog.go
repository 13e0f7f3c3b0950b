package cli

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"updoc/format/reagentlog"
)

type reagentLogView struct{ s *subject }

type reagentLogDocument struct {
	Kind  string `json:"kind"`
	Lines int64  `json:"lines"`
	about
	Encoding   string          `json:"encoding"`
	Stamped    int64           `json:"stampedLines"`
	FirstLocal string          `json:"firstLocal"`
	LastLocal  string          `json:"lastLocal"`
	Commands   int64           `json:"commands"`
	Partitions int64           `json:"partitions"`
	Checks     int64           `json:"checks"`
	Calls      int64           `json:"failedCalls"`
	Verdicts   int64           `json:"verdicts"`
	Warnings   int64           `json:"warnings"`
	Newest     []reagentRecord `json:"newest"` // entries, in the order of lines
	Problems   []string        `json:"problems"`
}

type reagentRecord struct {
	Type string `json:"type"` // command, partition, check, call, verdict, warning
	logLine
	Item any `json:"item,omitempty"`
}

type reagentCommand struct {
	CommandLine string `json:"commandLine"`
	Ended       bool   `json:"ended"`
	EndLocal    string `json:"endLocal,omitempty"`
	Result      string `json:"result"`
	Failed      bool   `json:"failed"`
}

type reagentPartition struct {
	Disk      int    `json:"disk"`
	Number    int    `json:"number"`
	Start     uint64 `json:"start"` // bytes
	Free      uint64 `json:"free"`
	Total     uint64 `json:"total"`
	Volume    string `json:"volume"`
	TypeGUID  string `json:"typeGuid"`
	BitLocker *bool  `json:"bitlocker"` // null: not stated
}

type reagentCheck struct {
	Start    uint64 `json:"start"`
	Free     uint64 `json:"free"`
	Total    uint64 `json:"total"`
	WimSize  uint64 `json:"wimSize"`
	Required uint64 `json:"required"`
	Meets    bool   `json:"meets"`
	Refused  bool   `json:"refused"`
}

func (v *reagentLogView) read(ctx context.Context) (*reagentlog.Log, error) {
	return reagentlog.Read(ctx, v.s.reader())
}

func reagentLine(e reagentlog.Entry) logLine {
	return logLine{Line: e.Line, Local: localTime(e.Time), Level: e.Level.String(), Text: e.Text}
}

// reagentRecords puts what the log keeps in the order of its lines.
func reagentRecords(log *reagentlog.Log) []reagentRecord {
	all := []reagentRecord{}
	add := func(kind string, e reagentlog.Entry, item any) {
		all = append(all, reagentRecord{kind, reagentLine(e), item})
	}
	for _, c := range log.Commands {
		add("command", c.Entry, reagentCommand{c.CommandLine, c.Ended, localTime(c.End), c.Result, c.Failed})
	}
	for _, p := range log.Partitions {
		item := reagentPartition{Disk: p.Disk, Number: p.Number, Start: p.Start, Free: p.Free, Total: p.Total, Volume: p.Volume, TypeGUID: p.TypeGUID}
		if p.HasFlags {
			item.BitLocker = new(p.BitLocker)
		}
		add("partition", p.Entry, item)
	}
	for _, c := range log.Checks {
		add("check", c.Entry, reagentCheck{c.Start, c.Free, c.Total, c.WimSize, c.Required, c.Meets, c.Refused})
	}
	for _, c := range log.Calls {
		add("call", c.Entry, map[string]string{"function": c.Function, "code": hex32(c.Code)})
	}
	for _, v := range log.Verdicts {
		add("verdict", v.Entry, string(v.Kind))
	}
	for _, e := range log.Problems {
		add("warning", e, nil)
	}
	slices.SortStableFunc(all, func(a, b reagentRecord) int { return cmp.Compare(a.Line, b.Line) })
	return all
}

func (v *reagentLogView) document(ctx context.Context) (document, error) {
	log, err := v.read(ctx)
	if log == nil || ctx.Err() != nil {
		return nil, errors.Join(err, ctx.Err())
	}
	d := &reagentLogDocument{Kind: "reagentlog", Lines: log.Lines, about: aboutOf(v.s), Encoding: log.Encoding.String(), Stamped: log.Stamped,
		FirstLocal: localTime(log.FirstTime), LastLocal: localTime(log.LastTime), Commands: log.CommandCount, Partitions: log.PartitionCount,
		Checks: log.CheckCount, Calls: log.CallCount, Verdicts: log.VerdictCount, Warnings: log.ProblemCount, Newest: reagentRecords(log), Problems: []string{}}
	if err != nil {
		d.Problems = append(d.Problems, err.Error())
	}
	return d, nil
}

func (v *reagentLogView) records(ctx context.Context, out *lines) error {
	log, err := v.read(ctx)
	if log == nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	for _, r := range reagentRecords(log) {
		if err := out.add(r); err != nil {
			return err
		}
	}
	return err
}

func (d *reagentLogDocument) show(s *sheet) {
	s.title(d.Path, "reagentlog")
	s.rowCount("lines", d.Lines)
	s.row("first-local", d.FirstLocal)
	s.row("last-local", d.LastLocal)
	s.rowCount("commands", d.Commands)
	s.rowCount("partition-records", d.Partitions)
	s.rowIf("checks", d.Checks)
	s.rowIf("failed-calls", d.Calls)
	var rows [][]string
	for _, r := range d.Newest {
		rows = append(rows, []string{commas(r.Line), r.Local, r.Type, strings.TrimSpace(r.Text)})
	}
	s.table("entries", []string{"line", "time", "type", "text"}, rows)
	s.list("problems", append(append([]string{}, d.Problems...), d.Notes...))
}
