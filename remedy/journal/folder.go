package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"updoc/disk/commit"
)

// directory is the folder of one journal as its log needs it: ordinary files, which flag
// opens for reading and writing, or for reading only. Blocks want more of a folder; that
// is disk/commit's.
type directory struct {
	path string
	flag int
}

func (d directory) open(name string, flag int) (commit.File, error) {
	f, err := os.OpenFile(filepath.Join(d.path, name), d.flag|flag, 0o600)
	if err != nil {
		return nil, err
	}
	return file{f}, nil
}

// Create makes a file.
func (d directory) Create(name string) (commit.File, error) {
	return d.open(name, os.O_CREATE|os.O_EXCL)
}

// Open opens a file.
func (d directory) Open(name string) (commit.File, error) { return d.open(name, 0) }

// Rename gives a file another name.
func (d directory) Rename(from, to string) error {
	return os.Rename(filepath.Join(d.path, from), filepath.Join(d.path, to))
}

// Remove removes a file.
func (d directory) Remove(name string) error { return os.Remove(filepath.Join(d.path, name)) }

// Sync makes names last.
func (d directory) Sync() error { return syncFolder(d.path) }

// syncFolder makes the names in a folder last. Windows does so by itself and refuses to
// be asked.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

type file struct{ *os.File }

// Size is the length in bytes.
func (f file) Size() (int64, error) {
	i, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return i.Size(), nil
}

// Allocate and ReadFresh are for blocks.
func (f file) Allocate(int64) error { return fs.ErrInvalid }

// ReadFresh is for blocks.
func (f file) ReadFresh([]byte, int64) error { return fs.ErrInvalid }
