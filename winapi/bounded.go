package winapi

import (
	"context"
	"errors"
	"time"
)

// outcome is how a function ended; crash is what it panicked with.
type outcome[T any] struct {
	value T
	err   error
	crash any
}

// bounded runs do and waits for it, but not beyond limit or ctx: then it answers the
// error of ctx, or context.DeadlineExceeded, and do, with the thread it may hold, is left behind until it ends. Such a
// call cannot be ended from outside. A panic of do comes out here.
func bounded[T any](ctx context.Context, limit time.Duration, do func() (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ended := make(chan outcome[T], 1)
	go func() {
		o := outcome[T]{crash: "the call ended its goroutine"}
		defer func() {
			if r := recover(); r != nil {
				o.crash = r
			}
			ended <- o
		}()
		o.value, o.err = do()
		o.crash = nil
	}()
	select {
	case o := <-ended:
		if o.crash != nil {
			panic(o.crash)
		}
		return o.value, o.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// orEmpty is bounded for one device of many: one that does not answer within limit tells
// nothing, and the others are asked all the same.
func orEmpty[T any](ctx context.Context, limit time.Duration, empty T, do func() (T, error)) (T, error) {
	got, err := bounded(ctx, limit, do)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return empty, nil
	}
	return got, err
}
