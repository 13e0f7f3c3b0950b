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
