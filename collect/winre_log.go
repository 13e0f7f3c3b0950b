package collect

import (
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"updoc/format/reagentlog"
	"updoc/model"
)

const (
	reagentLogPath = "Windows/Logs/ReAgent/ReAgent.log"
	agentLineLimit = 500
)

// agentLogs fills WinRE.AgentLog from Windows\Logs\ReAgent\ReAgent.log: what went
// wrong when the recovery environment was set up, moved or serviced. The partitions
// it describes are kept for sources without a partition table.
func (d *desk) agentLogs() {
	at := d.on(reagentLogPath)
	list := &d.m.WinRE.AgentLog
	f, size, err := d.open(at)
	var log *reagentlog.Log
	if err == nil {
		log, err = reagentlog.Read(d.ctx, io.NewSectionReader(f, 0, size))
	}
	if err == nil && size > 0 && log.Stamped == 0 {
		err = errors.New("no line has a time stamp")
	}
	why := d.look("reagent-log", at, err)
	if log == nil {
		list.Coverage.Why = why
		return
	}
	d.work.partitions, d.work.reagentLog = log.Partitions, at
	lines := agentLines(log, at, d.zone)
	list.Items, _ = within(lines, agentLineLimit)
	from, to := d.zone.utc(log.FirstTime), d.zone.utc(log.LastTime)
	d.met(to)
	list.Coverage = model.Coverage{From: from, To: to, Why: firstWhy(why, outOfRange("reagent-log", from))}
	if why != nil {
		list.Coverage = model.Coverage{Why: why}
	}
	d.grow(&list.Coverage)
}

// agentLines gathers the lines that tell of trouble, in the order of the log.
func agentLines(log *reagentlog.Log, at place, z *zone) []model.WinRELogLine {
	byLine := map[int64]model.WinRELogLine{}
	add := func(kind string, e reagentlog.Entry) {
		if have, ok := byLine[e.Line]; kind == "" || ok && have.Kind != "error" {
			return
		}
		byLine[e.Line] = model.WinRELogLine{Kind: kind, Text: e.Text, Time: z.utc(e.Time),
			Origin: textOrigin("reagent-log", at, e.Line, e.At)}
	}
	for _, p := range log.Problems {
		add(kindOfText(p.Text), p)
	}
	for _, c := range log.Calls {
		add(kindOfText(c.Text), c.Entry)
	}
	for _, c := range log.Commands {
		if c.Failed {
			add("error", c.Entry)
		}
	}
	for _, v := range log.Verdicts {
		add(kindOfVerdict(v.Kind), v.Entry)
	}
	for _, c := range log.Checks {
		add(kindOfCheck(c), c.Entry)
	}
	lines := []model.WinRELogLine{}
	for _, l := range byLine {
		lines = append(lines, l)
	}
	slices.SortFunc(lines, func(a, b model.WinRELogLine) int { return int(a.Origin.Line - b.Origin.Line) })
	return lines
}

// kindOfText knows what the words of a line say; they are English on every system.
func kindOfText(s string) string {
	s = strings.ToLower(s)
	switch {
	case strings.Contains(s, "bitlocker"):
		return "bitlocker"
	case strings.Contains(s, "not enough free space"), strings.Contains(s, "insufficient"):
		return "no-room"
	case strings.Contains(s, "winre.wim") && strings.Contains(s, "not found"), strings.Contains(s, "image was not found"):
		return "no-image"
	}
	return "error"
}

func kindOfVerdict(v reagentlog.VerdictKind) string {
	switch v {
	case reagentlog.VerdictBitLocker:
		return "bitlocker"
	case reagentlog.VerdictUnfit, reagentlog.VerdictNoPartition:
		return "not-suitable"
	}
	return ""
}

func kindOfCheck(c reagentlog.Check) string {
	switch {
	case !c.Refused:
		return ""
	case c.BitLocker:
		return "bitlocker"
	case c.Required > c.Free:
		return "no-room"
	}
	return "not-suitable"
}

// record returns what ReAgent.log last wrote about the partition that begins there.
func (d *desk) record(start uint64) (reagentlog.Partition, model.Origin, bool) {
	for _, p := range slices.Backward(d.work.partitions) {
		if p.Start == start && start != 0 {
			return p, textOrigin("reagent-log", d.work.reagentLog, p.Line, p.At), true
		}
	}
	return reagentlog.Partition{}, model.Origin{}, false
}

// activeFromLog describes the active partition by what ReAgent.log last wrote about
// it. It is as old as that line: where there is a partition table, that is read.
func (d *desk) activeFromLog(start uint64) {
	p, at, ok := d.record(start)
	if !ok || d.overtaken(p) {
		return
	}
	a := &d.m.WinRE.Active
	a.Exists, a.Start = model.Known(true, at), model.Known(int64(p.Start), at)
	a.Size, a.Free = model.Known(int64(p.Total), at), model.Known(int64(p.Free), at)
	if p.Number > 0 {
		a.Index = model.Known(int64(p.Number), at)
	}
	if p.Disk >= 0 {
		a.Disk = model.Known(int64(p.Disk), at)
	}
	if p.HasFlags {
		d.m.WinRE.Encrypted = model.Known(p.BitLocker, at)
	}
}

// overtaken tells whether the recovery environment was serviced after a record was
// written: its room is another one since then.
func (d *desk) overtaken(p reagentlog.Partition) bool {
	when := d.zone.utc(p.Time)
	for _, e := range d.log(systemLog).events {
		if e.provider == winreAgent && e.id == 4501 && (when.IsZero() || e.time.After(when.Add(time.Minute))) {
			return true
		}
	}
	return false
}
