package textlog

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Each hands every line of a log to fn, in file order, and tells how the file is written and how many of its bytes were
// consumed. It ends early with fn's error as it is, or, naming the log, with the context's or that of src; what fn has seen
// by then stands.
func Each(ctx context.Context, src io.Reader, log string, fn func(Line) error) (Encoding, int64, error) {
	r := NewReader(ctx, src, Options{})
	for {
		line, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Encoding(), r.Bytes(), nil
		}
		if err != nil {
			return r.Encoding(), r.Bytes(), fmt.Errorf("%s: %w", log, err)
		}
		if err := fn(line); err != nil {
			return r.Encoding(), r.Bytes(), err
		}
	}
}

// AppendNewest appends v to a list of which only the newest are kept: the oldest goes if there are limit entries already.
func AppendNewest[T any](list []T, v T, limit int) []T {
	if len(list) >= limit {
		copy(list, list[1:])
		list = list[:len(list)-1]
	}
	return append(list, v)
}
