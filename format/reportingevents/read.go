package reportingevents

import (
	"context"
	"io"

	"updoc/format/textlog"
)

const maxDamagedLines = 64

// Read hands every event of the log to fn, in file order. Lines that are no
// event are counted. It ends early with fn's error, with ctx's, or when the
// file cannot be read on; the Stats then tell how far it came.
func Read(ctx context.Context, r io.Reader, fn func(Event) error) (Stats, error) {
	var st Stats
	var err error
	st.Encoding, st.Bytes, err = textlog.Each(ctx, r, "ReportingEvents.log", func(l textlog.Line) error {
		st.Lines++
		if len(l.Text) == 0 {
			return nil
		}
		e, ok := parse(l.Text)
		if !ok {
			st.damaged(l.Number)
			return nil
		}
		e.Line, e.Offset = l.Number, l.Offset
		st.count(&e)
		return fn(e)
	})
	return st, err
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
