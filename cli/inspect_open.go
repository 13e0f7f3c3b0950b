package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"updoc/disk"
	"updoc/model"
	"updoc/source"
	"updoc/source/folder"
)

// subject is the one thing that is inspected.
type subject struct {
	name   string      // as the reader named it
	file   io.ReaderAt // nil for a folder
	size   int64       // bytes
	local  string      // its path on this computer; "" inside an image
	beside fs.FS       // the folder it lies in, in any case; nil if it has no neighbours
	base   string      // its name in that folder
	list   *listing    // a folder inside an image; nil for a file
	notes  []string    // damage met while it was taken out of an image
	close  func() error
}

// open finds what name means: a file, folder or device of this computer, or a path
// inside an image. Errors are *model.Error or that of the context.
func (in *inspector) open(name string) (*subject, error) {
	if _, err := os.Stat(name); err == nil || isDevicePath(name) {
		return openLocal(name)
	}
	image, inner, ok := splitImage(name)
	if !ok {
		return openLocal(name) // for its error
	}
	return in.openInside(image, inner)
}

// isDevicePath tells a device of Windows, which Stat may not know.
func isDevicePath(name string) bool { return strings.HasPrefix(name, `\\.\`) }

// splitImage divides IMAGE:PATH at the last colon before which there is an existing
// file. The colon of a drive letter never divides.
func splitImage(name string) (image, inner string, ok bool) {
	return splitWhere(name, func(path string) bool { _, err := os.Stat(path); return err == nil })
}

func splitWhere(name string, exists func(path string) bool) (image, inner string, ok bool) {
	for i := len(name) - 1; i > 0; i-- {
		if name[i] != ':' || isDriveColon(name, i) {
			continue
		}
		if exists(name[:i]) {
			return name[:i], name[i+1:], true
		}
	}
	return "", "", false
}

// isDriveColon reports whether the colon at i follows a drive letter at the very
// beginning, or behind \\?\ or \\.\: C:\image.vhd, and C:image.vhd, which lies in the
// folder where that drive stands.
func isDriveColon(name string, i int) bool {
	start := strings.TrimPrefix(strings.TrimPrefix(name, `\\?\`), `\\.\`)
	return i == len(name)-len(start)+1 && isLetter(start[0])
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func openLocal(path string) (*subject, error) {
	info, err := os.Stat(path)
	if isDevicePath(path) {
		return &subject{name: path, local: path, close: noClose}, nil
	}
	if err != nil {
		return nil, unreadable(path, err)
	}
	s := &subject{name: path, local: path, size: info.Size(), close: noClose}
	mode := info.Mode()
	switch {
	case mode.IsDir(), mode&os.ModeDevice != 0 && mode&os.ModeCharDevice == 0:
		return s, nil
	case !mode.IsRegular(): // to open a pipe would wait for its other end
		return nil, unknownKind(path, nil)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	s.file, s.close = f, f.Close
	s.beside, s.base = folder.AnyCase(os.DirFS(filepath.Dir(path))), filepath.Base(path)
	return s, nil
}

func noClose() error { return nil }

// sibling opens the file whose name is that of s with a suffix, in any case. The
// caller closes it.
func (s *subject) sibling(suffix string) (source.File, int64, error) {
	if s.beside == nil {
		return nil, 0, fs.ErrNotExist
	}
	return source.Open(s.beside, s.base+suffix)
}

// unreadable says in the words of the command why path cannot be read.
func unreadable(path string, err error) error {
	var known *model.Error
	switch {
	case errors.As(err, &known), errors.Is(err, context.Canceled):
		return err
	}
	e := &model.Error{Code: "source-unreadable", Args: model.Args{"path": path}, Err: err}
	var unsupported *disk.UnsupportedError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Code = "source-not-found"
	case errors.Is(err, fs.ErrPermission):
		e.Code = "permission"
	case errors.As(err, &unsupported):
		e.Code, e.Hints = "file-unsupported", []string{unsupported.Hint}
		e.Args["kind"] = unsupported.Format
		switch unsupported.Why { // their hints are in the reader's language
		case "log":
			e.Code, e.Hints = "unsupported-disk-log", nil
		case "parent":
			e.Code, e.Hints = "unsupported-disk-parent", nil
		case "damaged":
			e.Code, e.Hints = "unsupported-disk-damaged", nil
		}
	case errors.Is(err, disk.ErrTempLimit):
		e.Code = "unpacked-too-large"
	}
	return e
}

// unknownKind says what can be inspected.
func unknownKind(path string, err error) error {
	return &model.Error{Code: "unknown-kind", Args: model.Args{"path": path}, Err: err}
}

// damagedFile says that a file begins like one of a kind and cannot be read as one.
func damagedFile(path, kind string, err error) error {
	return &model.Error{Code: "file-damaged", Args: model.Args{"path": path, "kind": kind}, Err: err}
}
