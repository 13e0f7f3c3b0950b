// Package container opens what a disk can be kept in: a raw image, a block device, a fixed or
// dynamic VHD or VHDX, a qcow2, and a raw image packed with gzip or zstandard. Every one is offered as
// one flat row of bytes.
//
// It may import the standard library, codec/wintype, disk/damage and the zstandard library. It must never write to
// what it opens, never follow a backing file or a parent, and never guess: a form it cannot read
// whole is refused with a hint how to convert it.
package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"updoc/disk/damage"
)

// Formats an Image can have. A packed one is the inner name plus ".gz" or ".zst".
const (
	Raw    = "raw"
	Device = "device"
	VHD    = "vhd"
	VHDX   = "vhdx"
	QCOW2  = "qcow2"
)

// ErrNotDisk says that the file is no disk image: empty, a folder, plain text, or a file of another
// well-known kind.
var ErrNotDisk = errors.New("not a disk image")

// UnsupportedError refuses a disk format that is recognised but not read.
type UnsupportedError struct {
	// Format names what was found, for example "vmdk" or "qcow2 with a backing file".
	Format string
	// Why is "log", "parent" or "damaged" for a known form that needs more than reading, else empty.
	Why string
	// Hint is one sentence that tells a person what to do, usually a convert command.
	Hint string
}

// Error gives the format; the hint is printed apart by whoever shows it.
func (e *UnsupportedError) Error() string { return e.Format + " is not supported" }

// Options steer Open. The zero value is fine.
type Options struct {
	// Progress, if set, is called while a packed image is unpacked, with packed bytes done and in all.
	Progress func(done, total int64)
	// TempLimit is how many bytes an unpacked image may take up on the temporary drive; blocks of
	// zeros take none. 0 means DefaultTempLimit.
	TempLimit int64
	// TempDir is where a packed image is unpacked; empty means the system's temporary folder.
	TempDir string
}

// Image is an open disk. ReadAt may be called from several goroutines. Inside Size, bytes that the
// file no longer has give io.ErrUnexpectedEOF; so do reads past Size.
type Image interface {
	io.ReaderAt
	io.Closer
	// Size is the length of the disk in bytes as its container declares it.
	Size() int64
	// SectorSize is the logical sector size in bytes if the container or device knows it, else 0.
	SectorSize() int
	// Format is one of the constants above, or one with ".gz" or ".zst" behind it.
	Format() string
	// Problems lists damage of the container found so far, nil if none.
	Problems() []damage.Problem
}

// Open opens the file or block device at path, read-only. A file that is no disk gives an error that
// wraps ErrNotDisk; a form that is not read gives *UnsupportedError; unpacking stops with ctx.
func Open(ctx context.Context, path string, opts Options) (Image, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := openable(st); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	img, err := openFile(ctx, f, opts)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return img, nil
}

// openable is asked before opening: to open a pipe would wait for its other end.
func openable(st os.FileInfo) error {
	switch {
	case st.IsDir():
		return fmt.Errorf("a folder: %w", ErrNotDisk)
	case st.Mode()&os.ModeDevice == 0 && !st.Mode().IsRegular():
		return fmt.Errorf("no regular file: %w", ErrNotDisk)
	}
	return nil
}

func openFile(ctx context.Context, f *os.File, opts Options) (Image, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if st.Mode()&os.ModeDevice != 0 {
		return openDevice(f)
	}
	src := &fileSource{f: f, size: st.Size()}
	head := readHead(src)
	if packed := packedKind(head); packed != "" {
		return unpack(ctx, src, packed, opts)
	}
	img, err := openSource(src, head)
	if err == nil && img.Format() == Raw && strings.EqualFold(filepath.Ext(f.Name()), ".vhd") {
		src.log.Add("vhd-footer-missing", src.size, "the file is named .vhd and has no footer: it may be cut short, and is read as raw")
	}
	return img, err
}

// openSource opens what is not packed; the source is closed by the image it returns.
func openSource(src *fileSource, head []byte) (Image, error) {
	if err := refuse(head, src); err != nil {
		return nil, err
	}
	if isQCOW2(head) {
		return openQCOW2(src)
	}
	if isVHDX(head) {
		return openVHDX(src)
	}
	if img, err := openVHD(src, head); img != nil || err != nil {
		return img, err
	}
	return &rawImage{fileSource: src, format: Raw}, nil
}

// headLen covers the magic numbers of every container.
const headLen = 4096

func readHead(src *fileSource) []byte {
	head := make([]byte, headLen)
	n, _ := src.f.ReadAt(head, 0)
	return head[:n]
}
