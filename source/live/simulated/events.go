package simulated

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"

	"updoc/format/evtx"
	"updoc/source"
	"updoc/winapi"
)

const noChannel = 15007 // ERROR_EVT_CHANNEL_NOT_FOUND

// log opens the log of a channel.
func (w *Windows) log(channel string) (*evtx.Log, error) {
	fsys, err := w.home.FS(w.home.Windows())
	if err != nil {
		return nil, err
	}
	f, size, err := source.Open(fsys, "Windows/System32/winevt/Logs/"+strings.ReplaceAll(channel, "/", "%4")+".evtx")
	if err != nil {
		return nil, refused("events", noChannel)
	}
	log, err := evtx.Open(f, size)
	if err != nil {
		return nil, refused("events", noChannel)
	}
	return log, nil
}

func (w *Windows) channel(ctx context.Context, channel string) (winapi.ChannelInfo, error) {
	log, err := w.log(channel)
	if err != nil {
		return winapi.ChannelInfo{}, err
	}
	err = log.Records(ctx, nil, func(*evtx.Record) error { return nil })
	info := log.Info()
	return winapi.ChannelInfo{Records: uint64(info.Records), First: info.First, Last: info.Last}, err
}

// events answers the queries that source/live makes; others match nothing.
func (w *Windows) events(ctx context.Context, q winapi.EventQuery) (winapi.EventPage, error) {
	log, err := w.log(q.Channel)
	if err != nil {
		return winapi.EventPage{}, err
	}
	var page winapi.EventPage
	match := matcher(q.XPath)
	err = log.Records(ctx, match, func(r *evtx.Record) error {
		page.Events = append(page.Events, XML(r))
		return nil
	})
	if over := len(page.Events) - q.Newest; q.Newest > 0 && over > 0 {
		page.Events, page.Cut = page.Events[over:], true
	}
	return page, err
}

var (
	providerTerm = regexp.MustCompile(`Provider\[@Name='([^']*)'\]`)
	idTerm       = regexp.MustCompile(`EventID=(\d+)`)
	rangeTerm    = regexp.MustCompile(`EventID>=(\d+) and EventID<=(\d+)`)
	beforeTerm   = regexp.MustCompile(`EventRecordID<(\d+)`)
)

// matcher understands the terms of a query.
func matcher(xpath string) func(evtx.Head) bool {
	before := ^uint64(0)
	if m := beforeTerm.FindStringSubmatch(xpath); m != nil {
		before = number(m[1])
	}
	return func(h evtx.Head) bool {
		if h.RecordID >= before {
			return false
		}
		for _, m := range providerTerm.FindAllStringSubmatch(xpath, -1) {
			if m[1] == h.Provider {
				return true
			}
		}
		for _, m := range idTerm.FindAllStringSubmatch(xpath, -1) {
			if number(m[1]) == uint64(h.EventID) {
				return true
			}
		}
		for _, m := range rangeTerm.FindAllStringSubmatch(xpath, -1) {
			if number(m[1]) <= uint64(h.EventID) && uint64(h.EventID) <= number(m[2]) {
				return true
			}
		}
		return false
	}
}

// XML renders a record as Windows does, as far as source/live reads it.
func XML(r *evtx.Record) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="%s"/><EventID Qualifiers="%d">%d</EventID><Level>%d</Level>`,
		escaped(r.Provider), r.Qualifiers, r.EventID, r.Level)
	fmt.Fprintf(&b, `<TimeCreated SystemTime="%s"/><EventRecordID>%d</EventRecordID><Channel>%s</Channel><Computer>%s</Computer></System>`,
		r.Time.UTC().Format("2006-01-02T15:04:05.0000000Z"), r.RecordID, escaped(r.Channel), escaped(r.Computer))
	if r.UserData != "" {
		fmt.Fprintf(&b, `<UserData><%s xmlns="%s">`, r.UserData, escaped(r.UserDataNS))
		for _, f := range r.Data {
			nested(&b, f.Name, f.Value.String())
		}
		fmt.Fprintf(&b, `</%s></UserData></Event>`, r.UserData)
		return b.String()
	}
	b.WriteString("<EventData>")
	for _, f := range r.Data {
		if f.Name == "" {
			fmt.Fprintf(&b, "<Data>%s</Data>", escaped(f.Value.String()))
			continue
		}
		fmt.Fprintf(&b, `<Data Name="%s">%s</Data>`, escaped(f.Name), escaped(f.Value.String()))
	}
	if r.Binary != nil {
		fmt.Fprintf(&b, "<Binary>%X</Binary>", r.Binary)
	}
	b.WriteString("</EventData></Event>")
	return b.String()
}

// nested writes a field named Parent/Child as elements.
func nested(b *bytes.Buffer, name, text string) {
	parts := strings.Split(name, "/")
	for _, p := range parts {
		b.WriteString("<" + p + ">")
	}
	b.WriteString(escaped(text))
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteString("</" + parts[i] + ">")
	}
}

func escaped(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}
