package collect

import (
	"fmt"
	"strings"
	"time"

	"updoc/format/evtx"
	"updoc/model"
)

// The event logs that are read, below Windows\System32\winevt\Logs.
const (
	systemLog   = "System"
	setupLog    = "Setup"
	clientLog   = "Microsoft-Windows-WindowsUpdateClient%4Operational"
	ntfsLog     = "Microsoft-Windows-Ntfs%4Operational"
	eventFolder = "Windows/System32/winevt/Logs/"
)

// Providers whose events are kept.
const (
	updateClient  = "Microsoft-Windows-WindowsUpdateClient"
	winreAgent    = "Microsoft-Windows-WinREAgent"
	servicing     = "Microsoft-Windows-Servicing"
	kernelGeneral = "Microsoft-Windows-Kernel-General"
	kernelBoot    = "Microsoft-Windows-Kernel-Boot"
	eventLogging  = "EventLog"
	ntfsProvider  = "Ntfs"
	ntfsModern    = "Microsoft-Windows-Ntfs"
	diskProvider  = "disk"
)

// eventLimit bounds how many events of one log are kept; the newest stay.
const eventLimit = 20000

// wantedEvents are the events that collectors use, by provider in lower case. An
// entry without ids takes every event of the provider.
var wantedEvents = map[string][]uint32{
	strings.ToLower(updateClient):  {16, 19, 20, 21, 22, 23, 24, 25, 26, 31, 41, 43, 44},
	strings.ToLower(winreAgent):    nil,
	strings.ToLower(servicing):     {1, 2, 3, 4},
	strings.ToLower(kernelGeneral): {1, 12},
	strings.ToLower(kernelBoot):    {27},
	strings.ToLower(eventLogging):  {6005},
	strings.ToLower(ntfsProvider):  {55},
	strings.ToLower(ntfsModern):    {55, 98},
	diskProvider:                   {7, 9, 11, 51, 52, 153, 154},
	"storahci":                     {129},
	"stornvme":                     {129},
	"iastora":                      {129},
	"iastorac":                     {129},
	"iastoravc":                    {129},
	"iastorvd":                     {129},
	"nvme":                         {129},
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
	sound    bool          // nothing was lost to damage
	cut      bool          // older events were dropped to bound the memory
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
	if _, err := d.stat(d.on(eventFolder + name + ".evtx")); err != nil {
		return &eventLog{name: name}
	}
	return d.log(name)
}

func (d *desk) readLog(l *eventLog) {
	at := d.on(eventFolder + l.name + ".evtx")
	f, size, err := d.open(at)
	var file *evtx.Log
	if err == nil {
		file, err = evtx.Open(f, size)
	}
	if err == nil {
		err = file.Records(d.ctx, wantEvent, func(r *evtx.Record) error {
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

func wantEvent(h evtx.Head) bool {
	ids, ok := wantedEvents[strings.ToLower(h.Provider)]
	if !ok {
		return false
	}
	for _, id := range ids {
		if id == h.EventID {
			return true
		}
	}
	return ids == nil
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
	damage := info.DamagedRecords + info.MissingRecords + info.Unreadable
	l.sound = damage == 0 && l.why == nil
	l.coverage.From, l.coverage.To = info.First, info.Last
	events, over := within(l.events, eventLimit)
	if l.events = events; over || l.cut {
		l.coverage.From = events[0].time
	}
	d.met(info.Last)
	if l.why != nil {
		return
	}
	why := logReason(info, damage)
	l.coverage.Why = &why
	note := ""
	if damage > 0 || info.DamagedChunks > 0 || info.Recovered > 0 {
		note = fmt.Sprintf("%d records, %d recovered, %d damaged, %d missing, %d damaged chunks",
			info.Records, info.Recovered, info.DamagedRecords, info.MissingRecords, info.DamagedChunks)
	}
	d.lookNote("evtx", at, nil, note)
}

// logReason is why a log proves nothing about a time outside its span, or at all.
func logReason(info evtx.Info, damage int) model.Unseen {
	why := model.Unseen{Artifact: "evtx", Reason: model.ReasonOutOfRange, How: model.HowOlderLogs,
		Detail: "the log begins at " + info.First.UTC().Format(time.RFC3339)}
	if damage > 0 {
		why.Reason, why.How = model.ReasonDamaged, model.HowNothing
		why.Detail = fmt.Sprintf("%d records were lost", damage)
	}
	if info.Records == 0 {
		why.Detail = "the log is empty"
	}
	return why
}

// span returns the coverage of a list that is drawn from one log. If records were
// lost, nothing is covered.
func (l *eventLog) span() model.Coverage {
	if !l.sound {
		return model.Coverage{Why: l.coverage.Why}
	}
	return l.coverage
}

// listOf returns a list drawn from one log, whose span ends when the machine was
// last used.
func listOf[T any](d *desk, l *eventLog, items []T, list *model.List[T]) {
	if items == nil {
		items = []T{}
	}
	*list = model.List[T]{Items: items, Coverage: l.span()}
	d.grow(&list.Coverage)
}
