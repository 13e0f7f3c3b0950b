package reportingevents

import (
	"context"
	"errors"
	"fmt"
	"io"

	"updoc/format/textlog"
)

const maxDamagedLines = 64

// Read hands every event of the log to fn, in file order. Lines that are no
// event are counted. It ends early with fn's error, with ctx's, or when the
// file cannot be read on; the Stats then tell how far it came.
func Read(ctx context.Context, r io.Reader, fn func(Event) error) (Stats, error) {
	lr := textlog.NewReader(ctx, r, textlog.Options{})
	var st Stats
	for {
		l, err := lr.Next()
		st.Encoding, st.Bytes = lr.Encoding(), lr.Bytes()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return st, nil
			}
			return st, fmt.Errorf("ReportingEvents.log: %w", err)
		}
		st.Lines++
		if len(l.Text) == 0 {
			continue
		}
		e, ok := parse(l.Text)
		if !ok {
			st.damaged(l.Number)
			continue
		}
		e.Line, e.Offset = l.Number, l.Offset
		st.count(&e)
		if err := fn(e); err != nil {
			return st, err
		}
	}
}

// ReadNewest returns the last limit events of the log, in file order.
func ReadNewest(ctx context.Context, r io.Reader, limit int) ([]Event, Stats, error) {
	if limit <= 0 {
		st, err := Read(ctx, r, func(Event) error { return nil })
		return nil, st, err
	}
	var ring []Event
	next := 0
	st, err := Read(ctx, r, func(e Event) error {
		if len(ring) < limit {
			ring = append(ring, e)
			return nil
		}
		ring[next] = e
		next = (next + 1) % limit
		return nil
	})
	out := make([]Event, 0, len(ring))
	return append(append(out, ring[next:]...), ring[:next]...), st, err
}

func (st *Stats) damaged(line int64) {
	st.Damaged++
	if len(st.DamagedLines) < maxDamagedLines {
		st.DamagedLines = append(st.DamagedLines, line)
	}
}

func (st *Stats) count(e *Event) {
	st.Events++
	if st.First.IsZero() || e.Time.Before(st.First) {
		st.First = e.Time
	}
	if e.Time.After(st.Last) {
		st.Last = e.Time
	}
}
