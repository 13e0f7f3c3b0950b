package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"
	"unicode/utf16"

	"updoc/model"
	"updoc/winapi"
)

// hider is a Windows with an update agent that can hide.
type hider struct {
	who     winapi.TokenInfo
	remote  bool
	updates []winapi.Update
	deaf    bool   // says yes and hides nothing
	err     error  // of every call of the agent
	fails   string // id of the update that cannot be hidden
	policy  []winapi.Value
	asked   []string // calls
}

func (h *hider) Call(_ context.Context, name string, args, answer any) error {
	var got any
	h.asked = append(h.asked, name)
	switch name {
	case string(winapi.RegistryKey):
		if h.policy == nil {
			return &winapi.Error{Code: 2}
		}
		got = winapi.Key{Values: h.policy}
	case string(winapi.Token):
		who := h.who
		who.Network = h.remote
		got = who
	case string(winapi.SearchUpdates):
		got = h.updates
	case string(winapi.HideUpdate):
		c := args.(winapi.HideCall)
		i := slices.IndexFunc(h.updates, func(u winapi.Update) bool { return u.UpdateID == c.UpdateID })
		if c.UpdateID == h.fails {
			return &winapi.Error{Code: 0x8024001e}
		}
		if !h.deaf {
			h.updates[i].Hidden = c.Hide
		}
		got = winapi.None{}
	}
	if h.err != nil && (name == string(winapi.SearchUpdates) || name == string(winapi.HideUpdate)) {
		return h.err
	}
	text, err := json.Marshal(got)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, answer)
}

// What is put off on a running Windows is hidden there, and shown again at the end.
func TestHiding(t *testing.T) {
	update := func(id, kb string) winapi.Update {
		return winapi.Update{UpdateID: id, KBs: []string{kb}, Title: "Update " + kb}
	}
	admin := winapi.TokenInfo{Admin: true}
	for name, c := range map[string]struct {
		w      hider
		code   string // of the error
		hidden bool
	}{
		"hidden":                 {w: hider{who: admin, updates: []winapi.Update{update("a", "KB5034441"), update("b", "KB5034439"), update("c", "KB5034441")}}, hidden: true},
		"as SYSTEM, remote":      {w: hider{who: winapi.TokenInfo{System: true}, remote: true, updates: []winapi.Update{update("a", "KB5034441")}}, hidden: true},
		"remote":                 {w: hider{who: admin, remote: true, updates: []winapi.Update{update("a", "KB5034441")}}, code: "live-remote"},
		"no administrator":       {w: hider{updates: []winapi.Update{update("a", "KB5034441")}}, code: "live-not-administrator"},
		"the agent says no":      {w: hider{who: admin, err: &winapi.Error{Code: 0x80070005}}, code: "live-not-administrator"},
		"the agent is broken":    {w: hider{who: admin, err: &winapi.Error{Code: 0x8024001e}}, code: "hide-failed"},
		"it only said so":        {w: hider{who: admin, deaf: true, updates: []winapi.Update{update("a", "KB5034441")}}, code: "hide-failed"},
		"not offered: noted":     {w: hider{who: admin, updates: []winapi.Update{update("b", "KB5034439")}}},
		"there is no agent":      {w: hider{who: admin, err: winapi.ErrUnsupported}},
		"nobody offers anything": {w: hider{who: admin}},
	} {
		book := filepath.Join(t.TempDir(), "b.json")
		now := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
		d, err := Defer(t.Context(), book, model.Deferral{KB: "KB5034441", Until: "2027-01-31", Reason: "x"}, HidingOver(&c.w, true), now)
		if err != nil != (c.code != "") || code(err) != c.code {
			t.Errorf("%s: %v, want %q", name, err, c.code)
			continue
		}
		list, err2 := Deferrals(book, now)
		if err2 != nil {
			t.Fatal(err2)
		}
		if err != nil {
			if len(list.Deferrals) != 0 {
				t.Errorf("%s: noted although it failed", name)
			}
			continue
		}
		if d.Hidden != c.hidden || list.Deferrals[0].Hidden != c.hidden {
			t.Errorf("%s: %+v", name, d)
		}
		for _, u := range c.w.updates {
			if u.Hidden != (c.hidden && slices.Contains(u.KBs, "KB5034441")) {
				t.Errorf("%s: %+v", name, u)
			}
		}
		if _, err := EndDeferral(t.Context(), book, "KB5034441", HidingOver(&c.w, false)); err != nil {
			t.Errorf("%s: shown again: %v", name, err)
		}
		if slices.ContainsFunc(c.w.updates, func(u winapi.Update) bool { return u.Hidden }) {
			t.Errorf("%s: still hidden", name)
		}
	}
}

// One that is not offered any more needs not be shown; one that cannot be asked about
// stays in the book.
func TestShowingWhatIsGone(t *testing.T) {
	for name, c := range map[string]struct {
		w    hider
		code string
	}{
		"installed since":   {w: hider{who: winapi.TokenInfo{Admin: true}}},
		"there is no agent": {hider{who: winapi.TokenInfo{Admin: true}, err: winapi.ErrUnsupported}, "deferral-hidden"},
	} {
		path := filepath.Join(t.TempDir(), "b.json")
		b := book{model.Deferred{Schema: model.DeferredSchema, Deferrals: []model.Deferral{{KB: "KB5034441", Until: "2027-01-31", Reason: "x", Hidden: true, CVEs: []string{}}}}}
		if err := b.write(path); err != nil {
			t.Fatal(err)
		}
		_, err := EndDeferral(t.Context(), path, "KB5034441", HidingOver(&c.w, false))
		if err != nil != (c.code != "") || code(err) != c.code {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
	}
}

// One of two updates was hidden and the other could not be: that is noted and said, and
// they can be shown again.
func TestHiddenInPart(t *testing.T) {
	w := hider{who: winapi.TokenInfo{Admin: true}, fails: "b", updates: []winapi.Update{{UpdateID: "a", KBs: []string{"KB5034441"}}, {UpdateID: "b", KBs: []string{"KB5034441"}}}}
	path, now := filepath.Join(t.TempDir(), "b.json"), time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	_, err := Defer(t.Context(), path, model.Deferral{KB: "KB5034441", Until: "2027-01-31", Reason: "x"}, HidingOver(&w, true), now)
	if code(err) != "hide-partly" {
		t.Error(err)
	}
	list, err := Deferrals(path, now)
	if err != nil || len(list.Deferrals) != 1 || !list.Deferrals[0].Hidden {
		t.Fatalf("hidden and forgotten: %+v, %v", list, err)
	}
	if _, err := EndDeferral(t.Context(), path, "KB5034441", HidingOver(&w, false)); err != nil || w.updates[0].Hidden {
		t.Error(err, w.updates)
	}
}

// Who may not hide is told at once: the search takes minutes. So is what the policy forbids.
func TestHidingIsAllowed(t *testing.T) {
	wide := func(s string) (out []byte) {
		for _, u := range utf16.Encode([]rune(s)) {
			out = append(out, byte(u), byte(u>>8))
		}
		return out
	}
	admin := winapi.TokenInfo{Admin: true}
	for name, c := range map[string]struct {
		w    hider
		code string
	}{
		"no administrator": {hider{}, "live-not-administrator"},
		"remote":           {hider{who: admin, remote: true}, "live-remote"},
		"only looking":     {hider{who: admin, policy: []winapi.Value{{Name: "MaxRisk", Type: 1, Data: wide("R0\x00")}}}, "policy-forbids"},
		"others only":      {hider{who: admin, policy: []winapi.Value{{Name: "AllowedRemedies", Type: 7, Data: wide("winre-enable\x00sfc\x00\x00")}}}, "policy-forbids"},
		"denied":           {hider{who: admin, policy: []winapi.Value{{Name: "DeniedRemedies", Type: 7, Data: wide("x\x00defer\x00\x00")}}}, "policy-forbids"},
		"allowed":          {hider{who: admin, policy: []winapi.Value{{Name: "AllowedRemedies", Type: 7, Data: wide("defer\x00\x00")}, {Name: "AllowRestart", Type: 4, Data: []byte{0, 0, 0, 0}}}}, ""},
	} {
		err := HidingOver(&c.w, true)(t.Context(), &model.Deferral{KB: "KB5034441"})
		searched := slices.Contains(c.w.asked, string(winapi.SearchUpdates))
		if c.code != "" && code(err) != c.code || c.code == "" && !errors.Is(err, ErrNotOffered) || searched != (c.code == "") {
			t.Errorf("%s: %v, searched %v", name, err, searched)
		}
		if err := HidingOver(&c.w, false)(t.Context(), &model.Deferral{KB: "KB5034441"}); code(err) == policyForbids {
			t.Errorf("%s: nobody may show it again: %v", name, err)
		}
	}
}
