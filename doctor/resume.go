package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"updoc/disk/commit"
	"updoc/model"
	hostimage "updoc/remedy/host/image"
	"updoc/remedy/journal"
)

// Resume goes on with the newest unfinished journal of opts.Journal, or with the one id
// names. path is where the disk is now; empty: where it was.
func Resume(ctx context.Context, id, path string, opts FixOptions) (*Fixed, error) {
	if !hostimage.Supported {
		return nil, elsewhere(id, opts, resumable)
	}
	if err := opts.neverAgreed(id); err != nil {
		return nil, err
	}
	return goOn(ctx, id, path, opts, resumable, (*commit.Journal).Resume)
}

// agreedTo tells whether somebody said yes to the journal in this folder: only then its
// receipt is kept. A dry run, or a question without an answer, leaves PREPARED without one
// if it is killed.
func agreedTo(folder string) bool { return (&journal.Journal{Path: folder}).Receipt() != nil }

// neverAgreed refuses a journal that was prepared and not agreed to.
func (o FixOptions) neverAgreed(id string) error {
	list, err := History(o.Journal)
	if err != nil || id == "" {
		return err
	}
	i := slices.IndexFunc(list, func(j model.JournalInfo) bool { return j.ID == id })
	if i < 0 || !unfinished(list[i]) || resumable(list[i]) {
		return nil
	}
	return &model.Error{Code: "nothing-to-resume", Args: model.Args{"path": list[i].Folder, "id": id}}
}

// Undo takes back the newest journal of opts.Journal, or the one id names.
func Undo(ctx context.Context, id, path string, opts FixOptions) (*Fixed, error) {
	if !hostimage.Supported {
		return nil, nothingToUndo(elsewhere(id, opts, touched))
	}
	fixed, err := goOn(ctx, id, path, opts, touched, (*commit.Journal).Undo)
	var e *model.Error
	if errors.As(err, &e) && e.Code == "nothing-to-resume" {
		fixed, err = goOn(ctx, id, path, opts, unfinished, (*commit.Journal).Undo) // frees its room
	}
	return fixed, nothingToUndo(err)
}

func nothingToUndo(err error) error {
	var e *model.Error
	if errors.As(err, &e) && e.Code == "nothing-to-resume" {
		e.Code = "nothing-to-undo"
	}
	return err
}

// elsewhere is why a journal of a disk is left alone where no disk can be worked on: there is
// none, or it takes another computer.
func elsewhere(id string, opts FixOptions, want func(model.JournalInfo) bool) error {
	folder, err := opts.folder()
	if err != nil {
		return err
	}
	j, err := openJournal(folder, id, want)
	if err != nil {
		return err
	}
	return errors.Join(errNeedsLinux, j.Close())
}

func resumable(j model.JournalInfo) bool {
	return unfinished(j) && (j.State != commit.Prepared || agreedTo(j.Folder))
}

func unfinished(j model.JournalInfo) bool {
	return slices.Contains([]string{commit.Prepared, commit.UndoSynced, commit.Applying, commit.Applied, commit.Undoing}, j.State)
}

// touched: the disk was written, or may have been.
func touched(j model.JournalInfo) bool {
	return slices.Contains([]string{commit.Applying, commit.Applied, commit.Verified, commit.Undoing}, j.State)
}

type goingOn func(*commit.Journal, context.Context, commit.Device, commit.Progress) error

// goOn opens a journal and the disk it belongs to, and lets do go on.
func goOn(ctx context.Context, id, path string, opts FixOptions, want func(model.JournalInfo) bool, do goingOn) (*Fixed, error) {
	folder, err := opts.folder()
	if err != nil {
		return nil, err
	}
	hostimage.ClearDead()
	entry, err := openJournal(folder, id, want)
	if err != nil {
		return nil, err
	}
	defer entry.Close()
	if path == "" {
		path = entry.Head.Target
	}
	args := argsOf(path, entry)
	dir, err := commit.OSDir(entry.Path)
	if err != nil {
		return nil, journalError(err, args)
	}
	blocks, err := commit.Open(dir, nil)
	if err != nil {
		return nil, journalError(err, args)
	}
	defer blocks.Close()
	return gone(ctx, entry, blocks, path, opts, do)
}

// openJournal opens the journal id names, or the newest that is wanted.
func openJournal(folder, id string, want func(model.JournalInfo) bool) (*journal.Journal, error) {
	if id == "" {
		return journal.Newest(folder, want, nil)
	}
	return journal.Open(folder, id, nil)
}

func gone(ctx context.Context, entry *journal.Journal, blocks *commit.Journal, path string, opts FixOptions, do goingOn) (*Fixed, error) {
	opts.tell(Doing{What: "lock"})
	target, err := hostimage.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer target.Close()
	var head diskHead
	if json.Unmarshal(entry.Head.More, &head) != nil || target.Size() != head.Size {
		return nil, &model.Error{Code: "disk-wrong", Exit: exitRefused, Args: model.Args{"path": path, "id": entry.Head.ID}}
	}
	dev, err := target.Writer()
	if err != nil {
		return nil, err
	}
	defer dev.Close()
	r := entry.Receipt()
	if r == nil {
		r = receiptOf(entry.Head, path)
	}
	err = do(blocks, ctx, dev, func(what string, done, total int64) { opts.tell(Doing{What: what, Done: done, Total: total}) })
	if err != nil {
		return nil, goOnError(err, blocks.State(), argsOf(path, entry))
	}
	return settled(entry, blocks, r, opts)
}

// receiptOf is what is known of a repair whose receipt is lost.
func receiptOf(head journal.Head, path string) *model.Receipt {
	r := newReceipt(path, head.Started)
	for _, remedy := range head.Remedies {
		r.Steps = append(r.Steps, model.ReceiptStep{Remedy: remedy, Verdict: model.StepDone})
	}
	return r
}

// settled writes what came of it.
func settled(entry *journal.Journal, blocks *commit.Journal, r *model.Receipt, opts FixOptions) (*Fixed, error) {
	r.ID, r.Folder, r.State, r.Journal, r.Ended = entry.Head.ID, entry.Path, blocks.State(), blocks.Log().Head(), opts.now()
	switch r.State {
	case commit.Verified:
		r.Verdict = verdictOf(r.Steps)
	case commit.Undone, commit.Discarded:
		takenBack(r)
	}
	return &Fixed{Receipt: r}, entry.WriteReceipt(r)
}

// takenBack turns the receipt of a repair into that of its undoing.
func takenBack(r *model.Receipt) {
	if r.Verdict == model.FixUndone {
		return // already: before and after were changed over then
	}
	r.Verdict, r.Before, r.After, r.Notes = model.FixUndone, r.After, r.Before, []string{}
	for i := range r.Steps {
		if r.Steps[i].Verdict == model.StepDone {
			r.Steps[i].Verdict = model.StepUndone
		}
	}
}

// verdictOf is that of a repair whose blocks are written: cured only if nothing that would
// change the machine was left out, whoever left it out.
func verdictOf(steps []model.ReceiptStep) string {
	if slices.ContainsFunc(steps, stillOpen) {
		return model.FixWaiting
	}
	return model.FixCured
}

func stillOpen(s model.ReceiptStep) bool {
	switch s.Verdict {
	case model.StepFollowUp, model.StepRefused:
		return true
	case model.StepSkipped:
		return s.Risk > model.RiskLook && (s.Detail == notChosen || s.Detail == aboveMaxRisk)
	}
	return false
}

// goOnError says what is possible next: where writing has begun the disk is half-way,
// else it is as it was.
func goOnError(err error, state string, args model.Args) error {
	var foreign *commit.ForeignError
	if halfWay(state) && !errors.As(err, &foreign) {
		return &model.Error{Code: "half-done", Exit: exitHalfDone, Args: args, Err: err}
	}
	return journalError(err, args)
}

// journalError names what went wrong with a journal or the disk beside it. args are path
// (of the disk) and id (of the journal).
func journalError(err error, args model.Args) error {
	var known *model.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	out := &model.Error{Code: "failed", Args: args, Err: err}
	var damaged *commit.DamagedError
	var foreign *commit.ForeignError
	var size *commit.SizeError
	var device *commit.DeviceError
	var state *commit.StateError
	switch {
	case errors.As(err, &foreign):
		out.Code, out.Exit, args["offset"] = "disk-changed", exitRefused, foreign.Offset
	case errors.As(err, &damaged):
		out.Code, out.Exit, args["file"] = "journal-damaged", exitRefused, damaged.Name
	case errors.As(err, &size):
		out.Code, out.Exit = "disk-wrong", exitRefused
	case errors.As(err, &state) && state.State == commit.Undone:
		out.Code, out.Exit = "already-undone", exitRefused
	case errors.As(err, &device):
		out.Code, args["offset"] = "disk-error", device.Offset
	case errors.Is(err, syscall.ENOSPC):
		out.Code, out.Exit = "journal-no-room", exitRefused
		if j, ok := args["journal"]; ok {
			args["path"] = j
		}
	case errors.Is(err, fs.ErrPermission):
		out.Code = "no-permission"
	}
	return out
}

// History lists the journals of a folder, newest first.
func History(folder string) ([]model.JournalInfo, error) {
	path, err := FixOptions{Journal: folder}.folder()
	if err != nil {
		return nil, err
	}
	return journal.List(path)
}

// folder is where the journals are.
func (o FixOptions) folder() (string, error) {
	if o.Journal != "" {
		return filepath.Abs(o.Journal)
	}
	return DefaultJournal()
}

// DefaultJournal is the folder of journals if none is named: on Windows
// ProgramData\updoc\journals, else updoc below the user's state folder ($XDG_STATE_HOME,
// else ~/.local/state).
func DefaultJournal() (string, error) {
	if data := programData(); data != "" {
		return filepath.Join(data, "updoc", journalsName), nil
	}
	if state := os.Getenv("XDG_STATE_HOME"); state != "" {
		return filepath.Join(state, "updoc"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", &model.Error{Code: "journal-not-writable", Args: model.Args{"path": "~/.local/state/updoc"}, Err: err}
	}
	return filepath.Join(home, ".local", "state", "updoc"), nil
}
