package image

import (
	"errors"
	"io"

	"updoc/disk/commit"
	"updoc/model"
)

// reader is the target in the place of a device that must not be written.
type reader struct{ *Target }

var errReadOnly = errors.New("the disk is open for reading only")

func (r reader) WriteAt([]byte, int64) (int, error) { return 0, errReadOnly }
func (r reader) Sync() error                        { return nil }

// ReadFresh reads through the cache: whoever writes later reads past it again.
func (r reader) ReadFresh(p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// Reader is the disk as a commit prepares for it: nothing can be written through it.
func (t *Target) Reader() commit.Device { return reader{t} }

// Writer opens the disk for writing. The lock passes to it. The error is a *model.Error:
// disk-in-use, disk-changed.
func (t *Target) Writer() (*commit.Disk, error) {
	if err := t.Unchanged(); err != nil {
		return nil, err
	}
	t.unlock()
	if err := t.users(); err != nil {
		return nil, err
	}
	d, err := commit.OpenDevice(t.path, t.Size())
	if err != nil {
		return nil, &model.Error{Code: "disk-in-use", Args: model.Args{"path": t.path, "by": "system"}, Err: err}
	}
	return d, nil
}

func (t *Target) unlock() {
	for _, f := range t.locks {
		f.Close() // opened for reading: there is nothing to lose
	}
	t.locks = nil
}
