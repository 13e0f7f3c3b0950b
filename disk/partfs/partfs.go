// Package partfs shows stretches of a disk as regular files of their own, so that tools
// that know no offset (ntfsresize, mkntfs, ntfscp, ntfs-3g, mtools, wimlib-imagex) run
// unchanged on one partition of an overlay. It is a FUSE file system of our own process:
// Linux only, no loop device needed.
//
// It may import the standard library and go-fuse. It must never look at what it passes
// on, never let a tool reach a byte outside the stretch it was shown, and never keep a
// copy: what the program writes to the disk is what the next read of a file gives, and
// the other way round.
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

// Hide takes the file away. It returns when the last read or write through it is done;
// whoever has it open still gets errors from then on. No file of that name is no error.
func (f *FS) Hide(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return ErrClosed
	}
	if v := f.views[name]; v != nil {
		f.server.remove(name)
		v.end()
		delete(f.views, name)
	}
	return nil
}

// Close takes all files away, unmounts the folder and waits until nothing is passed on
// any more. Whoever still has a file open gets errors. A second Close does nothing.
func (f *FS) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	for _, v := range f.views {
		v.end()
	}
	if err := f.server.close(f.dir); err != nil {
		return fmt.Errorf("%s stays mounted: %w", f.dir, err)
	}
	f.closed = true
	return nil
}
