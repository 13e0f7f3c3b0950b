package cli

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"updoc/doctor"
	"updoc/export"
	"updoc/model"
)

// packageName names no file: unlike a string, it is not taken for a source.
type packageName string

type exportCmd struct {
	What packageName `arg:"" help:"intune, configmgr or admx"`
	allowedFlags
	Exe       string `help:"where updoc.exe is on the PCs; default: Program Files\\updoc, else beside the script" placeholder:"PATH"`
	TimeLimit int    `help:"how many seconds a script waits for updoc" placeholder:"SECONDS"`
}

// Run writes a package as a folder, or as a zip if the name of the output ends so, and says
// what to read first.
func (c *exportCmd) Run(a *app) error {
	if c.What == "admx" && (c.MaxRisk != "" || len(c.Only) > 0 || c.Exe != "" || c.TimeLimit != 0) {
		return &model.Error{Code: "export-admx"}
	}
	if err := a.checkAllowed(c.allowedFlags); err != nil {
		return err
	}
	files, err := export.Files(string(c.What), export.Options{
		MaxRisk: c.MaxRisk, Only: c.Only, Exe: c.Exe, Seconds: c.TimeLimit, Version: doctor.Version, Base: a.base,
	})
	if err != nil {
		return err
	}
	if a.Output == "" {
		a.Output = "updoc-" + string(c.What)
	}
	if a.Output == "-" || strings.EqualFold(filepath.Ext(a.Output), ".zip") {
		err = a.write(func(w io.Writer) error { return writeZip(w, files) })
	} else {
		err = a.writeFolder(files)
	}
	if err != nil || a.Quiet {
		return err
	}
	_, err = fmt.Fprintf(a.Err, "%s %s\n", a.text("ui.exported"), a.Output)
	return err
}

// writeZip is the same bytes for the same files: they have no time.
func writeZip(w io.Writer, files []export.File) error {
	z := zip.NewWriter(w)
	for _, f := range files {
		part, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate})
		if err != nil {
			return err
		}
		if _, err := part.Write(f.Data); err != nil {
			return err
		}
	}
	return z.Close()
}

// writeFolder writes into a folder that is new or empty.
func (a *app) writeFolder(files []export.File) error {
	entries, err := os.ReadDir(a.Output)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &model.Error{Code: "output-unwritable", Args: model.Args{"path": a.Output}, Err: err}
	}
	if len(entries) > 0 {
		return &model.Error{Code: "folder-not-empty", Args: model.Args{"path": a.Output}}
	}
	for _, f := range files {
		path := filepath.Join(a.Output, filepath.FromSlash(f.Name))
		err := os.MkdirAll(filepath.Dir(path), 0o777)
		if err == nil {
			err = writeWhole(path, func(w io.Writer) error { _, err := w.Write(f.Data); return err })
		}
		if err != nil {
			return &model.Error{Code: "output-unwritable", Args: model.Args{"path": path}, Err: err}
		}
	}
	return nil
}
