package collect

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"

	"updoc/model"
	"updoc/source"
)

// askLog reads a log from the service that writes it. It returns false, with nothing
// noted, when the service does not answer, because it is stopped or not there, and the
// file lies open to us.
func (d *desk) askLog(logged source.Logged, l *eventLog, at place) bool {
	got, err := logged.Events(d.ctx, channelOf(l.name), askedEvents(), eventLimit)
	if err != nil && d.fileInstead(err, at) {
		return false
	}
	if err != nil {
		if l.why = d.whyNot("evtx", at, err); !l.quiet || !errors.Is(err, fs.ErrNotExist) {
			l.why = d.look("evtx", at, err)
		}
		l.coverage.Why = l.why
		l.torn = true
		return true
	}
	for i := range got.Events {
		l.events = append(l.events, askedEvent(&got.Events[i], at))
	}
	l.cut = got.Cut
	d.coverAsked(l, got, at)
	return true
}

// fileInstead tells whether a log is to be read from its file. What the service refused
// or does not know is an answer.
func (d *desk) fileInstead(err error, at place) bool {
	if d.ctx.Err() != nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return false
	}
	_, err = d.stat(at)
	return err == nil
}

// askedEvents are the wanted events with the names of providers that are asked for as a
// whole as they are registered: a query compares them letter by letter.
func askedEvents() map[string][]uint32 {
	want := maps.Clone(wantedEvents)
	for _, name := range []string{winreAgent} {
		delete(want, strings.ToLower(name))
		want[name] = nil
	}
	return want
}

// channelOf is the channel of a log's file.
func channelOf(name string) string { return strings.ReplaceAll(name, "%4", "/") }

func askedEvent(e *source.Event, at place) event {
	out := event{time: e.Time.UTC(), provider: e.Provider, id: e.ID, level: e.Level, binary: e.Binary, origin: at.origin("evtx")}
	out.origin.Record = e.Record
	for _, f := range e.Fields {
		out.fields = append(out.fields, field{f.Name, f.Text})
	}
	return out
}

// coverAsked tells for which time the log holds everything: the service passes over
// damage without a word, so a log that was damaged looks whole.
func (d *desk) coverAsked(l *eventLog, got source.EventLog, at place) {
	l.coverage.From, l.coverage.To = got.First, got.Last
	l.coverage.Why = &model.Unseen{Artifact: "evtx", Reason: model.ReasonOutOfRange, How: model.HowOlderLogs, Detail: beginning(got.First)}
	if l.cut && len(l.events) > 0 {
		l.coverage.From = later(l.coverage.From, l.events[0].time)
	}
	d.met(got.Last)
	note := ""
	if got.Unread > 0 { // one of them could be any event, at any time
		note = fmt.Sprintf("%d events cannot be read", got.Unread)
		l.torn = true
		l.coverage = model.Coverage{Why: &model.Unseen{Artifact: "evtx", Reason: model.ReasonDamaged, Detail: note, How: model.HowNothing}}
	}
	d.lookNote("evtx", at, nil, note)
}
