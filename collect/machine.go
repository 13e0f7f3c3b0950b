package collect

import (
	"context"
	"fmt"
	"time"

	"updoc/model"
	"updoc/source"
)

// Options guide one collection. The zero value looks with time.Now and tells nobody
// about its progress.
type Options struct {
	Now      time.Time                          // when the looking happens; zero: the clock of this computer
	Progress func(step string, done, total int) // called before each step and once at the end; may be nil
}

// Machine looks at src and returns what it saw. A source that recorded its facts
// earlier gives those. The error is that of ctx, or of reading recorded facts: an
// artefact that cannot be read is never an error but a fact that stays unseen.
func Machine(ctx context.Context, src source.Source, opts Options) (*model.Machine, error) {
	if recorded, ok := src.(source.Recorded); ok {
		return recorded.Machine()
	}
	d := newDesk(ctx, src, opts)
	defer d.close()
	steps := collectors()
	for i, c := range steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		opts.progress(c.name, i, len(steps))
		d.run(c)
	}
	opts.progress("", len(steps), len(steps))
	d.finish()
	return d.m, ctx.Err()
}

func (o Options) progress(step string, done, total int) {
	if o.Progress != nil {
		o.Progress(step, done, total)
	}
}

// run keeps a collector that meets a defect of this program, on input that nobody
// foresaw, from taking the others with it.
func (d *desk) run(c collector) {
	defer func() {
		if p := recover(); p != nil {
			d.m.Looks = append(d.m.Looks, model.Look{Artifact: "collector", Path: c.name, Unseen: &model.Unseen{
				Artifact: "collector", Reason: model.ReasonDamaged, Detail: fmt.Sprint(p), How: model.HowNothing}})
		}
	}()
	c.run(d)
}
