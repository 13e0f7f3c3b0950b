package winapi

import (
	"context"
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"

	"updoc/codec/wintype"
)

// Flags and numbers of winevt.h.
const (
	evtChannelPath   = 0x1
	evtForward       = 0x100
	evtReverse       = 0x200
	evtRenderXML     = 1
	evtOpenChannel   = 1
	evtRecordCount   = 5 // EvtLogNumberOfLogRecords
	evtBatch         = 64
	evtWait          = 30_000  // ms for a batch
	evtMaxRendered   = 1 << 20 // bytes of one event
	evtFirstRendered = 8 << 10
	evtNearEnd       = 4 // events of which one tells how far a log reaches
)

// eventsCall asks EvtQuery for the newest first, EvtNext, EvtRender. What took longer
// than its limit is given up.
func eventsCall(ctx context.Context, q EventQuery) (EventPage, error) {
	limit := wanted(q.Newest)
	return askLog(ctx, func() (EventPage, error) {
		all, unread, err := readEvents(ctx, q.Channel, q.XPath, evtReverse, limit)
		if err != nil {
			return EventPage{}, err
		}
		return page(all, unread, limit), nil
	})
}

var eventService silence

// askLog asks the event log service. One that hangs is waited for once: the files are read
// instead.
func askLog[T any](ctx context.Context, ask func() (T, error)) (T, error) {
	return breaking(&eventService, "events", ask, func(do func() (T, error)) (T, error) { return bounded(ctx, eventLimit, do) })
}

// channelCall asks EvtOpenLog and EvtGetLogInfo for the number, and for the first and the
// last event.
func channelCall(ctx context.Context, channel string) (ChannelInfo, error) {
	return askLog(ctx, func() (ChannelInfo, error) {
		records, err := recordCount(channel)
		if err != nil {
			return ChannelInfo{}, err
		}
		c := ChannelInfo{Records: records}
		first, _, err := readEvents(ctx, channel, "*", evtForward, evtNearEnd)
		if err != nil || len(first) == 0 {
			return c, err
		}
		last, _, err := readEvents(ctx, channel, "*", evtReverse, evtNearEnd)
		if err != nil || len(last) == 0 {
			return c, err
		}
		c.First, c.Last = eventTime(first[0]), eventTime(last[0])
		return c, nil
	})
}

func recordCount(channel string) (uint64, error) {
	wide, err := windows.UTF16PtrFromString(channel)
	if err != nil {
		return 0, err
	}
	h, err := invoke(procEvtOpenLog, 0, uintptr(unsafe.Pointer(wide)), evtOpenChannel)
	if h == 0 {
		return 0, failed(err)
	}
	defer invoke(procEvtClose, h)
	var variant [2]uint64 // EVT_VARIANT: value, then count and type
	var used uint32
	ok, err := invoke(procEvtGetLogInfo, h, evtRecordCount, unsafe.Sizeof(variant), uintptr(unsafe.Pointer(&variant)), uintptr(unsafe.Pointer(&used)))
	if ok == 0 {
		return 0, failed(err)
	}
	return variant[0], nil
}

// readEvents reads events, limit of them with those that cannot be rendered.
func readEvents(ctx context.Context, channel, xpath string, direction uintptr, limit int) (all []string, unread int, err error) {
	wide, err := windows.UTF16PtrFromString(channel)
	if err != nil {
		return nil, 0, err
	}
	query, err := windows.UTF16PtrFromString(xpath)
	if err != nil {
		return nil, 0, err
	}
	h, err := invoke(procEvtQuery, 0, uintptr(unsafe.Pointer(wide)), uintptr(unsafe.Pointer(query)), evtChannelPath|direction)
	if h == 0 {
		return nil, 0, failed(err)
	}
	defer invoke(procEvtClose, h)
	all = []string{}
	for len(all)+unread < limit && ctx.Err() == nil {
		batch, err := nextEvents(h, min(evtBatch, limit-len(all)-unread))
		if err != nil || len(batch) == 0 {
			return all, unread, err
		}
		texts, bad, err := rendered(batch, render)
		closeEvents(batch)
		if err != nil {
			return nil, 0, err
		}
		all, unread = append(all, texts...), unread+bad
	}
	return all, unread, ctx.Err()
}

// nextEvents opens a batch; none is the end.
func nextEvents(h uintptr, n int) ([]uintptr, error) {
	var events [evtBatch]uintptr
	var got uint32
	ok, err := invoke(procEvtNext, h, uintptr(n), uintptr(unsafe.Pointer(&events)), evtWait, 0, uintptr(unsafe.Pointer(&got)))
	if ok == 0 {
		if errors.Is(err, windows.ERROR_NO_MORE_ITEMS) {
			return nil, nil
		}
		return nil, failed(err)
	}
	return events[:min(int(got), n)], nil
}

func closeEvents(batch []uintptr) {
	for _, e := range batch {
		invoke(procEvtClose, e)
	}
}

func render(event uintptr) (string, error) {
	for size := evtFirstRendered; size <= evtMaxRendered; {
		buf := make([]byte, size)
		var used, properties uint32
		ok, err := invoke(procEvtRender, 0, event, evtRenderXML, uintptr(len(buf)), uintptr(unsafe.Pointer(&buf[0])),
			uintptr(unsafe.Pointer(&used)), uintptr(unsafe.Pointer(&properties)))
		if ok != 0 {
			return wintype.UTF16Z(buf[:min(int(used), len(buf))]), nil
		}
		if !errors.Is(err, windows.ERROR_INSUFFICIENT_BUFFER) {
			return "", failed(err)
		}
		size = max(int(used), 2*size)
	}
	return "", windows.ERROR_MORE_DATA
}
