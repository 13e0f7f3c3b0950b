package doctor

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"updoc/model"
	"updoc/source"
)

// BackupOptions say what Backup does. The zero value copies and tells nobody.
type BackupOptions struct {
	List     bool                                 // only say what is there; the folder may be empty
	Progress func(done, total int64, path string) // bytes; nil: nobody is told
	Now      func() time.Time                     // nil: the clock of this computer
}

// manifestName is the report of a backup, beside the copies.
const manifestName = "manifest.json"

// backupNotes are what a backup never holds.
var backupNotes = []string{"backup.not.programs", "backup.not.settings", "backup.not.streams", "backup.not.permissions", "backup.not.links", "backup.not.bin"}

// Backup finds a person's files and copies them below dir, each in a folder named after
// its volume. Every copy is read again and compared before it gets its name. What an
// earlier run copied, and what still is the same, is not copied again. A file that cannot
// be copied is noted and the rest goes on.
//
// The report tells what was done even where there is an error, which is that of ctx or a
// *model.Error: backup-on-patient, backup-no-room, backup-unwritable (exit code 6 if
// nothing was written, 4 if it stopped half-way).
func Backup(ctx context.Context, src source.Source, dir string, opts BackupOptions) (*model.Backup, error) {
	b := &model.Backup{Schema: model.BackupSchema, Tool: Tool, Source: src.Info(), Started: opts.now(), Notes: backupNotes,
		Places: []model.BackupSet{}, Unseen: []model.Look{}, Files: []model.BackupFile{}}
	if !opts.List {
		var err error
		if b.Folder, err = filepath.Abs(dir); err != nil {
			return b, unwritable(dir, err)
		}
	}
	at := placeOf(src, b.Folder)
	found, err := findPersonal(ctx, src, at.volume)
	if err != nil {
		return b, err
	}
	b.Unseen = append(b.Unseen, found.unseen...)
	if opts.List {
		sumUp(b, found, opts)
		return b, nil
	}
	to, err := backupTarget(src.Info(), b.Folder, at)
	if err != nil {
		return b, err
	}
	defer to.root.Close()
	return b, copyAll(ctx, src, to, found, b, opts)
}

// backupTarget opens the folder for the copies, which must not lie on the patient.
func backupTarget(info model.SourceInfo, dir string, at placed) (*folderTarget, error) {
	own, err := at.own, error(nil)
	if !at.here {
		own, err = onPatient(info, dir)
	}
	switch {
	case err != nil:
		return nil, unwritable(dir, err)
	case own:
		return nil, &model.Error{Code: "backup-on-patient", Exit: backupRefused, Args: model.Args{"path": dir}}
	}
	to, err := openTarget(dir)
	if err != nil {
		return nil, unwritable(dir, err)
	}
	return to, nil
}

func unwritable(dir string, err error) error {
	if e := (*model.Error)(nil); errors.As(err, &e) {
		return e
	}
	return &model.Error{Code: "backup-unwritable", Exit: backupRefused, Args: model.Args{"path": dir}, Err: err}
}

func (o BackupOptions) now() time.Time {
	if o.Now == nil {
		return time.Now().UTC()
	}
	return o.Now().UTC()
}
