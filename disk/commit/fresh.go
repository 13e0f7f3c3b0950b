package commit

import (
	"io"
	"os"
	"unsafe"
)

// align is what reading past the cache asks of offset, length and memory: enough for
// every sector size in use.
const align = 4096

// freshReader reads one file past the cache: directly, or where the file system refuses
// that, after having the cache dropped.
type freshReader struct {
	direct  *os.File
	refused bool
	buf     []byte // aligned
}

func (r *freshReader) read(f *os.File, p []byte, off int64) error {
	if !r.refused {
		err := r.readDirect(f, p, off)
		if err == nil || !refused(err) {
			return err
		}
		r.refused = true
	}
	if err := forget(f, off, int64(len(p))); err != nil {
		return err
	}
	return readFull(f, p, off)
}

func (r *freshReader) readDirect(f *os.File, p []byte, off int64) (err error) {
	if r.direct == nil {
		if r.direct, err = openDirect(f); err != nil {
			return err
		}
		r.buf = aligned(maxBatch*align + 2*align)
	}
	for len(p) > 0 {
		n, err := r.window(p, off)
		if err != nil {
			return err
		}
		p, off = p[n:], off+int64(n)
	}
	return nil
}

// window reads the aligned stretch around off, as much of it as the buffer holds.
func (r *freshReader) window(p []byte, off int64) (int, error) {
	skip := off % align
	size := min((skip+int64(len(p))+align-1)/align*align, int64(len(r.buf)))
	n, err := r.direct.ReadAt(r.buf[:size], off-skip)
	if n = min(n-int(skip), len(p)); n > 0 {
		return copy(p[:n], r.buf[skip:]), nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return 0, err
}

func (r *freshReader) close() error {
	if r.direct == nil {
		return nil
	}
	return r.direct.Close()
}

func aligned(size int) []byte {
	p := make([]byte, size+align)
	skip := (align - int(uintptr(unsafe.Pointer(&p[0]))%align)) % align
	return p[skip : skip+size]
}
