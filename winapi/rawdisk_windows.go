package winapi

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sys/windows"
)

// OpenDisk opens the sectors of a disk to read, and tells its size in bytes. Needs
// administrator rights. The error is a *Error or ErrUnsupported.
func OpenDisk(number uint32) (ReaderAtCloser, int64, error) {
	return openRaw(fmt.Sprintf(`\\.\PhysicalDrive%d`, number))
}

// OpenRawVolume opens the sectors of a volume, \\?\Volume{…}\, as OpenDisk does.
func OpenRawVolume(path string) (ReaderAtCloser, int64, error) {
	return openRaw(strings.TrimSuffix(path, `\`))
}

// openRaw gives a device up that does not even open within the limit.
func openRaw(path string) (ReaderAtCloser, int64, error) {
	type opened struct {
		raw  *aligned
		size int64
	}
	got, err := bounded(context.Background(), oneLimit, func() (opened, error) {
		h, err := openDevice(path, windows.GENERIC_READ)
		if err != nil {
			return opened{}, err
		}
		size, sector, err := sizesOf(h)
		if err != nil {
			windows.CloseHandle(h)
			return opened{}, err
		}
		return opened{newAligned(newLimited(device(h)), sector, size), size}, nil
	})
	if err != nil {
		return nil, 0, named(context.Background(), "open-raw", err)
	}
	return got.raw, got.size, nil
}

// sizesOf asks a disk or volume for its length; a sector size that it does not tell is 0.
func sizesOf(h windows.Handle) (size int64, sector uint32, err error) {
	length, err := control(h, ioctlLength, nil, 8)
	if err != nil {
		return 0, 0, err
	}
	f := fields{b: length}
	size = int64(f.u64(0))
	if geometry, err := control(h, ioctlGeometry, nil, 256); err == nil {
		sector, _, _ = parseGeometry(geometry)
	}
	// The last sectors of a volume, behind its file system; a disk does not know the code.
	_, _ = control(h, fsctlWholeRead, nil, 1)
	return size, sector, f.err()
}

// device reads a handle of a disk or volume, whole sectors only.
type device windows.Handle

// ReadAt implements io.ReaderAt by ReadFile.
func (d device) ReadAt(p []byte, off int64) (int, error) {
	var n uint32
	at := windows.Overlapped{Offset: uint32(off), OffsetHigh: uint32(off >> 32)}
	err := windows.ReadFile(windows.Handle(d), p, &n, &at)
	if err != nil {
		return int(n), named(context.Background(), "read-raw", err)
	}
	return int(n), nil
}

// Close closes the handle.
func (d device) Close() error { return windows.CloseHandle(windows.Handle(d)) }
