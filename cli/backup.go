package cli

import (
	"io"

	"updoc/doctor"
	"updoc/model"
	"updoc/report"
)

type backupCmd struct {
	Folder string `arg:"" optional:"" help:"folder for the copies, on another disk" type:"path"`
	sourceFlags
	List bool `help:"only show what is there; copy nothing"`
}

// Run copies a person's files, or shows where they are. With --list a single argument is
// what is looked at.
func (c *backupCmd) Run(a *app) error {
	if c.List && c.Source == "" {
		c.Source, c.Folder = c.Folder, ""
	}
	if !c.List && c.Folder == "" {
		return &model.Error{Code: "backup-folder-needed"}
	}
	r, err := c.copy(a)
	if r == nil || err != nil && (r.Folder == "" || a.Format == "json") { // JSON is one document
		return err
	}
	if err == nil {
		a.exit = backupExit(r)
	}
	if werr := a.write(func(w io.Writer) error { return report.WriteBackup(w, r, a.base, a.reportOptions()) }); err == nil {
		err = werr
	}
	return err
}

// backupExit is 1 if a file that could have been copied was not.
func backupExit(r *model.Backup) int {
	if r.Failed.Files > 0 {
		return 1
	}
	return exitOK
}

func (c *backupCmd) copy(a *app) (*model.Backup, error) {
	bar := a.progress()
	defer bar.done()
	src, err := a.open(c.sourceFlags, bar)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	return surgery.backup(a.ctx, src, c.Folder, doctor.BackupOptions{List: c.List, Progress: bar.copied})
}
