package collect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"updoc/format/evtx"
	"updoc/model"
	"updoc/source"
)

// The event logs that are read, below Windows\System32\winevt\Logs.
const (
	systemLog      = "System"
	setupLog       = "Setup"
	applicationLog = "Application"
	clientLog      = "Microsoft-Windows-WindowsUpdateClient%4Operational"
	ntfsLog        = "Microsoft-Windows-Ntfs%4Operational"
	eventFolder    = "Windows/System32/winevt/Logs/"
)

// Providers whose events are kept.
const (
	updateClient  = "Microsoft-Windows-WindowsUpdateClient"
	winreAgent    = "Microsoft-Windows-WinREAgent"
	servicing     = "Microsoft-Windows-Servicing"
	standalone    = "Microsoft-Windows-WUSA"
	kernelGeneral = "Microsoft-Windows-Kernel-General"
	kernelBoot    = "Microsoft-Windows-Kernel-Boot"
	eventLogging  = "EventLog"
	ntfsProvider  = "Ntfs"
	ntfsModern    = "Microsoft-Windows-Ntfs"
	diskProvider  = "disk"
	msiInstaller  = "MsiInstaller"
)

// eventLimit bounds how many events of one log are kept; the newest stay.
const eventLimit = 20000

// eventBytes bounds how much of a log is read, the newest. Of these the hours around the
// last failures count, and so much are weeks; System tells of updates months ago.
var eventBytes = map[string]int64{
	applicationLog: 8 << 20, // of 20 MB by default
	defenderLog:    4 << 20, // of 16 MB at most: four times defenderEventLimit
}

// wantedEvents are the events that collectors use, by provider in lower case. An
// entry without ids takes every event of the provider.
var wantedEvents = map[string][]uint32{
	strings.ToLower(updateClient):  {16, 19, 20, 21, 22, 23, 24, 25, 26, 31, 41, 43, 44},
	strings.ToLower(winreAgent):    nil,
	strings.ToLower(servicing):     {1, 2, 3, 4},
	strings.ToLower(standalone):    {2, 3, 4, 5},
	strings.ToLower(kernelGeneral): {1, 12},
	strings.ToLower(kernelBoot):    {27},
	strings.ToLower(eventLogging):  {6005},
	strings.ToLower(ntfsProvider):  {55, 137, 140},
	strings.ToLower(ntfsModern):    {55, 98, 130, 131, 132, 133, 137, 140, 149},
	strings.ToLower(secureBoot):    {1032, 1033, 1034, 1036, 1043, 1044, 1045, 1795, 1796, 1797, 1798, 1799, 1800, 1801, 1802, 1803, 1808},
	diskProvider:                   {7, 9, 11, 51, 52, 153, 154},
	strings.ToLower(msiInstaller):  msiEventIDs,
	"storahci":                     {129},
	"stornvme":                     {129},
	"iastora":                      {129},
	"iastorac":                     {129},
	"iastoravc":                    {129},
	"iastorvd":                     {129},
	"nvme":                         {129},
	"chkdsk":                       {26212, 26226},
	"microsoft-windows-wininit":    {1001},
	// the update agent's way
	strings.ToLower(serviceControl):   {7000, 7001, 7009, 7023, 7024, 7031, 7034, 7040},
	strings.ToLower(bitsClient):       {60, 61},
	strings.ToLower(defenderProvider): defenderIDs(),
}

// event is one record of a log, with its fields as text.
type event struct {
	time     time.Time
	provider string
	id       uint32
	level    uint8
	fields   []field
	binary   []byte
	origin   model.Origin
}

type field struct{ name, text string }

// get returns the text of the field of that name, in any case; "" if none.
func (e *event) get(name string) string {
	for _, f := range e.fields {
		if strings.EqualFold(f.name, name) {
			return f.text
		}
	}
	return ""
}

// at returns the text of the i-th field; "" if there is none.
func (e *event) at(i int) string {
	if i < 0 || i >= len(e.fields) {
		return ""
	}
	return e.fields[i].text
}

// eventLog is what is kept of one log. coverage is the span of all its records.
type eventLog struct {
	name     string
	events   []event
	coverage model.Coverage
	why      *model.Unseen // nil: it was read
	quiet    bool          // that it is not there is nothing to tell
	cut      bool          // older events were dropped to bound the memory
	torn     bool          // newest records are lost: silence at its end means nothing
	lastID   uint64        // record id met last
	gaps     int           // places where records are lost
	gapEnd   time.Time     // when the newest of them ends
}

// log reads an event log once and keeps the events that collectors want.
func (d *desk) log(name string) *eventLog {
	l, ok := d.logs[name]
	if !ok {
		l = &eventLog{name: name}
		d.logs[name] = l
		d.readLog(l)
	}
	return l
}

// optionalLog reads a log that many machines do not have.
func (d *desk) optionalLog(name string) *eventLog {
	if _, asked := d.src.(source.Logged); asked && d.logs[name] == nil {
		l := &eventLog{name: name, quiet: true}
		d.logs[name] = l
		d.readLog(l)
		return l
	} else if asked {
		return d.logs[name]
	}
	if _, err := d.stat(d.on(eventFolder + name + ".evtx")); err != nil {
		return &eventLog{name: name}
	}
	return d.log(name)
}

func (d *desk) readLog(l *eventLog) {
	at := d.on(eventFolder + l.name + ".evtx")
	if logged, ok := d.src.(source.Logged); ok && d.askLog(logged, l, at) {
		return
	}
	d.readLogFile(l, at)
}

func (d *desk) readLogFile(l *eventLog, at place) {
	f, size, err := d.open(at)
	var file *evtx.Log
	if err == nil {
		file, err = evtx.Open(f, size)
	}
	if err == nil {
		if limit, ok := eventBytes[l.name]; ok {
			file.KeepNewest(limit)
		}
		err = file.Records(d.ctx, l.want, func(r *evtx.Record) error {
			l.add(keepEvent(r, at))
			return nil
		})
	}
	if err != nil {
		l.why = d.look("evtx", at, err)
		l.coverage.Why = l.why
		if file == nil {
			return
		}
	}
	d.cover(l, file.Info(), at)
}

// want picks the events that collectors use, and watches for lost records: the ids
// of a log run without a gap.
func (l *eventLog) want(h evtx.Head) bool {
	if l.lastID != 0 && h.RecordID > l.lastID+1 {
		l.gaps++
		l.gapEnd = later(l.gapEnd, h.Time)
	}
	l.lastID = max(l.lastID, h.RecordID)
	ids, ok := wantedEvents[strings.ToLower(h.Provider)]
	return ok && (ids == nil || slices.Contains(ids, h.EventID))
}

func keepEvent(r *evtx.Record, at place) event {
	e := event{time: r.Time.UTC(), provider: r.Provider, id: r.EventID, level: r.Level, origin: at.origin("evtx")}
	e.origin.Record, e.origin.Offset = r.RecordID, r.Offset
	for _, f := range r.Data {
		e.fields = append(e.fields, field{f.Name, f.Value.String()})
	}
	e.binary = append(e.binary, r.Binary...)
	return e
}

// add keeps an event; the older half goes when there are too many.
func (l *eventLog) add(e event) {
	if len(l.events) >= 2*eventLimit {
		n := copy(l.events, l.events[eventLimit:])
		clear(l.events[n:])
		l.events = l.events[:n]
		l.cut = true
	}
	l.events = append(l.events, e)
}

// cover tells for which time the log holds everything, and notes what was met.
func (d *desk) cover(l *eventLog, info evtx.Info, at place) {
	l.coverage.From, l.coverage.To = later(info.First, l.gapEnd), info.Last
	l.torn = l.why != nil || info.NextRecordID > info.NewestRecordID+1
	events, over := within(l.events, eventLimit)
	if l.events = events; over || l.cut {
		l.coverage.From = later(l.coverage.From, events[0].time)
	}
	d.met(info.Last)
	if l.why != nil {
		return
	}
	l.coverage.Why = l.reason(info)
	note := ""
	if l.gaps > 0 || l.torn || info.DamagedChunks > 0 || info.Recovered > 0 {
		note = fmt.Sprintf("%d records, %d recovered, %d damaged, %d gaps, %d damaged chunks",
			info.Records, info.Recovered, info.DamagedRecords, l.gaps, info.DamagedChunks)
	}
	d.lookNote("evtx", at, nil, note)
}

// reason is why a log proves nothing about a time outside its span.
func (l *eventLog) reason(info evtx.Info) *model.Unseen {
	why := &model.Unseen{Artifact: "evtx", Reason: model.ReasonOutOfRange, How: model.HowOlderLogs,
		Detail: beginning(info.First)}
	switch {
	case l.gaps > 0 || l.torn:
		why.Reason, why.How = model.ReasonDamaged, model.HowNothing
		why.Detail = "records were lost until " + l.coverage.From.UTC().Format(time.RFC3339)
	}
	return why
}

// beginning says since when a log tells; zero: it holds nothing.
func beginning(first time.Time) string {
	if first.IsZero() {
		return "the log is empty"
	}
	return "the log begins at " + first.UTC().Format(time.RFC3339)
}

// listOf fills a list drawn from one log, whose span ends when the machine was last
// used.
func listOf[T any](d *desk, l *eventLog, items []T, list *model.List[T]) {
	if items == nil {
		items = []T{}
	}
	*list = model.List[T]{Items: items, Coverage: l.coverage}
	if !l.torn {
		d.grow(&list.Coverage)
	}
}
