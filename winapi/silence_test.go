package winapi

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"
)

// A service that has not answered is not waited for again until it does; others are asked
// all the same, and so is one that answered an error, or that somebody did not wait for.
func TestNobodyWaitsTwiceForSilence(t *testing.T) {
	var s silence
	asked := 0
	ask := func(ctx context.Context, limit time.Duration, service string, do func() (int, error)) error {
		_, err := breaking(&s, service, do, func(do func() (int, error)) (int, error) {
			asked++
			return bounded(ctx, limit, do)
		})
		return err
	}
	answer := make(chan None)
	hang := func() (int, error) { <-answer; return 0, nil }
	soon := func() (int, error) { return 0, nil }
	wrong := func() (int, error) { return 0, errShort }
	stopped, stop := context.WithCancel(t.Context())
	stop()

	if err := ask(stopped, time.Hour, `root\WMI`, hang); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := ask(t.Context(), time.Hour, `root\WMI`, wrong); !errors.Is(err, errShort) {
		t.Error(err)
	}
	if err := ask(t.Context(), time.Nanosecond, `root\WMI`, hang); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if err := ask(t.Context(), time.Hour, `root\WMI`, soon); !errors.Is(err, context.DeadlineExceeded) || asked != 3 {
		t.Errorf("%v, asked %d times", err, asked)
	}
	if err := ask(t.Context(), time.Hour, `root\CIMV2`, soon); err != nil {
		t.Error(err)
	}
	close(answer)
	for s.of(`root\WMI`) { // the call that was left behind ends
		select {
		case <-t.Context().Done():
			t.Fatal("it never ends")
		default:
			runtime.Gosched()
		}
	}
	if err := ask(t.Context(), time.Hour, `root\WMI`, soon); err != nil {
		t.Error(err)
	}
}
