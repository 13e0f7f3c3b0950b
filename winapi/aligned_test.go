package winapi

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"unsafe"
)

// strict is a disk that reads as Windows lets one be read: whole sectors, into memory at
// a sector's boundary.
type strict struct {
	t      *testing.T
	data   []byte
	sector int
	closed int
	fail   error
}

func (s *strict) ReadAt(p []byte, off int64) (int, error) {
	if off%int64(s.sector) != 0 || len(p)%s.sector != 0 || len(p) == 0 || uintptr(unsafe.Pointer(&p[0]))%uintptr(s.sector) != 0 {
		s.t.Errorf("unaligned read of %d bytes at %d", len(p), off)
		return 0, errors.New("unaligned")
	}
	if s.fail != nil {
		return 0, s.fail
	}
	n := copy(p, s.data[min(off, int64(len(s.data))):])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (s *strict) Close() error { s.closed++; return nil }

func disk(t *testing.T, sector, size int) *strict {
	s := &strict{t: t, data: make([]byte, size), sector: sector}
	r := rand.NewChaCha8([32]byte{1})
	r.Read(s.data)
	return s
}

func TestAlignedReadsAnythingFromWholeSectors(t *testing.T) {
	for _, sector := range []int{512, 4096} {
		d := disk(t, sector, 5*chunk/2/sector*sector)
		a := newAligned(d, uint32(sector), int64(len(d.data)))
		size := int64(len(d.data))
		for _, c := range [][2]int64{{0, 1}, {1, 1}, {511, 2}, {0, 512}, {chunk - 1, 2}, {3, size - 5}, {0, size}, {size - 1, 1}, {size - 4097, 4097}, {7, 0}} {
			p := make([]byte, c[1])
			n, err := a.ReadAt(p, c[0])
			if int64(n) != c[1] || err != nil || !bytes.Equal(p, d.data[c[0]:c[0]+c[1]]) {
				t.Errorf("sector %d: %d bytes at %d: %d %v", sector, c[1], c[0], n, err)
			}
		}
		p := make([]byte, 100)
		if n, err := a.ReadAt(p, size-30); n != 30 || err != io.EOF || !bytes.Equal(p[:30], d.data[size-30:]) {
			t.Errorf("beyond its end: %d %v", n, err)
		}
		if n, err := a.ReadAt(p, size+5); n != 0 || err != io.EOF {
			t.Errorf("behind its end: %d %v", n, err)
		}
		if _, err := a.ReadAt(p, -1); err == nil {
			t.Error("a negative offset is read")
		}
		if a.Close() != nil || d.closed != 1 {
			t.Error("not closed")
		}
	}
}

// A volume's length need not be whole sectors of the size that is assumed.
func TestAlignedWithAnOddEnd(t *testing.T) {
	d := disk(t, 4096, 3*4096+512)
	a := newAligned(d, 0, int64(len(d.data)))
	p := make([]byte, 600)
	if n, err := a.ReadAt(p, 3*4096-88); n != 600 || err != nil || !bytes.Equal(p, d.data[3*4096-88:]) {
		t.Error(n, err)
	}
}

func TestAlignedTellsErrors(t *testing.T) {
	d := disk(t, 512, 4096)
	short := newAligned(d, 512, 9000)
	p := make([]byte, 1000)
	if n, err := short.ReadAt(p, 3700); n != 396 || !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.Equal(p[:n], d.data[3700:]) {
		t.Errorf("a disk shorter than it says: %d %v", n, err)
	}
	d.fail = &Error{Call: "read-raw", Code: 23}
	if n, err := newAligned(d, 512, 4096).ReadAt(p, 5); n != 0 || !errors.Is(err, d.fail) {
		t.Error(n, err)
	}
}

func TestAlignedIsSharedByGoroutines(t *testing.T) {
	d := disk(t, 512, 1<<16)
	a := newAligned(d, 512, 1<<16)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			p := make([]byte, 777)
			for off := int64(i); off < 60000; off += 997 {
				if _, err := a.ReadAt(p, off); err != nil || !bytes.Equal(p, d.data[off:off+777]) {
					t.Errorf("at %d: %v", off, err)
				}
			}
		})
	}
	all.Wait()
}
