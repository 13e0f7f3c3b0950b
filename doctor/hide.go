package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"updoc/model"
	"updoc/winapi"
)

// ErrNotOffered: Windows Update does not offer the update (any more), so there is nothing
// to hide or to show.
var ErrNotOffered = errors.New("not offered by Windows Update")

// toHide finds what is not installed, hidden or not: the agent leaves hidden updates out
// unless they are asked for. Source: IUpdateSearcher::Search.
const toHide = "(IsInstalled=0 and IsHidden=0) or (IsInstalled=0 and IsHidden=1)"

// HidingOver hides an update through the update agent of w, or shows it again, and looks
// whether it did. Errors: ErrNotOffered; winapi.ErrUnsupported where there is no agent;
// live-not-administrator, live-remote, hide-failed.
func HidingOver(w winapi.Caller, hide bool) Hiding {
	return func(ctx context.Context, d *model.Deferral) error {
		found, err := updatesOf(ctx, w, d.KB)
		if err != nil {
			return hideError(err, d.KB)
		}
		if len(found) == 0 {
			return ErrNotOffered
		}
		d.Title, d.UpdateID = found[0].Title, found[0].UpdateID
		if err := mayHide(ctx, w); err != nil {
			return err
		}
		for _, u := range found {
			if u.Hidden == hide {
				continue
			}
			if _, err := winapi.HideUpdate.Do(ctx, w, winapi.HideCall{UpdateID: u.UpdateID, Hide: hide}); err != nil {
				return hideError(err, d.KB)
			}
		}
		return isHidden(ctx, w, d.KB, hide)
	}
}

// updatesOf are the updates with that number: one KB may be several.
func updatesOf(ctx context.Context, w winapi.Caller, kb string) ([]winapi.Update, error) {
	all, err := winapi.SearchUpdates.Do(ctx, w, toHide)
	return slices.DeleteFunc(all, func(u winapi.Update) bool { return !slices.Contains(u.KBs, kb) }), err
}

// mayHide says at once what the agent would refuse with a number. What Windows does not
// tell is left to the agent.
func mayHide(ctx context.Context, w winapi.Caller) error {
	who, err := winapi.Token.Do(ctx, w, winapi.None{})
	if err != nil || who.System {
		return ctx.Err()
	}
	if !who.Admin {
		return &model.Error{Code: "live-not-administrator"}
	}
	if sys, err := winapi.System.Do(ctx, w, winapi.None{}); err == nil && sys.Remote {
		return &model.Error{Code: "live-remote", Exit: exitRefused}
	}
	return ctx.Err()
}

// isHidden reads again: that the agent reports success is not believed.
func isHidden(ctx context.Context, w winapi.Caller, kb string, want bool) error {
	now, err := updatesOf(ctx, w, kb)
	if err == nil && (len(now) == 0 || slices.ContainsFunc(now, func(u winapi.Update) bool { return u.Hidden != want })) {
		err = fmt.Errorf("%s: hidden is not %t", kb, want)
	}
	if err != nil {
		return hideError(err, kb)
	}
	return nil
}

func hideError(err error, kb string) error {
	switch {
	case errors.Is(err, winapi.ErrUnsupported), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, fs.ErrPermission):
		return &model.Error{Code: "live-not-administrator", Err: err}
	}
	return &model.Error{Code: "hide-failed", Args: model.Args{"kb": kb}, Err: err}
}
