package windows

import (
	"context"
	"errors"
	"slices"

	"updoc/model"
	"updoc/remedy/host"
)

// Windows goes on with a change of a disk when nobody waits for it any more: the time was
// up, somebody stopped updoc, or ended it. What comes of it may be seen hours later. So until
// Windows has started anew, or what was asked for is seen, such a change counts as under way,
// and nothing that builds on it is done or said to be taken back.

// underwayFile holds the session in which a change of a disk was asked for. It is there
// only until that has ended.
const underwayFile = "disk-underway"

var errUnderway = &model.Error{Code: "disk-underway", Exit: 4}

func isUnderway(err error) bool {
	var e *model.Error
	return errors.As(err, &e) && e.Code == errUnderway.Code
}

// tableKinds are the operations that change a disk by such calls.
var tableKinds = []string{host.ShrinkVolume, host.ResizeRecovery, host.CreateRecovery}

// change asks for one change of a disk. What it answers is not believed: the caller looks,
// and hands what it saw to came.
func (h *Host) change(ctx context.Context, ask func() error) error {
	if err := h.settled(ctx); err != nil {
		return err
	}
	now, err := h.saveSession(ctx, host.Op{})
	if err != nil {
		return err
	}
	if err := h.writeWhole(join(h.Keep, underwayFile), []byte(now.ID)); err != nil {
		return err
	}
	switch err = ask(); {
	case ctx.Err() != nil:
		return errors.Join(ctx.Err(), err)
	case errors.Is(err, context.DeadlineExceeded):
		return &model.Error{Code: errUnderway.Code, Exit: errUnderway.Exit, Err: err}
	}
	return errors.Join(err, h.ended())
}

// came is the error of a change that was asked for: none if it is as wanted.
func (h *Host) came(wanted bool, told error, otherwise *model.Error) error {
	switch {
	case wanted:
		return h.ended()
	case isUnderway(told):
		return told
	}
	otherwise.Err = told
	return otherwise
}

func (h *Host) ended() error { return h.removeIfThere(join(h.Keep, underwayFile)) }

// settled is an error while a change may still be under way.
func (h *Host) settled(ctx context.Context) error {
	asked, err := h.readWhole(join(h.Keep, underwayFile))
	if isGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	now, err := h.session(ctx)
	if err != nil {
		return err
	}
	if now.ID != "" && string(asked) == now.ID {
		return errUnderway
	}
	return h.ended()
}

// settledFor is that for an operation, unless all is as it wants it.
func (h *Host) settledFor(ctx context.Context, k kind, op host.Op) error {
	if !slices.Contains(tableKinds, op.Kind) {
		return nil
	}
	open := h.settled(ctx)
	if !isUnderway(open) {
		return open
	}
	if done, err := k.done(h, ctx, op); err != nil || !done {
		return errUnderway
	}
	return h.ended()
}
