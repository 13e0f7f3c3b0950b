package journal

import (
	"context"
	"encoding/json"
	"slices"

	"updoc/disk/commit"
	"updoc/model"
	"updoc/remedy/host"
)

// States of the records of single operations. Their data is a step.
const (
	opBegun  = "op-begun"
	opDone   = "op-done"
	opUndone = "op-undone"
)

// step says which operation a record is about, counted from 0, for op-begun what Back needs
// to take it back, and how the things that it changes were then, or are after it was done.
type step struct {
	N     int               `json:"n"`
	Saved []byte            `json:"saved,omitempty"`
	Seen  map[string]string `json:"seen,omitempty"`
}

// Steps carries operations out on a host whose machine changes at once, and takes them
// back. What was done is in Log: after a crash, make Steps anew over the same folder. It
// is used by one goroutine at a time.
type Steps struct {
	Ops []host.Op
	Log *commit.Log
}

// progress is how far the operations are, by the log.
type progress struct {
	saved  map[int][]byte            // of those begun
	was    map[int]map[string]string // how things were when they were begun
	left   map[int]map[string]string // and when they were done
	done   map[int]bool
	undone map[int]bool
}

func (s *Steps) progress() (p progress, err error) {
	p = progress{map[int][]byte{}, map[int]map[string]string{}, map[int]map[string]string{}, map[int]bool{}, map[int]bool{}}
	for _, r := range s.Log.Records() {
		if r.State != opBegun && r.State != opDone && r.State != opUndone {
			continue
		}
		var at step
		if err := json.Unmarshal(r.Data, &at); err != nil || at.N < 0 || at.N >= len(s.Ops) {
			return p, &model.Error{Code: "journal-damaged", Args: model.Args{"file": "log"}, Err: err}
		}
		switch r.State {
		case opBegun:
			if _, begun := p.saved[at.N]; !begun {
				p.saved[at.N], p.was[at.N] = at.Saved, at.Seen // the first one knows the old state
			}
		case opDone:
			p.done[at.N], p.left[at.N] = true, at.Seen
		case opUndone:
			p.undone[at.N] = true
		}
	}
	return p, nil
}

// State is that of the journal: empty, APPLYING, VERIFIED, UNDOING, UNDONE, DISCARDED.
func (s *Steps) State() string { return state(s.Log.Records()) }

// Run carries out what is not done yet, and is how an interrupted run goes on: an
// operation that was begun is done again. The error of an operation leaves the journal
// as it is: Run goes on with it, Undo takes all back. What was taken back, or begun to
// be, is not run again: already-undone.
func (s *Steps) Run(ctx context.Context, h host.Stepwise) error {
	switch s.State() {
	case commit.Verified:
		return nil
	case commit.Undoing, commit.Undone, commit.Discarded:
		return &model.Error{Code: "already-undone", Exit: 6}
	}
	p, err := s.progress()
	if err != nil {
		return err
	}
	for n := range s.Ops {
		if err := ctx.Err(); err != nil {
			return err
		}
		if p.done[n] {
			err = s.relearn(ctx, h, n, p)
		} else {
			err = s.do(ctx, h, n, p)
		}
		if err != nil {
			return err
		}
	}
	return s.Log.Append(commit.Verified, nil)
}

func (s *Steps) do(ctx context.Context, h host.Stepwise, n int, p progress) error {
	op := s.Ops[n]
	if _, begun := p.saved[n]; !begun {
		saved, err := h.Save(ctx, op)
		if err != nil {
			return err
		}
		was, err := seen(ctx, h, op)
		if err != nil {
			return err
		}
		if err := s.Log.Append(opBegun, step{n, saved, was}); err != nil {
			return err
		}
		p.saved[n] = saved
	}
	if r, ok := h.(host.Remembering); ok {
		r.Begun(op, p.saved[n])
	}
	if err := h.Do(ctx, op); err != nil {
		return err
	}
	left, err := seen(ctx, h, op)
	if err != nil {
		return err
	}
	return s.Log.Append(opDone, step{N: n, Seen: left})
}

// relearn does once more what does not outlive the program, or a start of Windows: a host
// that was opened anew learns which partition host.NewPartition is; a service that was
// stopped runs again, protection that was suspended is back.
func (s *Steps) relearn(ctx context.Context, h host.Stepwise, n int, p progress) error {
	if s.Ops[n].Kind == host.CreateRecovery || passes[s.Ops[n].Kind] != "" && !s.ended(n, p) {
		return h.Do(ctx, s.Ops[n])
	}
	return nil
}

// passes are the operations whose effect a start of Windows ends, with what ends it as
// meant.
var passes = map[string]string{host.StopService: host.StartService, host.SuspendProtection: host.ResumeProtection}

// ended tells whether a later operation has ended what operation n began. Protection is
// suspended for the restarts that follow: the first one begins to use them up.
func (s *Steps) ended(n int, p progress) bool {
	op := s.Ops[n]
	for later := n + 1; later < len(s.Ops); later++ {
		o := s.Ops[later]
		_, begun := p.saved[later]
		if op.Kind == host.SuspendProtection && o.Kind == host.RestartWindows && begun {
			return true
		}
		if o.Kind == passes[op.Kind] && o.Name == op.Name && o.Partition == op.Partition && p.done[later] && !p.undone[later] {
			return true
		}
	}
	return false
}

// Left counts the operations that are not known to be done.
func (s *Steps) Left() (int, error) {
	p, err := s.progress()
	return len(s.Ops) - len(p.done), err
}

// Settle ends a run whose last operation failed, as far as is known, and whose effect was
// seen all the same: what a tool says is not believed either way.
func (s *Steps) Settle() error {
	if s.State() != commit.Applying {
		return &model.Error{Code: "already-undone", Exit: 6}
	}
	return s.Log.Append(commit.Verified, nil)
}

// Undo takes back what was begun, the last first. It goes on where it was interrupted;
// a second time it does nothing. What somebody else has put there since is kept as a copy:
// who does not want it replaced asks Changed first.
func (s *Steps) Undo(ctx context.Context, h host.Stepwise) error {
	switch s.State() {
	case commit.Undone, commit.Discarded:
		return nil
	case "":
		return s.Log.Append(commit.Discarded, nil)
	}
	p, err := s.progress()
	if err != nil {
		return err
	}
	if s.State() != commit.Undoing {
		if err := s.Log.Append(commit.Undoing, nil); err != nil {
			return err
		}
	}
	if err := s.relearnForUndo(ctx, h, p); err != nil {
		return err
	}
	for n, op := range slices.Backward(s.Ops) {
		saved, begun := p.saved[n]
		if !begun || p.undone[n] {
			continue
		}
		if err := s.keepOthers(ctx, h, n, p); err != nil {
			return err
		}
		if err := h.Back(ctx, op, saved); err != nil {
			return err
		}
		if err := s.Log.Append(opUndone, step{N: n}); err != nil {
			return err
		}
	}
	return s.Log.Append(commit.Undone, nil)
}

// relearnForUndo does that for operations behind such a one. Once they are all taken back
// it must not be done again: taking it back may have begun.
func (s *Steps) relearnForUndo(ctx context.Context, h host.Stepwise, p progress) error {
	for n := range s.Ops {
		behind := false
		for later := range p.saved {
			behind = behind || later > n && !p.undone[later]
		}
		if p.done[n] && behind && !p.undone[n] {
			if err := s.relearn(ctx, h, n, p); err != nil {
				return err
			}
		}
	}
	return nil
}
