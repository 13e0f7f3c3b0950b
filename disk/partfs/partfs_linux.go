package partfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// maxRequest is how many bytes the kernel hands over at once, the most that it can.
const maxRequest = 1 << 20

// server is the kernel's side of the mount.
type server struct {
	*fuse.Server
	root *folder
}

// serve mounts an empty folder. Nothing is cached by the kernel, not even names.
func serve(dir string) (*server, error) {
	if err := usable(); err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); errors.Is(err, syscall.ENOTCONN) {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			return nil, fmt.Errorf("a mount left behind cannot be taken away: %w", err)
		}
	}
	root := &folder{}
	s, err := fs.Mount(dir, root, &fs.Options{MountOptions: fuse.MountOptions{
		FsName: "updoc", Name: "updoc", DirectMount: true, DirectMountStrict: os.Geteuid() == 0,
		MaxWrite: maxRequest, DisableXAttrs: true, Logger: log.New(io.Discard, "", 0),
	}, EntryTimeout: new(time.Duration), AttrTimeout: new(time.Duration), NegativeTimeout: new(time.Duration)})
	if err != nil && (errors.Is(err, syscall.EPERM) || os.Geteuid() != 0) {
		return nil, fmt.Errorf("%w: %w", ErrPermission, err)
	}
	if err != nil {
		return nil, err
	}
	return &server{s, root}, nil
}

// usable tells whether the kernel has FUSE and lets us use it.
func usable() error {
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	switch {
	case err == nil:
		return f.Close()
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w: %w", ErrPermission, err)
	}
	return fmt.Errorf("%w: %w", ErrNoFUSE, err)
}

func (s *server) add(name string, v *view) {
	node := s.root.NewPersistentInode(context.Background(), &file{view: v}, fs.StableAttr{Mode: fuse.S_IFREG})
	s.root.AddChild(name, node, true)
}

func (s *server) remove(name string) { s.root.RmChild(name) }

// close unmounts. If somebody holds a file open, the connection is cut and the mount
// taken out of sight: the kernel then answers the holder with errors.
func (s *server) close(dir string) error {
	if s.Unmount() == nil {
		return nil
	}
	switch err := syscall.Unmount(dir, syscall.MNT_FORCE|syscall.MNT_DETACH); err {
	case nil:
		s.Wait()
		return nil
	case syscall.EINVAL: // somebody else has unmounted it
		return nil
	default:
		return err
	}
}
