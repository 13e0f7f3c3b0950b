package winapi

import (
	"context"
	"syscall"
	"time"
)

// pollPause is how long poll waits before it asks again.
const pollPause = 100 * time.Millisecond

// timedOut is ERROR_TIMEOUT of winerror.h.
const timedOut = syscall.Errno(1460)

// poll asks until the answer is yes, for limit at most: then it is ERROR_TIMEOUT.
func poll(ctx context.Context, limit time.Duration, yes func() (bool, error)) error {
	end := time.NewTimer(limit)
	defer end.Stop()
	again := time.NewTicker(pollPause)
	defer again.Stop()
	for {
		if done, err := yes(); err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			return timedOut
		case <-again.C:
		}
	}
}

// lastBytes keeps the end of what is written to it.
type lastBytes struct {
	kept []byte
	most int
}

// Write implements io.Writer.
func (l *lastBytes) Write(p []byte) (int, error) {
	l.kept = append(l.kept, p...)
	if over := len(l.kept) - 2*l.most; over > 0 {
		l.kept = append(l.kept[:0], l.bytes()...)
	}
	return len(p), nil
}

func (l *lastBytes) bytes() []byte { return l.kept[max(len(l.kept)-l.most, 0):] }
