package winapi

import (
	"encoding/xml"
	"slices"
	"time"
)

// maxEvents bounds one answer: Event XML is one to two KiB.
const maxEvents = 20_000

// eventTime is when an event was written, from its XML; zero if that is unreadable.
// Source: schema of 2004/08/events/event, System/TimeCreated.
func eventTime(text string) time.Time {
	var event struct {
		System struct {
			TimeCreated struct {
				SystemTime time.Time `xml:"SystemTime,attr"`
			}
		}
	}
	if xml.Unmarshal([]byte(text), &event) != nil {
		return time.Time{}
	}
	return event.System.TimeCreated.SystemTime.UTC()
}

// wanted is how many events are read for a query: one more than asked for, which tells
// whether there are more.
func wanted(newest int) int {
	if newest <= 0 || newest > maxEvents {
		newest = maxEvents
	}
	return newest + 1
}

// page makes the answer of events that were read newest first, limit of them at most, with
// those that could not be rendered.
func page(newestFirst []string, unread, limit int) EventPage {
	p := EventPage{Events: newestFirst, Unread: unread}
	if len(newestFirst)+unread >= limit {
		p.Events, p.Cut = newestFirst[:min(len(newestFirst), limit-1)], true
	}
	slices.Reverse(p.Events)
	return p
}

// rendered makes texts of events. One that cannot be rendered is counted and left out: the
// others are whole. A Windows that has no such function is an error.
func rendered[H any](events []H, render func(H) (string, error)) (texts []string, unread int, err error) {
	for _, e := range events {
		text, err := render(e)
		if err != nil && lacking(codeOf(err)) {
			return nil, 0, err
		}
		if err != nil {
			unread++
			continue
		}
		texts = append(texts, text)
	}
	return texts, unread, nil
}
