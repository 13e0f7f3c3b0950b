package cli

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"updoc/disk"
	"updoc/format/wim"
	"updoc/model"
	"updoc/source"
	"updoc/source/folder"
)

// openInside opens a path inside a disk, a WIM or a folder.
func (in *inspector) openInside(image, inner string) (*subject, error) {
	outer, err := openLocal(image)
	if err != nil {
		return nil, err
	}
	name := image + ":" + inner
	switch {
	case outer.file == nil && isDir(image):
		return insideFolder(name, image, inner)
	case outer.file != nil && bytes.HasPrefix(readHead(outer), []byte(wimMagic)):
		return in.insideWIM(outer, name, inner)
	}
	outer.close()
	return in.insideDisk(image, name, inner)
}

// insideFolder opens a path in any case. Neither a name nor a link leads out.
func insideFolder(name, dir, inner string) (*subject, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, unreadable(dir, err)
	}
	s, err := insideFS(name, inner, folder.AnyCase(root.FS()))
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	closeFile := s.close
	s.close = func() error { return errors.Join(closeFile(), root.Close()) }
	return s, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func (in *inspector) insideDisk(image, name, inner string) (*subject, error) {
	d, err := disk.Open(in.ctx, image, disk.Options{Progress: in.progress})
	if errors.Is(err, disk.ErrNotDisk) {
		return nil, &model.Error{Code: "not-an-image", Args: model.Args{"path": image}, Err: err}
	}
	if err != nil {
		return nil, unreadable(image, err)
	}
	s, err := in.insideVolume(d, image, name, inner)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	closeFile := s.close
	s.close = func() error { return errors.Join(closeFile(), d.Close()) }
	return s, nil
}

func (in *inspector) insideVolume(d *disk.Disk, image, name, inner string) (*subject, error) {
	v, rest, err := in.volumeFor(volumesOf(d), image, innerPath(inner))
	if err != nil {
		return nil, err
	}
	fsys, err := v.open()
	if err != nil {
		return nil, v.lockedOr(image, err)
	}
	return insideFS(name, rest, fsys)
}

// innerPath turns a Windows path, with or without drive letter, into one of io/fs.
func innerPath(p string) string {
	p = strings.ReplaceAll(p, `\`, "/")
	if len(p) >= 2 && p[1] == ':' && isLetter(p[0]) {
		p = p[2:]
	}
	p = path.Clean("/" + p)[1:]
	if p == "" {
		return "."
	}
	return p
}

func insideFS(name, inner string, fsys fs.FS) (*subject, error) {
	inner = innerPath(inner)
	info, err := fs.Stat(fsys, inner)
	if err != nil {
		return nil, insideError(name, err)
	}
	if info.IsDir() {
		list, err := listFolder(fsys, inner)
		return &subject{name: name, list: list, close: noClose}, err
	}
	f, size, err := source.Open(fsys, inner)
	if err != nil {
		return nil, insideError(name, err)
	}
	beside, err := fs.Sub(fsys, path.Dir(inner))
	if err != nil {
		beside = nil
	}
	return &subject{name: name, file: f, size: size, beside: beside, base: path.Base(inner), close: f.Close}, nil
}

// insideError tells what is not there from what cannot be read.
func insideError(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &model.Error{Code: "source-not-found", Args: model.Args{"path": name}, Err: err}
	}
	return unreadable(name, err)
}

// maxInMemory is how many bytes of a file out of a WIM are kept in memory; a larger
// one is written to a temporary file.
const maxInMemory = 8 << 20

// insideWIM takes a file out of image 1.
func (in *inspector) insideWIM(outer *subject, name, inner string) (*subject, error) {
	defer outer.close()
	w, err := wim.Open(outer.file, outer.size)
	if err != nil {
		return nil, wimError(outer.name, err)
	}
	entry, err := w.Stat(1, inner)
	if err != nil {
		return nil, insideWIMError(name, err)
	}
	if entry.IsDir() {
		list, err := listWIM(w, entry.Path)
		return &subject{name: name, list: list, close: noClose}, err
	}
	r, err := w.OpenFile(1, inner)
	if err != nil {
		return nil, insideWIMError(name, err)
	}
	s, err := spool(contextReader{in.ctx, r}, r.Size())
	if err != nil && !errors.Is(err, wim.ErrHash) {
		return nil, insideWIMError(name, err)
	}
	s.name, s.base = name, path.Base(entry.Path)
	if err != nil {
		s.notes = []string{err.Error()}
	}
	return s, nil
}

func insideWIMError(name string, err error) error {
	switch {
	case errors.Is(err, wim.ErrDamaged):
		return damagedFile(name, "WIM", err)
	case errors.Is(err, wim.ErrUnsupported):
		return wimUnsupported(name, err)
	}
	return insideError(name, err)
}

// spool makes a stream randomly accessible. What was read before an error is kept.
func spool(r io.Reader, size int64) (*subject, error) {
	if size <= maxInMemory {
		raw, err := io.ReadAll(io.LimitReader(r, maxInMemory))
		return &subject{file: bytes.NewReader(raw), size: int64(len(raw)), close: noClose}, err
	}
	f, err := os.CreateTemp("", "updoc-inspect-")
	if err != nil {
		return nil, err
	}
	remove := func() error { return errors.Join(f.Close(), os.Remove(f.Name())) }
	n, err := io.Copy(f, r)
	if err != nil && !errors.Is(err, wim.ErrHash) {
		return nil, errors.Join(err, remove())
	}
	return &subject{file: f, size: n, close: remove}, err
}
