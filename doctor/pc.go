package doctor

import (
	"context"
	"time"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/source"
)

// PC is the running Windows as the pipeline needs it. ThisPC is the real one; tests bring
// others.
type PC interface {
	// Open opens it to be looked at.
	Open(ctx context.Context) (source.Source, error)
	// Host opens it to be changed. look reads the facts; keep is the folder of one journal,
	// absolute, for what its operations replace. It need not be there.
	Host(look func(ctx context.Context) (*model.Machine, error), keep string) (host.Stepwise, error)
	// GoOn makes updoc go on by itself after the next start (and tell who signs in where
	// it stands); Done takes that away. Both may be called twice.
	GoOn(ctx context.Context) error
	Done(ctx context.Context) error
	// Restart restarts Windows after so many seconds; reason is shown to the person.
	Restart(ctx context.Context, seconds int, reason string) error
}

// Teller is a PC that can show the result to whoever signs in before until. Done takes that
// away too.
type Teller interface {
	Tell(ctx context.Context, until time.Time) error
}

// Offering is a PC whose update agent can be asked what it offers, which goes over the
// network and takes minutes.
type Offering interface {
	Offers(ctx context.Context) ([]model.Offer, error)
}

// Copying is a PC that keeps shadow copies from one look to the next. Fresh deletes them:
// the next look sees files in use as they are then. It works after ctx has ended too.
type Copying interface {
	Fresh(ctx context.Context) error
}

// fresh is called when something was changed, and when nothing more will be looked at. A
// copy that cannot be deleted is noted and deleted by the next look.
func fresh(ctx context.Context, pc PC) {
	if c, ok := pc.(Copying); ok {
		_ = c.Fresh(ctx)
	}
}
