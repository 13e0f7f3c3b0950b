package windows

import (
	"context"
	"crypto/rand"

	"updoc/codec/wintype"
	"updoc/format/regf"
	"updoc/model"
	"updoc/remedy/host"
	"updoc/winapi"
)

// session is one run of Windows, from its start to its end.
type session struct {
	ID string `json:"id"`
}

// Where a session is named: in a key that Windows forgets when it ends. Clocks that are set
// do not matter, nor does a PC that was only hibernated. The name is drawn when it is asked
// for first.
const (
	sessionKey  = `HKLM\SOFTWARE\updoc-session`
	sessionName = "id"
)

// session reads the name of this one; empty: it has none yet.
func (h *Host) session(ctx context.Context) (session, error) {
	v, _, err := h.valueIn(ctx, sessionKey, sessionName)
	if err != nil || v == nil {
		return session{}, err
	}
	return session{wintype.UTF16Z(v.Data)}, nil
}

func (h *Host) saveSession(ctx context.Context, _ host.Op) (session, error) {
	now, err := h.session(ctx)
	if err != nil || now.ID != "" {
		return now, err
	}
	drawn := winapi.Value{Name: sessionName, Type: regf.SZ, Data: wintype.AppendUTF16Z(nil, rand.Text())}
	if _, err := winapi.SetValue.Do(ctx, h.Calls, winapi.ValueAt{Key: sessionKey, Value: drawn, Volatile: true}); err != nil {
		return now, err
	}
	if now, err = h.session(ctx); err == nil && now.ID == "" {
		err = otherwise(host.Op{Kind: host.RestartWindows})
	}
	return now, err
}

// restart is asked for by whoever carries the operations out, so that going on is
// registered first.
func (h *Host) restart(ctx context.Context, op host.Op) error {
	was, known, err := saved[session](h, op)
	if err != nil {
		return err
	}
	now, err := h.session(ctx)
	if err != nil || known && now != was {
		return err
	}
	if op.Maybe {
		if wants, err := h.wantsRestart(ctx, now); err != nil || !wants {
			return err
		}
	}
	return &host.Interrupted{For: model.WaitRestart, Text: op.Text}
}

// wantedFile holds the session in which an operation of this journal asked for a restart.
const wantedFile = "restart-wanted"

// restartWanted notes that: what a tool only tells by its exit code is seen nowhere else.
func (h *Host) restartWanted(ctx context.Context) error {
	now, err := h.saveSession(ctx, host.Op{})
	if err != nil {
		return err
	}
	return h.writeWhole(join(h.Keep, wantedFile), []byte(now.ID))
}

// wantsRestart: an operation asked for it in this session, or the facts tell. What is not
// seen waits for nothing.
func (h *Host) wantsRestart(ctx context.Context, now session) (bool, error) {
	asked, err := h.readWhole(join(h.Keep, wantedFile))
	switch {
	case err == nil && now.ID != "" && string(asked) == now.ID:
		return true, nil
	case err != nil && !isGone(err):
		return false, err
	}
	m, err := h.look(ctx)
	if err != nil {
		return false, err
	}
	return m.Pending.Any.Known && m.Pending.Any.Value, nil
}
