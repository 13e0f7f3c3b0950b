package cli

import (
	"context"

	"updoc/doctor"
	"updoc/model"
	"updoc/source"
)

// surgeon is what the verbs of repairing ask of doctor. Tests put another in its place:
// what these verbs do with answers does not depend on a disk.
type surgeon struct {
	fix          func(ctx context.Context, path string, opts doctor.FixOptions) (*doctor.Fixed, error)
	resume, undo func(ctx context.Context, id, path string, opts doctor.FixOptions) (*doctor.Fixed, error)
	history      func(folder string) ([]model.JournalInfo, error)
	journal      func() (string, error)
	open         func(ctx context.Context, opts doctor.LiveOptions) (source.Source, error)
	backup       func(ctx context.Context, src source.Source, dir string, opts doctor.BackupOptions) (*model.Backup, error)

	pc                  func() (doctor.PC, error)
	fixLive, resumeLive func(ctx context.Context, pc doctor.PC, opts doctor.FixOptions) (*doctor.Fixed, error)
	undoLive            func(ctx context.Context, pc doctor.PC, id string, opts doctor.FixOptions) (*doctor.Fixed, error)
	watch               func(ctx context.Context, pc doctor.PC, opts doctor.WatchOptions) (*model.Verification, *doctor.Fixed, error)
	result              func(folder string) (*model.Receipt, error)
	asTask              func(ctx context.Context, pc doctor.PC, opts doctor.FixOptions, order func(log string) []string) (string, error)
	remind              func(ctx context.Context, pc doctor.PC, until string, opts doctor.Options) (bool, error)
}

var surgery = surgeon{
	fix: doctor.Fix, resume: doctor.Resume, undo: doctor.Undo, history: doctor.History, journal: doctor.DefaultJournal, open: doctor.OpenLive, backup: doctor.Backup,
	pc: doctor.ThisPC, fixLive: doctor.FixLive, resumeLive: doctor.ResumeLive, undoLive: doctor.UndoLive, watch: doctor.Watch, result: doctor.LastResult, remind: doctor.Remind,
	asTask: doctor.FixAsTask,
}

// journalFlags name the folder of journals.
type journalFlags struct {
	Journal string `help:"folder of the journals, on another disk than the one to be repaired" placeholder:"DIR" type:"path"`
}

// folder is the folder of journals that was named, else the usual one.
func (j journalFlags) folder() (string, error) {
	if j.Journal != "" {
		return j.Journal, nil
	}
	return surgery.journal()
}

// journals are that folder and what is in it.
func (j journalFlags) journals() (folder string, list []model.JournalInfo, err error) {
	if folder, err = j.folder(); err != nil {
		return "", nil, err
	}
	list, err = surgery.history(folder)
	return folder, list, err
}

// exits of a receipt, by verdict (DESIGN.md).
var exits = map[string]int{
	model.FixCured: exitOK, model.FixNothing: exitOK, model.FixUndone: exitOK, model.FixDry: exitOK,
	model.FixNotCured: 1, model.FixHalfDone: exitHalfDone, model.FixWaiting: 5, model.FixRefused: 6,
}
