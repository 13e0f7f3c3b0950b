package doctor_test

import (
	"context"
	"errors"
	"testing"

	"updoc/doctor"
)

// Cancelled at any step, looking ends with that error and nothing else.
func TestCancelledAtEveryStep(t *testing.T) {
	t.Parallel()
	img := sick(t)
	b, err := base()
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	for stop := 0; stop <= steps; stop++ {
		src, err := (&patient{Image: img}).open()
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		at := 0
		d, err := doctor.Examine(ctx, src, doctor.Options{Now: when, Knowledge: b, Progress: func(_ string, done, total int) {
			if steps = total; at == stop {
				cancel()
			}
			at++
		}})
		if !errors.Is(err, context.Canceled) || d != nil {
			t.Errorf("cancelled at step %d of %d: %v", stop, steps, err)
		}
		cancel()
		src.Close()
	}
	if steps < 5 {
		t.Errorf("%d steps", steps)
	}
}
