package doctor

import (
	"context"
	"testing"
	"time"

	"updoc/model"
)

// copying is a PC that keeps shadow copies from one look to the next.
type copying struct {
	*sickPC
	fresh []int // how many operations had been done when copies were deleted
}

func (c *copying) Fresh(context.Context) error {
	c.fresh = append(c.fresh, len(c.log))
	return nil
}

// Copies are made anew after a step and gone at the end of the run; waiting, however long
// and however often is looked, makes none.
func TestCopiesAreMadeAnewAfterAStepOnly(t *testing.T) {
	pc := &copying{sickPC: newSickPC(t, nil)}
	looks, free := 0, pc.now.Add(30*time.Minute)
	pc.change = func(m *model.Machine) {
		looks++
		m.Live.UpdateRunning = model.Known(pc.now.Before(free), model.Origin{})
	}
	opts := pc.options(journals(t))
	opts.Wait = time.Hour
	f, err := FixLive(t.Context(), pc, opts)
	r := fixed(t, f, err)
	done := len(pc.log)
	if r.Verdict != model.FixCured || looks < 50 || len(pc.fresh) != 2 || pc.fresh[0] != done || pc.fresh[1] != done || done == 0 {
		t.Errorf("%s, %d looks, %d operations, fresh after %v", r.Verdict, looks, done, pc.fresh)
	}
}
