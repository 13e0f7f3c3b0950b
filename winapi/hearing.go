package winapi

import (
	"context"
	"io"
)

type hearing struct{}

// Hearing lets w have what a program says while Run waits for its end: to show how far it
// is, never to decide by. w must not block.
func Hearing(ctx context.Context, w io.Writer) context.Context {
	return context.WithValue(ctx, hearing{}, w)
}

// Heard is who hears, for whoever makes the call Run; nobody: io.Discard.
func Heard(ctx context.Context) io.Writer {
	if w, ok := ctx.Value(hearing{}).(io.Writer); ok {
		return w
	}
	return io.Discard
}
