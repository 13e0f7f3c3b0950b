package winapi

import (
	"errors"
	"io"
	"sync"
	"unsafe"
)

// ReaderAtCloser is raw sectors, to be read anywhere and in any length. It may be used by
// many goroutines.
type ReaderAtCloser interface {
	io.ReaderAt
	io.Closer
}

// chunk bounds one read of a raw disk, bytes; a multiple of every sector size.
const chunk = 1 << 20

// aligned reads a device that only reads whole sectors into memory at a sector's
// boundary: it reads those around what is asked for, and gives the part. Beyond size
// there is io.EOF.
type aligned struct {
	of     ReaderAtCloser
	sector int64
	size   int64

	mu  sync.Mutex
	buf []byte
}

// newAligned: sector is a power of two up to chunk; another one counts as 4096, of which
// all that exist are divisors.
func newAligned(of ReaderAtCloser, sector uint32, size int64) *aligned {
	if sector == 0 || sector > chunk || sector&(sector-1) != 0 {
		sector = 4096
	}
	return &aligned{of: of, sector: int64(sector), size: size, buf: boundary(chunk, int(sector))}
}

// boundary is n bytes of memory that begin at a multiple of to.
func boundary(n, to int) []byte {
	b := make([]byte, n+to)
	skip := to - int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))%uintptr(to))
	return b[skip : skip+n]
}

// Close closes the device.
func (a *aligned) Close() error { return a.of.Close() }

// ReadAt implements io.ReaderAt.
func (a *aligned) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, &Error{Call: "read-disk", Code: errInvalidData, Text: "negative offset"}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	done := 0
	for done < len(p) {
		if off >= a.size {
			return done, io.EOF
		}
		n, err := a.part(p[done:], off)
		done, off = done+n, off+int64(n)
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// part reads as much as one read of the device gives.
func (a *aligned) part(p []byte, off int64) (int, error) {
	start := off &^ (a.sector - 1)
	skip := int(off - start)
	want := min(int64(skip)+int64(len(p)), a.size-start, chunk)
	whole := min((want+a.sector-1)&^(a.sector-1), chunk)
	got, err := a.of.ReadAt(a.buf[:whole], start)
	if int64(got) >= want {
		err = nil
	} else if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return copy(p, a.buf[min(skip, got):min(int64(got), want)]), err
}
