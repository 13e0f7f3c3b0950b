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
)

// eventsCall asks EvtQuery for the newest first, EvtNext, EvtRender. What took longer
// than its limit is given up.
func eventsCall(ctx context.Context, q EventQuery) (EventPage, error) {
	limit := wanted(q.Newest)
	return bounded(ctx, eventLimit, func() (EventPage, error) {
		all, err := readEvents(ctx, q.Channel, q.XPath, evtReverse, limit)
		if err != nil {
			return EventPage{}, err
		}
		return page(all, limit), nil
	})
}

// channelCall asks EvtOpenLog and EvtGetLogInfo for the number, and for the first and the
// last event.
func channelCall(ctx context.Context, channel string) (ChannelInfo, error) {
	return bounded(ctx, eventLimit, func() (ChannelInfo, error) {
		records, err := recordCount(channel)
		if err != nil {
			return ChannelInfo{}, err
		}
		c := ChannelInfo{Records: records}
		first, err := readEvents(ctx, channel, "*", evtForward, 1)
		if err != nil || len(first) == 0 {
			return c, err
		}
		last, err := readEvents(ctx, channel, "*", evtReverse, 1)
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

func readEvents(ctx context.Context, channel, xpath string, direction uintptr, limit int) ([]string, error) {
	wide, err := windows.UTF16PtrFromString(channel)
	if err != nil {
		return nil, err
	}
	query, err := windows.UTF16PtrFromString(xpath)
	if err != nil {
		return nil, err
	}
	h, err := invoke(procEvtQuery, 0, uintptr(unsafe.Pointer(wide)), uintptr(unsafe.Pointer(query)), evtChannelPath|direction)
	if h == 0 {
		return nil, failed(err)
	}
	defer invoke(procEvtClose, h)
	all := []string{}
	for len(all) < limit && ctx.Err() == nil {
		more, err := nextEvents(h, min(evtBatch, limit-len(all)))
		if err != nil || len(more) == 0 {
			return all, err
		}
		all = append(all, more...)
	}
	return all, ctx.Err()
}

// nextEvents reads a batch; none is the end.
func nextEvents(h uintptr, n int) ([]string, error) {
	var events [evtBatch]uintptr
	var got uint32
	ok, err := invoke(procEvtNext, h, uintptr(n), uintptr(unsafe.Pointer(&events)), evtWait, 0, uintptr(unsafe.Pointer(&got)))
	if ok == 0 {
		if errors.Is(err, windows.ERROR_NO_MORE_ITEMS) {
			return nil, nil
		}
		return nil, failed(err)
	}
	batch := events[:min(int(got), n)]
	defer closeEvents(batch)
	var all []string
	for _, e := range batch {
		text, err := render(e)
		if err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, nil
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
