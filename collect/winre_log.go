package collect

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"sort"
	"strings"
	"time"

	"updoc/format/reagentlog"
	"updoc/format/setupact"
	"updoc/format/textlog"
	"updoc/model"
)

const (
	reagentLogPath    = "Windows/Logs/ReAgent/ReAgent.log"
	winreAgentLogPath = "Windows/Logs/WinREAgent/setupact.log"
	agentLineLimit    = 500
)

// agentLogs fills WinRE.AgentLog: what went wrong when the recovery environment was
// set up, moved or serviced, from Windows\Logs\ReAgent\ReAgent.log and from
// Windows\Logs\WinREAgent\setupact.log, which only machines have where an update
// serviced it.
func (d *desk) agentLogs() {
	list := &d.m.WinRE.AgentLog
	lines, cover := d.reagentLog()
	more, also := d.winreAgentLog()
	lines = append(lines, more...)
	sortByTime(lines, func(l model.WinRELogLine) time.Time { return l.Time })
	kept, cut := within(lines, agentLineLimit)
	list.Items, list.Coverage = kept, bothSpans(cover, also)
	if cut && !list.Coverage.From.IsZero() {
		list.Coverage.From = later(list.Coverage.From, kept[0].Time)
	}
	d.grow(&list.Coverage)
}

// bothSpans is the time that both logs cover. A log that was never begun (neither
// span nor reason) takes nothing away.
func bothSpans(a, b model.Coverage) model.Coverage {
	if b.From.IsZero() && b.Why == nil {
		return a
	}
	if a.From.IsZero() || b.From.IsZero() {
		return model.Coverage{Why: firstWhy(a.Why, b.Why)}
	}
	a.From, a.To = later(a.From, b.From), later(a.To, b.To)
	return a
}

// reagentLog reads ReAgent.log. The partitions it describes are kept for sources
// without a partition table.
func (d *desk) reagentLog() ([]model.WinRELogLine, model.Coverage) {
	at := d.on(reagentLogPath)
	f, size, err := d.open(at)
	var log *reagentlog.Log
	if err == nil {
		log, err = reagentlog.Read(d.ctx, io.NewSectionReader(f, 0, size))
	}
	if err == nil && size > 0 && log.Stamped == 0 {
		err = errNoStamps
	}
	why := d.look("reagent-log", at, err)
	if log == nil {
		return nil, model.Coverage{Why: why}
	}
	d.work.partitions, d.work.reagentLog = log.Partitions, at
	return agentLines(log, at, d.zone), d.localSpan("reagent-log", log.FirstTime, log.LastTime, why)
}

var errNoStamps = errors.New("no line has a time stamp")

// localSpan is the time that a log in local time covers.
func (d *desk) localSpan(artifact string, first, last time.Time, why *model.Unseen) model.Coverage {
	from, to := d.zone.utc(first), d.zone.utc(last)
	d.met(to)
	if why != nil || from.IsZero() {
		return model.Coverage{Why: firstWhy(why, d.noZone(), outOfRange(artifact, from))}
	}
	return model.Coverage{From: from, To: to, Why: outOfRange(artifact, from)}
}

// winreAgentLog reads the errors of Logs\WinREAgent\setupact.log. Its sentences are not
// documented; codes and the plain words of kindOfText decide what they mean.
func (d *desk) winreAgentLog() ([]model.WinRELogLine, model.Coverage) {
	at := d.on(winreAgentLogPath)
	f, size, err := d.open(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, model.Coverage{}
	}
	var log *setupact.Log
	if err == nil {
		log, err = setupact.Read(d.ctx, io.NewSectionReader(f, 0, size))
	}
	if err == nil && size > 0 && log.Stamped == 0 {
		err = errNoStamps
	}
	why := d.look("winreagent-log", at, err)
	if log == nil {
		return nil, model.Coverage{Why: why}
	}
	var lines []model.WinRELogLine
	for _, p := range log.Problems {
		if p.Level == textlog.LevelWarning {
			continue
		}
		lines = append(lines, model.WinRELogLine{Kind: kindOfCode(p.Code, p.Text), Text: p.Text, Time: d.zone.utc(p.Time),
			Origin: textOrigin("winreagent-log", at, p.Line, p.At)})
	}
	return lines, d.localSpan("winreagent-log", log.FirstTime, log.LastTime, why)
}

// kindOfCode knows the codes for lack of room: ERROR_DISK_FULL and
// CBS_E_INSUFFICIENT_DISK_SPACE.
func kindOfCode(code uint32, text string) string {
	if code == 0x80070070 || code == 0x800f0828 {
		return "no-room"
	}
	return kindOfText(text)
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
		if kind := kindOfText(p.Text); kind != "error" || p.Level != textlog.LevelWarning {
			add(kind, p)
		}
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
	sort.SliceStable(lines, func(i, j int) bool { return lines[i].Origin.Line < lines[j].Origin.Line })
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
