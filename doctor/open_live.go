package doctor

import (
	"context"
	"io"

	"updoc/source"
	"updoc/source/live"
	"updoc/winapi"
)

// LiveOptions say how the Windows that runs is looked at. The zero value asks it alone.
type LiveOptions struct {
	Online bool      // ask the update agent what it has, and a server for the time
	Record io.Writer // gets what Windows answered (see winapi.Recorder); nil: nobody does
}

// OpenLive opens the Windows that this program runs on. Errors are *model.Error, such as
// not-windows, or that of ctx.
func OpenLive(ctx context.Context, opts LiveOptions) (source.Source, error) {
	return openSystem(ctx, live.This(), opts, nil)
}

func openSystem(ctx context.Context, sys live.System, opts LiveOptions, copies *live.Copies) (source.Source, error) {
	if opts.Record != nil {
		sys.Caller = &winapi.Recorder{Of: sys.Caller, Out: opts.Record}
	}
	src, err := live.Open(ctx, sys, live.Options{Network: opts.Online, Copies: copies})
	if err != nil {
		return nil, err
	}
	return src, nil
}
