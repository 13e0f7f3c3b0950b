package doctor

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"time"
)

// target is where copies go. Names have slashes and are valid for io/fs. It is used by
// one goroutine at a time.
type target interface {
	// Room is how many bytes may be written.
	Room() (int64, error)
	// Create begins a file anew, with the folders above it. Close makes it durable.
	Create(name string) (io.WriteCloser, error)
	// Open reads a file back, from the medium where the system lets it.
	Open(name string) (io.ReadCloser, error)
	// Size is the size of a file; the error wraps fs.ErrNotExist if there is none.
	Size(name string) (int64, error)
	// Rename gives a file its name, in place of what had it.
	Rename(from, to string) error
	Remove(name string) error
	// SetTime sets the time of modification.
	SetTime(name string, t time.Time) error
}

// folderTarget is a folder of this computer. Nothing outside it is touched, whatever
// links are in it.
type folderTarget struct{ root *os.Root }

// openTarget makes the folder if need be.
func openTarget(dir string) (*folderTarget, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &folderTarget{root}, nil
}

func (t *folderTarget) Room() (int64, error) { return freeRoom(t.root.Name()) }

func (t *folderTarget) Create(name string) (io.WriteCloser, error) {
	if err := t.root.MkdirAll(path.Dir(name), 0o777); err != nil {
		return nil, err
	}
	f, err := t.root.Create(name)
	if err != nil {
		return nil, err
	}
	return &durable{f}, nil
}

// durable is on its medium once it is closed.
type durable struct{ *os.File }

func (d *durable) Close() error {
	return errors.Join(d.Sync(), d.File.Close())
}

func (t *folderTarget) Open(name string) (io.ReadCloser, error) {
	f, err := t.root.Open(name)
	if err == nil {
		forget(f)
	}
	return f, err
}

func (t *folderTarget) Size(name string) (int64, error) {
	info, err := t.root.Lstat(name)
	switch {
	case err != nil:
		return 0, err
	case !info.Mode().IsRegular():
		return 0, &fs.PathError{Op: "size", Path: name, Err: fs.ErrInvalid}
	}
	return info.Size(), nil
}

func (t *folderTarget) Rename(from, to string) error { return t.root.Rename(from, to) }
func (t *folderTarget) Remove(name string) error     { return t.root.Remove(name) }
func (t *folderTarget) SetTime(name string, at time.Time) error {
	return t.root.Chtimes(name, at, at)
}
