package winapi

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"time"
)

// dying is a disk whose reads take as long as its clock says, or never end.
type dying struct {
	now    time.Time
	takes  time.Duration
	hangs  chan struct{} // nil: it answers
	reads  atomic.Int32
	closed chan struct{}
}

func (d *dying) ReadAt(p []byte, off int64) (int, error) {
	d.reads.Add(1)
	if d.hangs != nil {
		<-d.hangs
	}
	d.now = d.now.Add(d.takes)
	clear(p)
	return len(p), nil
}

func (d *dying) Close() error { close(d.closed); return nil }

// A read that never ends is given up, every later one at once, and closing does not wait.
func TestDeviceThatHangsIsGivenUp(t *testing.T) {
	d := &dying{hangs: make(chan struct{}), closed: make(chan struct{})}
	l := &limited{of: d, limit: 0, now: func() time.Time { return time.Time{} }}
	a := newAligned(l, 512, 1<<20)
	for range 3 {
		if n, err := a.ReadAt(make([]byte, 700), 100); n != 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%d %v", n, err)
		}
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	close(d.hangs)
	<-d.closed
	if n := d.reads.Load(); n > 1 {
		t.Errorf("%d reads of a disk that hangs", n)
	}
}

// Reads that each end, but take minutes together, are too much; quick ones never are.
func TestDeviceThatIsSlowIsGivenUp(t *testing.T) {
	for takes, want := range map[time.Duration]int{time.Second: 100, 25 * time.Second: 3} {
		d := &dying{takes: takes, closed: make(chan struct{})}
		l := newLimited(d)
		l.now = func() time.Time { return d.now }
		good := 0
		for range 100 {
			if n, err := l.ReadAt(make([]byte, 512), 0); err == nil || errors.Is(err, io.EOF) {
				good += n / 512
			}
		}
		if asked := int(d.reads.Load()); good != want || asked != want {
			t.Errorf("%v each: %d were read, %d asked for", takes, good, asked)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		<-d.closed
	}
}

// One device that does not answer tells nothing; an error of another, and a caller who gives
// up, are told.
func TestOneDeviceThatHangsTellsNothing(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	got, err := orEmpty(t.Context(), 0, "empty", func() (string, error) { <-hang; return "", nil })
	if got != "empty" || err != nil {
		t.Errorf("%q %v", got, err)
	}
	if _, err := orEmpty(t.Context(), time.Hour, "empty", func() (string, error) { return "", io.EOF }); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := orEmpty(ctx, time.Hour, "empty", func() (string, error) { <-hang; return "", nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
