package winapi

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Limits of reading a device.
const (
	readLimit  = 30 * time.Second // of one read: a disk at rest needs some ten seconds to spin up
	slowRead   = 2 * time.Second  // a read that takes longer says that the disk is ill
	slowBudget = time.Minute      // of all slow reads together
)

// limited gives a device up that does not answer, or takes minutes for it: a disk that is
// dying must not hold up the look at all others. Such a read cannot be ended from outside;
// it is left behind, and what it reads into with it. Every read after it is ERROR_TIMEOUT.
type limited struct {
	of    ReaderAtCloser
	limit time.Duration
	now   func() time.Time

	mu   sync.Mutex
	slow time.Duration // spent in slow reads
	dead bool
}

func newLimited(of ReaderAtCloser) *limited {
	return &limited{of: of, limit: readLimit, now: time.Now}
}

// ReadAt implements io.ReaderAt. After ERROR_TIMEOUT p belongs to the read that was left
// behind.
func (l *limited) ReadAt(p []byte, off int64) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return 0, &Error{Call: "read-raw", Code: errTimeout}
	}
	type end struct {
		n   int
		err error
	}
	began := l.now()
	got, err := bounded(context.Background(), l.limit, func() (end, error) {
		n, err := l.of.ReadAt(p, off)
		return end{n, err}, nil
	})
	if errors.Is(err, context.DeadlineExceeded) {
		l.dead = true
		return 0, &Error{Call: "read-raw", Code: errTimeout}
	}
	if took := l.now().Sub(began); took > slowRead {
		l.slow += took
		l.dead = l.slow > slowBudget
	}
	return got.n, got.err
}

// Close closes the device; one that was given up is closed when it lets go.
func (l *limited) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		go l.of.Close() // its error would tell nobody anything
		return nil
	}
	return l.of.Close()
}
