package partfs

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// errEnded is what a read or write gets whose view was taken away; errFull a write that
// leaves its view.
var (
	errEnded = errors.New("the view was taken away")
	errFull  = errors.New("the view cannot grow")
)

// view is one stretch of the disk in bytes.
type view struct {
	dev         Device
	start, size int64

	// use is held for reading while bytes are passed on.
	use   sync.RWMutex
	ended bool

	// said is the first error, which a tool may have missed.
	said atomic.Pointer[error]
}

// failed is the first error that a read or write got.
func (v *view) failed() error {
	if err := v.said.Load(); err != nil {
		return *err
	}
	return nil
}

func (v *view) note(err error) {
	if err != nil {
		v.said.CompareAndSwap(nil, &err)
	}
}

// end lets no more bytes through, and waits for those on their way.
func (v *view) end() {
	v.use.Lock()
	defer v.use.Unlock()
	v.ended = true
}

// read fills p from off on as far as the view goes, and gives how much that is.
func (v *view) read(p []byte, off int64) (int, error) {
	v.use.RLock()
	defer v.use.RUnlock()
	if v.ended {
		return 0, errEnded
	}
	p = v.within(p, off)
	if len(p) == 0 {
		return 0, nil
	}
	n, err := v.dev.ReadAt(p, v.start+off)
	switch {
	case n == len(p):
		return n, nil
	case err == nil || err == io.EOF:
		err = io.ErrUnexpectedEOF // the disk is shorter than the view: a fault, no end of file
	}
	v.note(err)
	return n, err
}

// write writes p at off as far as the view goes, and gives how much that is; less than
// all of p is errFull.
func (v *view) write(p []byte, off int64) (int, error) {
	v.use.RLock()
	defer v.use.RUnlock()
	if v.ended {
		return 0, errEnded
	}
	fits := v.within(p, off)
	if len(fits) == 0 && len(p) > 0 {
		v.note(errFull)
		return 0, errFull
	}
	n, err := v.dev.WriteAt(fits, v.start+off)
	if err == nil && n < len(p) {
		err = errFull
	}
	v.note(err)
	return n, err
}

// sync lets the disk make everything last, if it is one that does: an overlay has nothing
// to wait for.
func (v *view) sync() error {
	d, ok := v.dev.(interface{ Sync() error })
	if !ok {
		return nil
	}
	err := d.Sync()
	v.note(err)
	return err
}

// within is the part of p that lies in the view if it begins at off.
func (v *view) within(p []byte, off int64) []byte {
	if off < 0 || off >= v.size {
		return nil
	}
	return p[:min(int64(len(p)), v.size-off)]
}
