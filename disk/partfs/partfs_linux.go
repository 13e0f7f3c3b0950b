package partfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// maxRequest is how many bytes the kernel hands over at once, the most that it can.
const maxRequest = 1 << 20

// Supported tells whether this system can show partitions as files at all.
const Supported = true

// server is the kernel's side of the mount.
type server struct {
	*fuse.Server
	root *folder
}

// forever is how long the kernel may rely on the size of a file, which never changes.
const forever = 24 * time.Hour

// serve mounts an empty folder. The kernel gathers small writes: ntfs-3g makes seven requests for each
// block of a file it writes, and 40 MB took 29 s without that, 1 s with it.
func serve(dir string) (*server, error) {
	if err := usable(); err != nil {
		return nil, err
	}
	if err := clearFolder(dir); err != nil {
		return nil, err
	}
	root, never, size := &folder{}, time.Duration(0), forever
	s, err := fs.Mount(dir, root, &fs.Options{MountOptions: fuse.MountOptions{
		FsName: "updoc", Name: "updoc", DirectMount: true, DirectMountStrict: os.Geteuid() == 0,
		MaxWrite: maxRequest, DisableXAttrs: true, Logger: log.New(io.Discard, "", 0),
		ExtraCapabilities: fuse.CAP_WRITEBACK_CACHE, ExplicitDataCacheControl: true,
	}, EntryTimeout: &never, AttrTimeout: &size, NegativeTimeout: &never})
	if err != nil && (errors.Is(err, syscall.EPERM) || os.Geteuid() != 0) {
		return nil, fmt.Errorf("%w: %w", ErrPermission, err)
	}
	if err != nil {
		return nil, err
	}
	if err := keepToOurselves(); err != nil {
		return nil, errors.Join(err, s.Unmount())
	}
	return &server{s, root}, nil
}

// keepToOurselves keeps our end of /dev/fuse from the programs we start, which go-fuse
// does not. Whoever holds it keeps the mount alive: a tool that outlives us would wait for
// answers that nobody gives any more, and could not even be killed.
func keepToOurselves() error {
	const own = "/proc/self/fd"
	entries, err := os.ReadDir(own)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if to, err := os.Readlink(filepath.Join(own, e.Name())); err != nil || to != "/dev/fuse" {
			continue
		}
		if fd, err := strconv.Atoi(e.Name()); err == nil {
			syscall.CloseOnExec(fd)
		}
	}
	return nil
}

// clearFolder takes away the mount that a program has left over dir when it died.
func clearFolder(dir string) error {
	_, err := os.Stat(dir)
	if !errors.Is(err, syscall.ENOTCONN) {
		return err
	}
	if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
		return fmt.Errorf("a mount left behind cannot be taken away: %w", err)
	}
	return nil
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

// sync lets the kernel hand over what it holds of a file, and wait for that.
func (s *server) sync(path string) error {
	fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_CLOEXEC, 0) // which also forgets what was read
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	return syscall.Fsync(fd)
}

// forget lets the kernel read a file anew.
func (s *server) forget(name string) {
	if node := s.root.GetChild(name); node != nil {
		node.NotifyContent(0, 0) // an error says that nothing was kept
	}
}

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
