package windows

import (
	"context"

	"updoc/format/hosts"
	"updoc/model"
	"updoc/remedy/host"
)

// followUpPath is where a follow-up plan lies if the operation names no place.
const followUpPath = `ProgramData\updoc\follow-up.json`

// target is the absolute path that an operation changes.
func (h *Host) target(ctx context.Context, op host.Op, at host.Place) (string, error) {
	if op.Kind != host.LeaveFollowUp || at != (host.Place{}) {
		return h.path(ctx, at)
	}
	windows, err := h.windows(ctx)
	if err != nil {
		return "", err
	}
	return join(folderOf(windows), followUpPath), nil
}

// both are the sums of the file at op.To and of what it is to hold.
func (h *Host) both(ctx context.Context, op host.Op, from string) (to, have, want string, err error) {
	if to, err = h.path(ctx, op.To); err != nil {
		return
	}
	if have, err = h.sum(ctx, to); err != nil {
		return
	}
	want, err = h.sum(ctx, from)
	return
}

func (h *Host) copied(ctx context.Context, op host.Op) (bool, error) {
	from, err := h.path(ctx, op.From)
	if err != nil {
		return false, err
	}
	_, have, want, err := h.both(ctx, op, from)
	if err == nil && want == "" && !op.Maybe {
		err = noFile(from)
	}
	return err == nil && (want == "" || have == want), err
}

func (h *Host) copyFile(ctx context.Context, op host.Op) error {
	from, err := h.path(ctx, op.From)
	if err != nil {
		return err
	}
	to, _, want, err := h.both(ctx, op, from)
	if err != nil || want == "" {
		return err
	}
	m, err := h.marksOf(ctx, from)
	if err != nil {
		return err
	}
	return h.put(ctx, to, want, h.fileOf(from), &m)
}

func (h *Host) isPut(ctx context.Context, op host.Op) (bool, error) {
	_, have, want, err := h.both(ctx, op, op.Local)
	if err == nil && want == "" {
		err = noFile(op.Local)
	}
	return err == nil && have == want, err
}

func (h *Host) putFile(ctx context.Context, op host.Op) error {
	to, _, want, err := h.both(ctx, op, op.Local)
	if err != nil {
		return err
	}
	return h.put(ctx, to, want, h.fileOf(op.Local), nil)
}

func (h *Host) holdsData(ctx context.Context, op host.Op) (bool, error) {
	to, err := h.target(ctx, op, op.To)
	if err != nil {
		return false, err
	}
	have, err := h.sum(ctx, to)
	return have == sumOf(op.Data), err
}

func (h *Host) writeData(ctx context.Context, op host.Op) error {
	to, err := h.target(ctx, op, op.To)
	if err != nil {
		return err
	}
	return h.put(ctx, to, sumOf(op.Data), bytesOf(op.Data), nil)
}

// withoutHosts is a hosts file as it should be.
func (h *Host) withoutHosts(ctx context.Context, op host.Op) (path string, now []byte, removed int, err error) {
	if path, err = h.path(ctx, op.To); err != nil {
		return
	}
	old, err := h.readWhole(path)
	if err != nil {
		return
	}
	now, removed = hosts.Without(old)
	return
}

func (h *Host) hostsDropped(ctx context.Context, op host.Op) (bool, error) {
	_, _, removed, err := h.withoutHosts(ctx, op)
	return removed == 0, err
}

func (h *Host) dropHosts(ctx context.Context, op host.Op) error {
	path, now, _, err := h.withoutHosts(ctx, op)
	if err != nil {
		return err
	}
	return h.put(ctx, path, sumOf(now), bytesOf(now), nil)
}

// gone is true only after Save has seen the file, or if it need not be there.
func (h *Host) gone(ctx context.Context, op host.Op) (bool, error) {
	path, err := h.path(ctx, op.From)
	if err != nil {
		return false, err
	}
	_, err = h.Files.Stat(path)
	if !isGone(err) {
		return false, err
	}
	if _, known, err := saved[[]savedFile](h, op); err != nil || known || op.Maybe {
		return err == nil, err
	}
	return false, noFile(path)
}

func (h *Host) moveAside(ctx context.Context, op host.Op) error {
	path, err := h.path(ctx, op.From)
	if err != nil {
		return err
	}
	have, err := h.sum(ctx, path)
	if err != nil {
		return err
	}
	if !h.isKept(ctx, have, path) {
		return refused("refused-stale-plan", model.Args{"what": path}) // it has changed since it was kept
	}
	return h.Files.Remove(path)
}
