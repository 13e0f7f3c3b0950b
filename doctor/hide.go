package doctor

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"updoc/model"
	"updoc/remedy/journal"
	"updoc/winapi"
)

// ErrNotOffered: Windows Update does not offer the update (any more), so there is nothing
// to hide or to show.
var ErrNotOffered = errors.New("not offered by Windows Update")

// toHide finds what is not installed, hidden or not: the agent leaves hidden updates out
// unless they are asked for. Source: IUpdateSearcher::Search.
const toHide = "(IsInstalled=0 and IsHidden=0) or (IsInstalled=0 and IsHidden=1)"

// HidingHere is HidingOver while no repair of this PC is at work: the agent does one thing at
// a time. Error more: journal-locked.
func HidingHere(w winapi.Caller, hide bool) Hiding {
	if programData() == "" {
		return HidingOver(w, hide) // no Windows, and none that is repaired
	}
	return func(ctx context.Context, d *model.Deferral) error {
		folder, err := DefaultJournal()
		if err == nil {
			err = mayHide(ctx, w) // who may not cannot take the lock either
		}
		if err == nil {
			err = shareData(folder)
		}
		if err != nil {
			return err
		}
		held, err := journal.Hold(folder, "defer", nil)
		if err != nil {
			return err
		}
		return errors.Join(HidingOver(w, hide)(ctx, d), held.Close())
	}
}

// HidingOver hides an update through the update agent of w, or shows it again, and looks
// whether it did. Hidden is set as soon as one was hidden, also if an error follows. Errors:
// ErrNotOffered; winapi.ErrUnsupported where there is no agent; live-not-administrator,
// live-remote, policy-forbids, hide-failed.
func HidingOver(w winapi.Caller, hide bool) Hiding {
	return func(ctx context.Context, d *model.Deferral) error {
		if err := mayHide(ctx, w); err != nil { // the search may take minutes
			return err
		}
		if err := policyAllowsHiding(ctx, w); hide && err != nil {
			return err
		}
		found, err := updatesOf(ctx, w, d.KB)
		if err != nil {
			return hideError(err, d.KB)
		}
		if len(found) == 0 {
			return ErrNotOffered
		}
		d.Title, d.UpdateID = found[0].Title, found[0].UpdateID
		for _, u := range found {
			if u.Hidden == hide {
				continue
			}
			if _, err := winapi.HideUpdate.Do(ctx, w, winapi.HideCall{UpdateID: u.UpdateID, Hide: hide}); err != nil {
				return hideError(err, d.KB)
			}
			d.Hidden = hide
		}
		return isHidden(ctx, w, d, hide)
	}
}

// deferRemedy is the name by which a policy allows or denies to put an update off.
const deferRemedy = "defer"

// policyAllowsHiding asks the policy of this PC: an update that is hidden is missing.
func policyAllowsHiding(ctx context.Context, w winapi.Caller) error {
	key, err := winapi.RegistryKey.Do(ctx, w, `HKLM\SOFTWARE\`+policyKey)
	if err != nil {
		return ctx.Err() // there is none, as on most PCs
	}
	m := &model.Machine{Policies: model.List[model.Policy]{Coverage: model.Coverage{Complete: true}}}
	for _, v := range key.Values {
		m.Policies.Items = append(m.Policies.Items, model.Policy{Key: policyKey, Name: v.Name, Value: policyText(v)})
	}
	p := PolicyOf(m)
	name := p.forbids(model.Step{Remedy: deferRemedy, Risk: model.RiskReversible})
	if name == "" {
		return nil
	}
	return &model.Error{Code: policyForbids, Exit: exitRefused, Args: model.Args{"value": name, "is": p.is(name)}}
}

// policyText is a value as PolicyOf reads it: a number, a text, or texts with "|" between.
func policyText(v winapi.Value) string {
	if v.Type == 4 && len(v.Data) == 4 { // REG_DWORD
		return strconv.FormatUint(uint64(binary.LittleEndian.Uint32(v.Data)), 10)
	}
	units := make([]uint16, len(v.Data)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(v.Data[2*i:])
	}
	return strings.ReplaceAll(strings.TrimRight(string(utf16.Decode(units)), "\x00"), "\x00", "|")
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
	if who.Network {
		return &model.Error{Code: "live-remote", Exit: exitRefused}
	}
	return ctx.Err()
}

// isHidden reads again: that the agent reports success is not believed.
func isHidden(ctx context.Context, w winapi.Caller, d *model.Deferral, want bool) error {
	kb := d.KB
	now, err := updatesOf(ctx, w, kb)
	if err == nil {
		d.Hidden = slices.ContainsFunc(now, func(u winapi.Update) bool { return u.Hidden })
	}
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
