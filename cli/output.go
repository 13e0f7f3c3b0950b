package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"updoc/model"
)

// write sends the result to --output, or to standard output. A file appears whole or
// not at all; a pipe or a device such as /dev/null is written as it is.
func (a *app) write(render func(io.Writer) error) error {
	if a.Output == "" || a.Output == "-" {
		return render(a.Out)
	}
	err := a.writeFile(render)
	if err != nil && a.ctx.Err() == nil && !closedPipe(err) {
		return &model.Error{Code: "output-unwritable", Args: model.Args{"path": a.Output}, Err: err}
	}
	return err
}

func (a *app) writeFile(render func(io.Writer) error) error {
	info, err := os.Stat(a.Output)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder", a.Output)
	case err == nil && isBlockDevice(info.Mode()):
		return fmt.Errorf("%s is a disk", a.Output)
	case err == nil && !info.Mode().IsRegular():
		return writeThrough(a.Output, render)
	}
	return writeWhole(a.Output, render)
}

func isBlockDevice(m fs.FileMode) bool { return m&fs.ModeDevice != 0 && m&fs.ModeCharDevice == 0 }

// writeThrough writes what cannot be replaced by renaming.
func writeThrough(path string, render func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(render(f), f.Close())
}

// writeWhole writes beside path and renames, so that path is never half a result. The
// file beside it is a new one: nothing that is there already is touched.
func writeWhole(path string, render func(io.Writer) error) (err error) {
	part := fmt.Sprintf("%s.%d.part", path, os.Getpid())
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer os.Remove(part) // gone already if all went well
	defer f.Close()
	if err := errors.Join(render(f), f.Sync()); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// checkOutput refuses, before anything is read, a result that would land on or in one
// of the things to be looked at: they are never written to.
func (a *app) checkOutput(sources []string) error {
	if a.Output == "" || a.Output == "-" {
		return nil
	}
	for _, s := range sources {
		if holds(s, a.Output) {
			return &model.Error{Code: "output-is-source", Args: model.Args{"path": a.Output}}
		}
	}
	return nil
}

// holds reports whether path is the file or disk source (or IMAGE of IMAGE:PATH), or
// lies in the folder source, by whatever name.
func holds(source, path string) bool {
	if image, _, ok := splitImage(source); ok {
		source = image
	}
	at, err := os.Stat(source)
	if err != nil {
		return false
	}
	if target, err := os.Stat(path); err == nil && os.SameFile(at, target) {
		return true
	}
	if !at.IsDir() {
		return false
	}
	folder, err := filepath.EvalSymlinks(source)
	if err != nil {
		return false
	}
	return within(folder, real(path))
}

// real resolves links in path; its last part need not exist.
func real(path string) string {
	if p, err := filepath.EvalSymlinks(path); err == nil {
		return p
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(dir, filepath.Base(path))
	}
	return path
}

func within(folder, path string) bool {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return false
	}
	if path, err = filepath.Abs(path); err != nil {
		return false
	}
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
