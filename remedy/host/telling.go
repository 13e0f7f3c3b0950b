package host

import "context"

type telling struct{}

// Telling lets tell know how far a long operation is: done of total, in whatever unit. It is
// for showing alone.
func Telling(ctx context.Context, tell func(done, total int64)) context.Context {
	return context.WithValue(ctx, telling{}, tell)
}

// Tell says how far an operation is; nobody may want to know.
func Tell(ctx context.Context, done, total int64) {
	if tell, ok := ctx.Value(telling{}).(func(done, total int64)); ok {
		tell(done, total)
	}
}
