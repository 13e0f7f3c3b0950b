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
