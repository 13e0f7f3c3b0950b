package commit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrUnsupported: this system cannot carry a journal or change a disk offline.
var ErrUnsupported = errors.New("not on this system")

// OSDir is the folder at path as a Dir; if it is missing, it is made, but not the
// folders above it.
func OSDir(path string) (Dir, error) {
	err := os.Mkdir(path, 0o700)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return osDir(path), syncDir(filepath.Dir(path))
}

type osDir string

func (d osDir) path(name string) string { return filepath.Join(string(d), name) }

func (d osDir) open(name string, flag int) (File, error) {
	f, err := os.OpenFile(d.path(name), os.O_RDWR|flag, 0o600)
	if err != nil {
		return nil, err
	}
	return &osFile{File: f}, nil
}

// Create makes a file.
func (d osDir) Create(name string) (File, error) { return d.open(name, os.O_CREATE|os.O_EXCL) }

// Open opens a file.
func (d osDir) Open(name string) (File, error) { return d.open(name, 0) }

// Rename renames a file over whatever is there.
func (d osDir) Rename(from, to string) error { return os.Rename(d.path(from), d.path(to)) }

// Remove removes a file.
func (d osDir) Remove(name string) error { return os.Remove(d.path(name)) }

// Sync makes names last.
func (d osDir) Sync() error { return syncDir(string(d)) }

// osFile is a file or block device. It is used by one goroutine at a time where it is
// read past the cache.
type osFile struct {
	*os.File
	fresh freshReader
}

// Size is the length in bytes, of a block device too.
func (f *osFile) Size() (int64, error) { return f.Seek(0, 2) }

// Allocate makes the file size bytes long, all of them on the medium.
func (f *osFile) Allocate(size int64) error {
	have, err := f.Size()
	if err != nil || have >= size {
		return err
	}
	return allocate(f.File, have, size)
}

// ReadFresh reads past the cache.
func (f *osFile) ReadFresh(p []byte, off int64) error { return f.fresh.read(f.File, p, off) }

// Close closes the file.
func (f *osFile) Close() error { return errors.Join(f.fresh.close(), f.File.Close()) }
