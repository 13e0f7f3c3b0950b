package doctor

import (
	"context"
	"time"
)

// Clock tells the time and lets it pass. Tests bring their own.
type Clock interface {
	Now() time.Time
	// Sleep returns after d, or with the error of ctx.
	Sleep(ctx context.Context, d time.Duration) error
}

type realClock struct{}

// Now implements Clock.
func (realClock) Now() time.Time { return time.Now().UTC() }

// Sleep implements Clock.
func (realClock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (o FixOptions) clock() Clock {
	if o.Clock == nil {
		return realClock{}
	}
	return o.Clock
}
