package live

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"updoc/model"
	"updoc/source"
	"updoc/winapi"
)

// maxTerms is how many comparisons one XPath has: Windows refuses some more than twenty.
const maxTerms = 20

// pageSize is how many events are asked for at once, so that their XML is never all in
// memory.
const pageSize = 2000

// Events implements source.Logged.
func (s *Source) Events(ctx context.Context, channel string, want map[string][]uint32, newest int) (source.EventLog, error) {
	info, err := winapi.Channel.Do(ctx, s.sys, channel)
	if errors.Is(err, winapi.ErrUnsupported) {
		err = &source.UnseenError{Unseen: model.Unseen{Artifact: "evtx", Reason: model.ReasonAbsent, How: model.HowNothing}, Err: err}
	}
	if err != nil {
		return source.EventLog{}, err
	}
	r := &eventReader{s: s, channel: channel, want: lowerKeys(want), newest: newest, seen: map[uint64]bool{}}
	r.log.First, r.log.Last = info.First.UTC(), info.Last.UTC()
	if info.Records == 0 {
		return r.log, nil
	}
	for _, terms := range queries(want) {
		if err := r.pages(ctx, terms); err != nil {
			return source.EventLog{}, err
		}
	}
	r.keepNewest(newest)
	return r.log, nil
}

func lowerKeys(want map[string][]uint32) map[string][]uint32 {
	out := map[string][]uint32{}
	for name, ids := range want {
		out[strings.ToLower(name)] = ids
	}
	return out
}

// queries are conditions on the System part of events, each short enough. Providers are
// told apart afterwards: an id that two of them use is asked for once.
func queries(want map[string][]uint32) []string {
	var terms []string
	ids := map[uint32]bool{}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if want[name] == nil {
			terms = append(terms, fmt.Sprintf("Provider[@Name='%s']", name))
		}
		for _, id := range want[name] {
			ids[id] = true
		}
	}
	sorted := slices.Sorted(maps.Keys(ids))
	for i := 0; i < len(sorted); {
		from := sorted[i]
		for i++; i < len(sorted) && sorted[i] == sorted[i-1]+1; i++ {
		}
		terms = append(terms, between(from, sorted[i-1])...)
	}
	var out []string
	for chunk := range slices.Chunk(terms, maxTerms/2) { // a range is two comparisons
		out = append(out, strings.Join(chunk, " or "))
	}
	return out
}

func between(from, to uint32) []string {
	switch to - from {
	case 0:
		return []string{fmt.Sprintf("EventID=%d", from)}
	case 1:
		return []string{fmt.Sprintf("EventID=%d", from), fmt.Sprintf("EventID=%d", to)}
	}
	return []string{fmt.Sprintf("(EventID>=%d and EventID<=%d)", from, to)}
}

// eventReader reads one channel.
type eventReader struct {
	s       *Source
	channel string
	want    map[string][]uint32
	newest  int
	log     source.EventLog
	seen    map[uint64]bool // records: a query by provider and one by id may find the same
}

// pages reads what a condition selects, the newest first, a page at a time.
func (r *eventReader) pages(ctx context.Context, terms string) error {
	before := uint64(0)
	for got := 0; ; {
		xpath := "*[System[(" + terms + ")]]"
		if before > 0 {
			xpath = fmt.Sprintf("*[System[(%s) and EventRecordID<%d]]", terms, before)
		}
		page, err := winapi.Events.Do(ctx, r.s.sys, winapi.EventQuery{Channel: r.channel, XPath: xpath, Newest: pageSize})
		if err != nil {
			return err
		}
		oldest := r.take(page.Events)
		got += len(page.Events) + page.Unread
		r.log.Unread += page.Unread
		switch {
		case !page.Cut:
			return nil
		case got >= r.newest || oldest == 0 || oldest == before:
			r.log.Cut = true
			return nil
		}
		before = oldest
	}
}

// take keeps what is wanted of a page and returns its oldest record.
func (r *eventReader) take(page []string) uint64 {
	oldest := uint64(0)
	for _, text := range page {
		e, err := parseEvent(text)
		if err != nil {
			r.log.Unread++
			continue
		}
		if oldest == 0 || e.Record < oldest {
			oldest = e.Record
		}
		ids, ok := r.want[strings.ToLower(e.Provider)]
		if !ok || ids != nil && !slices.Contains(ids, e.ID) || r.seen[e.Record] {
			continue
		}
		r.seen[e.Record] = true
		r.log.Events = append(r.log.Events, e)
	}
	return oldest
}

// keepNewest sorts what several queries gave and drops what is too much.
func (r *eventReader) keepNewest(n int) {
	sort.SliceStable(r.log.Events, func(i, j int) bool { return r.log.Events[i].Record < r.log.Events[j].Record })
	if over := len(r.log.Events) - n; over > 0 {
		r.log.Events, r.log.Cut = r.log.Events[over:], true
	}
}
