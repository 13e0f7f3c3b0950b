package doctor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"updoc/model"
)

// WatchOptions say how long an update is tried again. The zero value tries once.
type WatchOptions struct {
	FixOptions
	KB      string        // KB5034441
	Tries   int           // at most; 0: 1
	Budget  time.Duration // from now on; 0: no limit but Tries
	Between time.Duration // between two tries; 0: a quarter of an hour
}

const watchBetween = 15 * time.Minute

// Watch installs an update again until it is in, the tries or the time are used up, or
// the same error comes twice on the same evidence, which no further try would change. A try
// that found another update being installed all the time counts, but proves nothing. What
// will be done is asked for before the first try alone. The Verification says how it stands
// and why it was stopped. fixed is the last try, nil if there was none; it counts where it
// waits or was refused. Errors are those of FixLive.
func Watch(ctx context.Context, pc PC, o WatchOptions) (v *model.Verification, fixed *Fixed, err error) {
	w := watch{pc: pc, o: o, end: o.clock().Now().Add(o.Budget)}
	w.o.Only, w.o.Policy.Retry = []string{retryUpdate}, o.KB
	w.askOnce()
	defer fresh(ctx, pc)
	for {
		v, stop, err := w.look(ctx)
		if err != nil || stop {
			return v, fixed, err
		}
		if w.tries > 0 {
			w.o.tell(Doing{What: "wait-retry"})
			if err := w.o.clock().Sleep(ctx, w.between()); err != nil {
				return nil, fixed, err
			}
		}
		w.tries++
		if fixed, err = FixLive(ctx, pc, w.o.FixOptions); err != nil {
			return nil, fixed, err
		}
		w.busy = keptByUpdate(fixed.Receipt)
		if verdict := fixed.Receipt.Verdict; verdict == model.FixRefused && !w.busy || fixed.Receipt.Waiting != nil {
			return w.say(v, ""), fixed, nil
		}
	}
}

const retryUpdate = "retry-update"

// watch is one watching.
type watch struct {
	pc    PC
	o     WatchOptions
	end   time.Time
	tries int
	busy  bool   // the last try was none: another update was being installed
	last  string // evidence after the last try that was one
}

// askOnce lets the person be asked for the steps before the first try alone: the others do
// the same. A restart is asked for each time.
func (w *watch) askOnce() {
	ask, agreed := w.o.Confirm, false
	if ask == nil {
		return
	}
	w.o.Confirm = func(p *Proposal) (bool, error) {
		if agreed && !p.Restart {
			return true, nil
		}
		yes, err := ask(p)
		agreed = agreed || yes && !p.Restart
		return yes, err
	}
}

// keptByUpdate tells that a run began nothing because another update was being installed.
func keptByUpdate(r *model.Receipt) bool {
	return r.Verdict == model.FixRefused && slices.ContainsFunc(r.Steps, func(s model.ReceiptStep) bool { return s.Gate == noUpdate && s.Detail == gateClosed })
}

// look says how the update stands, and whether that is the end.
func (w *watch) look(ctx context.Context) (v *model.Verification, stop bool, err error) {
	base, err := w.o.base()
	if err != nil {
		return nil, true, err
	}
	d, err := examinePC(ctx, w.pc, w.o.FixOptions)
	if err != nil {
		return nil, true, err
	}
	if err := Refusal(&d.Machine); err != nil {
		return nil, true, err
	}
	found := Verify(d, base, []string{w.o.KB})
	why, now := "", evidenceOf(d, w.o.KB)
	switch {
	case found.Verdict != model.VerifyFailing:
		return w.say(&found, ""), true, nil
	case w.tries > 0 && !w.busy && now == w.last:
		why = model.StoppedSameAgain
	case w.tries >= max(w.o.Tries, 1) && (w.o.Tries > 0 || w.o.Budget == 0):
		why = model.StoppedTries
	case w.o.Budget > 0 && !w.o.clock().Now().Add(w.pause()).Before(w.end):
		why = model.StoppedBudget
	}
	if w.tries > 0 && !w.busy {
		w.last = now
	}
	return w.say(&found, why), why != "", nil
}

func (w *watch) say(v *model.Verification, why string) *model.Verification {
	v.Tries, v.Stopped = w.tries, why
	return v
}

func (w *watch) between() time.Duration {
	if w.o.Between > 0 {
		return w.o.Between
	}
	return watchBetween
}

// pause is what passes before the next try.
func (w *watch) pause() time.Duration {
	if w.tries == 0 {
		return 0
	}
	return w.between()
}

// evidenceOf is what an update fails with, and why, without the times.
func evidenceOf(d *model.Diagnosis, kb string) string {
	i := slices.IndexFunc(d.Failures, func(f model.Failure) bool { return f.KB == kb })
	if i < 0 {
		return ""
	}
	f := d.Failures[i]
	out := f.Code + f.InnerCode + f.Stage
	for _, c := range f.Causes {
		out += fmt.Sprint(c.ID, c.Verdict)
		for _, x := range c.For {
			out += x.ID
		}
	}
	return out
}
