// Package windows carries out operations on the Windows that this program runs on, by
// documented calls (winapi) and the tools of Windows itself.
//
// It may import model, winapi, format and remedy/host. It must never believe a tool or a
// call: what came of it is read again, from structures and never from text. It never
// deletes a partition whose files it does not hold as compared copies, and never a
// recovery partition unless a whole winre.wim lies elsewhere.
//
// Every operation reads first what it needs to be taken back (Save), and copies what it
// will replace into the journal's folder. An operation that fails is taken back at once;
// one that was cut off by a crash is done again, or taken back, by a new Host.
package windows

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/winapi"
)

// System is the Windows to act on, and what belongs to one journal.
type System struct {
	Calls   winapi.Caller
	Files   Files
	Keep    string // folder of the journal for copies, absolute; made when it is needed
	Program string // this program's own path: what a reminder starts
	// Wait lets some time go by; nil: the real clock. It returns the error of ctx.
	Wait func(ctx context.Context, d time.Duration) error
	// Now is the clock, nil the real one.
	Now func() time.Time
}

// Host acts on one Windows. It implements host.Remembering and host.Witness.
type Host struct {
	System
	look   func(context.Context) (*model.Machine, error)
	places *places           // nil: not read yet
	told   map[string][]byte // by memo: what Begun has told
}

var (
	_ host.Remembering = (*Host)(nil)
	_ host.Witness     = (*Host)(nil)
)

// New is a host for a running Windows; look reads its facts.
func New(s System, look func(context.Context) (*model.Machine, error)) *Host {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Wait == nil {
		s.Wait = wait
	}
	return &Host{System: s, look: look, told: map[string][]byte{}}
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// Machine implements host.Host.
func (h *Host) Machine(ctx context.Context) (*model.Machine, error) { return h.look(ctx) }

// kind is how one kind of operation is done, seen to be done, and taken back.
type kind struct {
	// done tells that all is as op wants it; nil: only do knows.
	done func(*Host, context.Context, host.Op) (bool, error)
	do   func(*Host, context.Context, host.Op) error
	save func(*Host, context.Context, host.Op) ([]byte, error)
	back func(*Host, context.Context, host.Op, []byte) error
}

// saving gives a kind what it saves as a value of its own type.
func (k kind) saving(save func(*Host, context.Context, host.Op) ([]byte, error), back func(*Host, context.Context, host.Op, []byte) error) kind {
	k.save, k.back = save, back
	return k
}

func saves[S any](save func(*Host, context.Context, host.Op) (S, error)) func(*Host, context.Context, host.Op) ([]byte, error) {
	return func(h *Host, ctx context.Context, op host.Op) ([]byte, error) {
		s, err := save(h, ctx, op)
		if err != nil {
			return nil, err
		}
		return json.Marshal(s)
	}
}

func backs[S any](back func(*Host, context.Context, host.Op, S) error) func(*Host, context.Context, host.Op, []byte) error {
	return func(h *Host, ctx context.Context, op host.Op, raw []byte) error {
		var s S
		if err := json.Unmarshal(raw, &s); err != nil {
			return &model.Error{Code: "journal-damaged", Exit: 6, Args: model.Args{"file": "log"}, Err: err}
		}
		return back(h, ctx, op, s)
	}
}

// kinds is filled by init: its functions refer to it.
var kinds map[string]kind

func init() {
	file := func(done func(*Host, context.Context, host.Op) (bool, error), do func(*Host, context.Context, host.Op) error) kind {
		return kind{done: done, do: do}.saving(saves((*Host).saveFiles), backs((*Host).filesBack))
	}
	kinds = map[string]kind{
		host.CopyFile:      file((*Host).copied, (*Host).copyFile),
		host.PutFile:       file((*Host).isPut, (*Host).putFile),
		host.WriteFile:     file((*Host).holdsData, (*Host).writeData),
		host.LeaveFollowUp: file((*Host).holdsData, (*Host).writeData),
		host.DropHosts:     file((*Host).hostsDropped, (*Host).dropHosts),
		host.MoveAside:     file((*Host).gone, (*Host).moveAside),
		host.ExtractWim:    file((*Host).extracted, (*Host).extractWim),
		host.Rename:        kind{done: (*Host).renamed, do: (*Host).rename}.saving(saves((*Host).saveIdentity), backs((*Host).renameBack)),

		host.Recompress:   kind{done: (*Host).recompressed, do: (*Host).recompress}.saving(saves((*Host).saveImage), backs((*Host).imageBack)),
		host.ServiceImage: kind{done: (*Host).serviced, do: (*Host).serviceImage}.saving(saves((*Host).saveImage), backs((*Host).imageBack)),

		host.SetValue:    kind{done: (*Host).valueSet, do: (*Host).setValue}.saving(saves((*Host).saveValue), backs((*Host).valueBack)),
		host.DeleteValue: kind{done: (*Host).valueGone, do: (*Host).deleteValue}.saving(saves((*Host).saveValue), backs((*Host).valueBack)),
		host.DeleteKey:   kind{done: (*Host).keyGone, do: (*Host).deleteKey}.saving(saves((*Host).saveKey), backs((*Host).keyBack)),

		host.StartService: kind{done: (*Host).runs, do: (*Host).startService}.saving(saves((*Host).saveService), backs((*Host).serviceBack)),
		host.StopService:  kind{done: (*Host).stopped, do: (*Host).stopService}.saving(saves((*Host).saveService), backs((*Host).serviceBack)),

		host.ShrinkVolume:     kind{done: (*Host).shrunk, do: (*Host).shrink}.saving(saves((*Host).savePlace), backs((*Host).shrinkBack)),
		host.SetPartitionType: kind{done: (*Host).typed, do: (*Host).setType}.saving(saves((*Host).savePlace), backs((*Host).typeBack)),
		host.ResizeRecovery:   kind{done: (*Host).resized, do: (*Host).resize}.saving(saves((*Host).saveResize), backs((*Host).resizeBack)),
		host.CreateRecovery:   kind{done: (*Host).created, do: (*Host).create}.saving(saves((*Host).saveCreate), backs((*Host).createBack)),
		host.SetWinRE:         kind{done: (*Host).winRESet, do: (*Host).setWinRE}.saving(saves((*Host).saveWinRE), backs((*Host).winREBack)),

		host.RunTool:           kind{do: (*Host).runTool}.saving(saves(nothing), backs(nothingBack)),
		host.RestartWindows:    kind{do: (*Host).restart}.saving(saves((*Host).saveSession), backs(sessionBack)),
		host.InstallUpdate:     kind{do: (*Host).installUpdate}.saving(saves(nothing), backs(nothingBack)),
		host.HideUpdate:        kind{done: (*Host).hidden, do: (*Host).hide}.saving(saves((*Host).saveHidden), backs((*Host).hiddenBack)),
		host.SuspendProtection: kind{done: (*Host).suspended, do: (*Host).suspend}.saving(saves((*Host).saveProtection), backs((*Host).protectionBack)),
		host.ResumeProtection:  kind{done: (*Host).protected, do: (*Host).resume}.saving(saves((*Host).saveProtection), backs((*Host).protectionBack)),
		host.AwaitPerson:       kind{do: (*Host).awaitPerson}.saving(saves(nothing), backs((*Host).awaitBack)),
		host.Remind:            kind{do: (*Host).remind}.saving(saves(nothing), backs((*Host).remindBack)),
	}
}

// empty is what is saved where nothing need be.
type empty struct{}

func nothing(*Host, context.Context, host.Op) (empty, error)     { return empty{}, nil }
func nothingBack(*Host, context.Context, host.Op, empty) error   { return nil }
func sessionBack(*Host, context.Context, host.Op, session) error { return nil }
func refused(code string, args model.Args) *model.Error {
	return &model.Error{Code: code, Exit: 6, Args: args}
}
func failed(code string, args model.Args, err error) *model.Error {
	return &model.Error{Code: code, Exit: 1, Args: args, Err: err}
}
func otherwise(op host.Op) *model.Error {
	return failed("tool-did-otherwise", model.Args{"operation": op.Kind}, nil)
}

func kindOf(op host.Op) (kind, error) {
	k, known := kinds[op.Kind]
	if !known {
		return k, refused("unknown-operation", model.Args{"operation": op.Kind})
	}
	return k, nil
}

// Save implements host.Stepwise. What it answers also lies in the journal's folder, as a
// file of its own that an expert can read: of the registry that is the export.
func (h *Host) Save(ctx context.Context, op host.Op) ([]byte, error) {
	k, err := kindOf(op)
	if err != nil {
		return nil, err
	}
	if err := h.know(ctx); err != nil {
		return nil, err
	}
	saved, err := k.save(h, ctx, op)
	if err != nil {
		return nil, inUse(err)
	}
	delete(h.told, h.memo(op))
	return saved, h.writeWhole(h.memo(op), saved)
}

// memo is the file that holds what was saved before op.
func (h *Host) memo(op host.Op) string {
	text, _ := json.Marshal(op) // plain data always has a JSON form
	sum := sha256.Sum256(text)
	return join(h.Keep, "before-"+op.Kind+"-"+hex.EncodeToString(sum[:6])+".json")
}

// Begun implements host.Remembering. Of operations that are the same, as two restarts in a
// row, only the journal knows which one it is.
func (h *Host) Begun(op host.Op, saved []byte) { h.told[h.memo(op)] = saved }

// saved is what Save answered, also to a Host before this one.
func (h *Host) saved(op host.Op) ([]byte, error) {
	if saved, told := h.told[h.memo(op)]; told {
		return saved, nil
	}
	return h.readWhole(h.memo(op))
}

// before is that too, or what Save answers now.
func (h *Host) before(ctx context.Context, op host.Op) ([]byte, error) {
	saved, err := h.saved(op)
	if isGone(err) {
		return h.Save(ctx, op)
	}
	return saved, err
}

// saved reads what was saved before op as the value it is.
func saved[S any](h *Host, op host.Op) (S, bool, error) {
	var s S
	raw, err := h.saved(op)
	if isGone(err) {
		return s, false, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &s)
	}
	return s, err == nil, err
}

// Do implements host.Host. What was not done as asked is taken back; what was cut off by
// ctx stays, to be done again or taken back, and so does what Windows may still be at
// (disk-underway).
func (h *Host) Do(ctx context.Context, op host.Op) error {
	k, err := kindOf(op)
	if err != nil {
		return err
	}
	if err := errors.Join(ctx.Err(), h.know(ctx)); err != nil {
		return err
	}
	if k.done != nil {
		if done, err := k.done(h, ctx, op); err != nil || done {
			return inUse(err)
		}
	}
	before, err := h.before(ctx, op)
	if err != nil {
		return err
	}
	if err := h.settledFor(ctx, k, op); err != nil {
		return err
	}
	err = h.doAndSee(ctx, k, op)
	var later *host.Interrupted
	if err == nil || errors.As(err, &later) || isUnderway(err) || ctx.Err() != nil {
		return err
	}
	if worse := k.back(h, ctx, op, before); isUnderway(worse) {
		return worse
	} else if worse != nil {
		return failed("not-put-back", model.Args{"operation": op.Kind}, errors.Join(err, worse))
	}
	return inUse(err)
}

func (h *Host) doAndSee(ctx context.Context, k kind, op host.Op) error {
	if err := k.do(h, ctx, op); err != nil || k.done == nil {
		return err
	}
	done, err := k.done(h, ctx, op)
	if err == nil && !done {
		return otherwise(op)
	}
	return err
}

// Back implements host.Stepwise.
func (h *Host) Back(ctx context.Context, op host.Op, saved []byte) error {
	k, err := kindOf(op)
	if err != nil {
		return err
	}
	if err := errors.Join(ctx.Err(), h.know(ctx)); err != nil {
		return err
	}
	if err := h.settledFor(ctx, k, op); err != nil {
		return err
	}
	return inUse(k.back(h, ctx, op, saved))
}
