// Package partfs shows stretches of a disk as regular files of their own, so that tools
// that know no offset (ntfsresize, mkntfs, ntfscp, ntfs-3g, mtools, wimlib-imagex) run
// unchanged on one partition of an overlay. It is a FUSE file system of our own process:
// Linux only, no loop device needed.
//
// It may import the standard library and go-fuse. It must never look at what it passes
// on, and never let a tool reach a byte outside the stretch it was shown.
//
// The kernel gathers what a tool writes, for speed. What a tool has written is on the
// disk when it has closed the file, or after Sync or Hide; what the program has written
// to the disk is in the file for whoever opens it then, or after Sync. Between two views
// of the same bytes it is the same.
package partfs

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
)

// Errors of Mount.
var (
	// ErrUnsupported: this system has no FUSE that we can serve.
	ErrUnsupported = errors.New("partitions can be shown as files on Linux only")
	// ErrNoFUSE: /dev/fuse is missing, as in a container that was not given it.
	ErrNoFUSE = errors.New("/dev/fuse is missing")
	// ErrPermission: the user may neither mount nor use fusermount3 (package fuse3).
	ErrPermission = errors.New("no permission to mount a FUSE file system")
)

// Errors of Show and Hide.
var (
	ErrClosed = errors.New("the file system is closed")
	ErrName   = errors.New("not a name for a new file")
	ErrRange  = errors.New("not a stretch of a disk")
)

// Device is the disk that is shown. It is used by several goroutines at once.
type Device interface {
	io.ReaderAt
	io.WriterAt
}

// FS is a mounted folder of views. Several goroutines may use it at once.
type FS struct {
	dir    string
	dev    Device
	server *server

	mu     sync.Mutex
	views  map[string]*view
	closed bool
}

// Mount mounts an empty folder of views of dev over dir, which must be there. A mount
// over dir whose program has died is taken away first. Close ends it.
func Mount(dir string, dev Device) (*FS, error) {
	server, err := serve(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return &FS{dir: dir, dev: dev, server: server, views: map[string]*view{}}, nil
}

// Show lets the bytes from start on, size of them, appear as a file of that name and
// size, and gives its path. The file can be read, written and locked; it cannot grow,
// shrink, or go away but by Hide. Views may overlap. ErrName if the name is in use or
// none, ErrRange, or ErrClosed.
func (f *FS) Show(name string, start, size int64) (path string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return "", ErrClosed
	case f.views[name] != nil || name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00"):
		return "", fmt.Errorf("%q: %w", name, ErrName)
	case start < 0 || size <= 0 || start+size < 0:
		return "", fmt.Errorf("%d bytes at %d: %w", size, start, ErrRange)
	}
	v := &view{dev: f.dev, start: start, size: size}
	f.views[name] = v
	f.server.add(name, v)
	return filepath.Join(f.dir, name), nil
}

// Sync makes what tools have written so far reach the disk, and what was written to the
// disk appear in the files, also for tools that hold them open. The error is the first
// that a read or write through a view got from the disk, or that left its view.
func (f *FS) Sync() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return ErrClosed
	}
	return f.sync()
}

func (f *FS) sync() error {
	var errs []error
	for name := range f.views {
		errs = append(errs, f.flush(name))
	}
	for name := range f.views { // after all are written: views may overlap
		f.server.forget(name)
	}
	return errors.Join(errs...)
}

// flush makes one file's bytes reach the disk. What the disk said is worth more than
// what the kernel made of it.
func (f *FS) flush(name string) error {
	err := f.server.sync(filepath.Join(f.dir, name))
	if first := f.views[name].failed(); first != nil {
		err = first
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// Hide takes the file away, after its bytes have reached the disk. Whoever has it open
// gets errors from then on. The error is as of Sync: a tool that reports success may
// have missed one, so that it must be looked at. The file is gone either way. No file of
// that name is no error.
func (f *FS) Hide(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return ErrClosed
	}
	v := f.views[name]
	if v == nil {
		return nil
	}
	err := f.flush(name)
	v.end()
	f.server.forget(name)
	f.server.remove(name)
	delete(f.views, name)
	return err
}

// Close takes all files away as Hide does, unmounts the folder and waits until nothing
// is passed on any more. Whoever still has a file open gets errors. The error is as of
// Sync, or says that the folder stays mounted; then Close may be tried again. After
// success a second Close does nothing.
func (f *FS) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	said := f.sync()
	for _, v := range f.views {
		v.end()
	}
	if err := f.server.close(f.dir); err != nil {
		return errors.Join(said, fmt.Errorf("%s stays mounted: %w", f.dir, err))
	}
	f.closed = true
	return said
}
