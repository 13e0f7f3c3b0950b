package partfs

import (
	"context"
	"errors"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// folder is the root of the mount. Files come and go only by Show and Hide.
type folder struct{ fs.Inode }

// go-fuse takes a missing method for permission.
var (
	_ fs.NodeUnlinker = (*folder)(nil)
	_ fs.NodeRmdirer  = (*folder)(nil)
)

func (*folder) Unlink(context.Context, string) syscall.Errno { return syscall.EPERM }
func (*folder) Rmdir(context.Context, string) syscall.Errno  { return syscall.EPERM }

// file is one view as the kernel sees it. Locks are the kernel's own work.
type file struct {
	fs.Inode
	view *view
}

var (
	_ fs.NodeOpener    = (*file)(nil)
	_ fs.NodeReader    = (*file)(nil)
	_ fs.NodeWriter    = (*file)(nil)
	_ fs.NodeFsyncer   = (*file)(nil)
	_ fs.NodeGetattrer = (*file)(nil)
	_ fs.NodeSetattrer = (*file)(nil)
)

// Open lets the kernel forget what it kept of the file: the program may have written to the disk.
func (f *file) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	if flags&syscall.O_TRUNC != 0 {
		return nil, 0, syscall.EPERM
	}
	return nil, 0, 0
}

func (f *file) Read(_ context.Context, _ fs.FileHandle, p []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	n, err := f.view.read(p, off)
	if err != nil {
		return nil, syscall.EIO
	}
	return fuse.ReadResultData(p[:n]), 0
}

func (f *file) Write(_ context.Context, _ fs.FileHandle, p []byte, off int64) (uint32, syscall.Errno) {
	n, err := f.view.write(p, off)
	switch {
	case errors.Is(err, errFull):
		return 0, syscall.ENOSPC
	case err != nil:
		return 0, syscall.EIO
	}
	return uint32(n), 0
}

// Fsync is passed on to a disk that has something to make last.
func (f *file) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	if err := f.view.sync(); err != nil {
		return syscall.EIO
	}
	return 0
}

func (f *file) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode, out.Size = 0o600, uint64(f.view.size)
	return 0
}

// Setattr accepts the size that the file has, and times, which it does not keep.
func (f *file) Setattr(ctx context.Context, h fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	size, resize := in.GetSize()
	if resize && size != uint64(f.view.size) || in.Valid&(fuse.FATTR_MODE|fuse.FATTR_UID|fuse.FATTR_GID) != 0 {
		return syscall.EPERM
	}
	return f.Getattr(ctx, h, out)
}
