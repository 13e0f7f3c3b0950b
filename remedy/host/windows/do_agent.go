package windows

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/winapi"
)

// Results of an installation. Source: OperationResultCode.
const (
	resultSucceeded  = 2
	resultWithErrors = 3
)

// Codes with which the update agent says that something else comes first. Source: wuerror.h.
const (
	operationInProgress = 0x80240009 // WU_E_OPERATIONINPROGRESS
	installNotAllowed   = 0x80240016 // WU_E_INSTALL_NOT_ALLOWED: an installation, or a restart
	exclusiveConflict   = 0x80240019 // WU_E_EXCLUSIVE_INSTALL_CONFLICT
)

var agentBusy = []uint32{operationInProgress, installNotAllowed, exclusiveConflict}

// installUpdate leaves an update alone that is in: one that was cut off may have ended well.
func (h *Host) installUpdate(ctx context.Context, op host.Op) error {
	u, err := h.updateInTime(ctx, op)
	if err != nil && op.Maybe && ctx.Err() == nil && atWork(err, 0) == err {
		return nil // as below
	}
	if err != nil || u.Installed {
		return atWork(err, 0)
	}
	end, err := winapi.InstallUpdate.Do(ctx, h.Calls, op.Name)
	if busy := atWork(err, end.HResult); busy != err {
		return h.orRestart(ctx, busy, codeIn(err, end.HResult))
	}
	if err == nil {
		err = h.installed(ctx, op, end)
	}
	if err == nil && end.Restart {
		return h.restartWanted(ctx)
	}
	if op.Maybe && ctx.Err() == nil {
		return nil // it is seen afterwards; what was changed for it must be put back
	}
	return agentFailed(err)
}

// Codes of the update agent, and those of them that are about the way to its server (WU_E_PT_*).
// Source: wuerror.h.
const (
	agentCodes  = 0x80240000
	serverCodes = 0x80244000
)

// agentFailed: what the agent refuses is a failure, as terms of use that nobody has accepted.
// A server that it does not reach, and a service that is not there yet, are tried again.
func agentFailed(err error) error {
	var told *winapi.Error
	if !errors.As(err, &told) || told.Code&0xffff0000 != agentCodes || unreached(err) {
		return err
	}
	return failed("update-not-installed", model.Args{"code": fmt.Sprintf("0x%08x", told.Code)}, err)
}

// How long the network may take after a start of Windows.
const (
	searchTries = 10
	searchPause = 30 * time.Second
)

// updateInTime is update. An update that is tried once, whatever comes of it, is looked for
// until the server is reached: a run goes on a minute after Windows has started.
func (h *Host) updateInTime(ctx context.Context, op host.Op) (u winapi.Update, err error) {
	for range searchTries {
		if u, err = h.update(ctx, op.Name); !op.Maybe || !unreached(err) {
			return u, err
		}
		if worse := h.Wait(ctx, searchPause); worse != nil {
			return u, worse
		}
	}
	return u, err
}

// unreached tells that a server or service did not answer: WU_E_PT_*, what WinHTTP answers
// (12000 and the like), RPC_S_SERVER_UNAVAILABLE. Source: wuerror.h, winhttp.h, winerror.h.
func unreached(err error) bool {
	var told *winapi.Error
	if !errors.As(err, &told) {
		return false
	}
	const httpFirst, httpLast, noService = 0x80072ee0, 0x80072fff, 0x800706ba
	return told.Code&0xfffff000 == serverCodes || told.Code >= httpFirst && told.Code <= httpLast || told.Code == noService
}

// atWork is err, or that the agent is at work already if a code says so.
func atWork(err error, code uint32) error {
	if slices.Contains(agentBusy, codeIn(err, code)) {
		return &host.Interrupted{For: model.WaitAgent}
	}
	return err
}

// codeIn is the code of err, or that which was told otherwise.
func codeIn(err error, code uint32) uint32 {
	var told *winapi.Error
	if errors.As(err, &told) {
		code = told.Code
	}
	return code
}

// orRestart waits for a restart where nothing is being installed, so that the agent can mean
// nothing else.
func (h *Host) orRestart(ctx context.Context, busy error, code uint32) error {
	if code != installNotAllowed {
		return busy
	}
	m, err := h.look(ctx)
	if err != nil {
		return cmp.Or(ctx.Err(), busy)
	}
	idle := m.Live.UpdateRunning.Known && !m.Live.UpdateRunning.Value
	if idle && m.Pending.Any.Known && m.Pending.Any.Value {
		return &host.Interrupted{For: model.WaitRestart}
	}
	return busy
}

// installed: a result that is no success is none, whatever it is called. Installed with
// errors is one if the agent then has the update, or needs a restart to have it.
func (h *Host) installed(ctx context.Context, op host.Op, end winapi.InstallResult) error {
	if end.Result == resultSucceeded {
		return nil
	}
	if end.Result == resultWithErrors {
		if u, err := h.update(ctx, op.Name); err != nil || u.Installed || end.Restart {
			return err
		}
	}
	return failed("update-not-installed", model.Args{"code": fmt.Sprintf("0x%08x", end.HResult)}, fmt.Errorf("the update agent's result is %d", end.Result))
}

// update finds one update, hidden or not: without being asked for them the agent leaves
// hidden ones out. Source: IUpdateSearcher::Search.
func (h *Host) update(ctx context.Context, id string) (winapi.Update, error) {
	if !isUpdateID(id) {
		return winapi.Update{}, refused("refused-no-update", model.Args{"update": id})
	}
	all, err := winapi.SearchUpdates.Do(ctx, h.Calls, fmt.Sprintf("(UpdateID='%[1]s' and IsHidden=0) or (UpdateID='%[1]s' and IsHidden=1)", id))
	if err == nil && len(all) == 0 {
		err = refused("refused-no-update", model.Args{"update": id})
	}
	if err != nil {
		return winapi.Update{}, err
	}
	return all[0], nil
}

// isUpdateID keeps quotes out of the criteria.
func isUpdateID(id string) bool {
	return len(id) == 36 && strings.Trim(strings.ToLower(id), "0123456789abcdef-") == ""
}

func (h *Host) hidden(ctx context.Context, op host.Op) (bool, error) {
	u, err := h.update(ctx, op.Name)
	return err == nil && u.Hidden == !op.Show, err
}

func (h *Host) hide(ctx context.Context, op host.Op) error {
	_, err := winapi.HideUpdate.Do(ctx, h.Calls, winapi.HideCall{UpdateID: op.Name, Hide: !op.Show})
	return err
}

type savedHidden struct {
	Hidden bool `json:"hidden"`
}

func (h *Host) saveHidden(ctx context.Context, op host.Op) (savedHidden, error) {
	u, err := h.update(ctx, op.Name)
	return savedHidden{u.Hidden}, err
}

func (h *Host) hiddenBack(ctx context.Context, op host.Op, was savedHidden) error {
	u, err := h.update(ctx, op.Name)
	if err != nil || u.Hidden == was.Hidden {
		return err
	}
	_, err = winapi.HideUpdate.Do(ctx, h.Calls, winapi.HideCall{UpdateID: op.Name, Hide: was.Hidden})
	return err
}

// protection is BitLocker on a partition; nil: it has none.
func (h *Host) protection(ctx context.Context, op host.Op) (*winapi.EncryptedVolume, error) {
	p, err := h.partition(ctx, op.Partition)
	if err != nil {
		return nil, err
	}
	v, err := h.volume(ctx, p.extent())
	if err != nil || v == nil {
		return nil, err
	}
	all, err := winapi.Encryption.Do(ctx, h.Calls, winapi.None{})
	if errors.Is(err, winapi.ErrUnsupported) || isGone(err) {
		return nil, nil // this edition has none
	}
	for _, e := range all {
		if err == nil && strings.EqualFold(e.Path, v.Path) && e.Conversion != 0 {
			return &e, nil
		}
	}
	return nil, err
}

// Protection of a volume. Source: GetProtectionStatus.
const (
	protectionOff = 0
	protectionOn  = 1
)

// suspended: for as many restarts as asked at least. Where no count is told, it is suspended
// until somebody resumes it, or Windows does not tell.
func (h *Host) suspended(ctx context.Context, op host.Op) (bool, error) {
	v, err := h.protection(ctx, op)
	if err != nil || v == nil {
		return err == nil, err
	}
	return v.Protection == protectionOff && (v.Suspended == 0 || uint64(v.Suspended) >= op.Number), nil
}

func (h *Host) suspend(ctx context.Context, op host.Op) error {
	v, err := h.protection(ctx, op)
	if err != nil || v == nil {
		return err
	}
	if v.Protection != protectionOn && v.Protection != protectionOff {
		return refused("refused-encrypted-here", model.Args{"volume": op.Partition}) // locked
	}
	return h.suspendFor(ctx, v, uint32(op.Number))
}

// suspendFor never suspends for 0 restarts, which is until somebody resumes it.
func (h *Host) suspendFor(ctx context.Context, v *winapi.EncryptedVolume, restarts uint32) error {
	_, err := winapi.SuspendProtection.Do(ctx, h.Calls, winapi.ProtectionCall{Volume: v.Path, Restarts: max(1, restarts)})
	return err
}

func (h *Host) protected(ctx context.Context, op host.Op) (bool, error) {
	v, err := h.protection(ctx, op)
	if err != nil || v == nil {
		return err == nil, err
	}
	return v.Protection == protectionOn, nil
}

func (h *Host) resume(ctx context.Context, op host.Op) error {
	v, err := h.protection(ctx, op)
	if err != nil || v == nil {
		return err
	}
	_, err = winapi.ResumeProtection.Do(ctx, h.Calls, winapi.ProtectionCall{Volume: v.Path})
	return err
}

// savedProtection is BitLocker as it was. Encrypted false: there was none.
type savedProtection struct {
	Encrypted bool   `json:"encrypted"`
	On        bool   `json:"on"`
	Restarts  uint32 `json:"restarts"`
}

func (h *Host) saveProtection(ctx context.Context, op host.Op) (savedProtection, error) {
	v, err := h.protection(ctx, op)
	if err != nil || v == nil {
		return savedProtection{}, err
	}
	return savedProtection{true, v.Protection == protectionOn, v.Suspended}, nil
}

// isNow: for no more restarts than it was. Those that have been since are used up.
func (p savedProtection) isNow(v *winapi.EncryptedVolume) bool {
	on := v.Protection == protectionOn
	return p.On == on && (on || p.Restarts == 0 || v.Suspended <= p.Restarts)
}

func (h *Host) protectionBack(ctx context.Context, op host.Op, was savedProtection) error {
	v, err := h.protection(ctx, op)
	if err != nil || v == nil || !was.Encrypted || was.isNow(v) {
		return err
	}
	if was.On {
		err = h.resume(ctx, op)
	} else {
		err = h.suspendFor(ctx, v, was.Restarts)
	}
	if err != nil {
		return err
	}
	if now, err := h.protection(ctx, op); err != nil || now == nil || was.On != (now.Protection == protectionOn) {
		return errors.Join(err, failed("protection-not-restored", model.Args{"volume": op.Partition}, nil))
	}
	return nil
}
