package cbs

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

// Sizes of a region's buffer. Small enough to stay in a core's cache, large
// enough that a system call per region costs little.
const (
	regionSize = 256 << 10
	lookBehind = 16       // more than a tag's beginning
	lookAhead  = 4 << 10  // most lines end within
	maxAhead   = 64 << 10 // what is seen of a longer line
)

// region is a stretch of the file with some bytes before and after it.
type region struct {
	index     int
	base      int64 // file offset of buf[0]
	buf       []byte
	lo, hi    int  // the region proper in buf
	lineStart bool // a line begins at buf[lo]
	unread    int64
	scanner   scanner
}

// regions hands out the regions of a file in order. next may be called by
// several goroutines; it returns false at the end and after an error.
type regions interface {
	next(*region) (bool, error)
}

// fileRegions cuts a file with random access: the regions are read by those
// who ask, at the same time.
type fileRegions struct {
	r    io.ReaderAt
	size int64
	bom  int64
	step int64
	mu   sync.Mutex
	n    int
}

func (f *fileRegions) next(r *region) (bool, error) {
	f.mu.Lock()
	r.index = f.n
	f.n++
	f.mu.Unlock()
	start := f.bom + int64(r.index)*f.step
	if start >= f.size {
		return false, nil
	}
	f.load(r, start, min(start+f.step, f.size))
	return true, nil
}

// load reads [start, end) with what lies around it. A part that cannot be
// read is reported in the region, not as an error.
func (f *fileRegions) load(r *region, start, end int64) {
	from := max(start-lookBehind, 0)
	n, err := f.around(r, from, end)
	if err != nil && from+int64(n) <= start {
		from = start // the damage may lie before the region
		n, err = f.around(r, from, end)
	}
	r.lo = min(int(start-from), n)
	r.hi = min(int(end-from), n)
	r.unread = end - from - int64(r.hi)
	r.lineStart = start == f.bom || r.lo > 0 && r.buf[r.lo-1] == '\n'
	if err == nil && bytes.IndexByte(r.buf[r.hi:], '\n') < 0 {
		_, _ = f.read(r, len(r.buf), int(min(end+maxAhead, f.size)-from))
	}
}

func (f *fileRegions) around(r *region, from, end int64) (int, error) {
	r.base = from
	return f.read(r, 0, int(min(end+lookAhead, f.size)-from))
}

// read extends the buffer from have to want bytes and returns how many there
// are.
func (f *fileRegions) read(r *region, have, want int) (int, error) {
	if cap(r.buf) < want {
		grown := make([]byte, want, want+lookAhead)
		copy(grown, r.buf[:have])
		r.buf = grown
	}
	r.buf = r.buf[:want]
	n, err := f.r.ReadAt(r.buf[have:want], r.base+int64(have))
	r.buf = r.buf[:have+n]
	if have+n == want {
		err = nil
	}
	return have + n, err
}

// streamRegions cuts what a plain reader delivers.
type streamRegions struct {
	mu    sync.Mutex
	r     io.Reader
	step  int
	n     int
	base  int64  // file offset of carry[0]
	carry []byte // bytes before the next region and those already read of it
	lo    int    // where the next region begins in carry
	fresh bool   // nothing was handed out yet
	err   error  // why no more can be read
}

// newStream begins with the bytes already read in head, of which bom are a
// byte order mark.
func newStream(r io.Reader, head []byte, bom, step int) *streamRegions {
	return &streamRegions{r: r, step: step, carry: bytes.Clone(head), lo: bom, fresh: true}
}

func (s *streamRegions) next(r *region) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.index, r.base, r.unread = s.n, s.base, 0
	r.buf = append(r.buf[:0], s.carry...)
	s.extend(r, s.lo+s.step+lookAhead)
	r.lo, r.hi = s.lo, min(s.lo+s.step, len(r.buf))
	if r.hi <= r.lo {
		return false, s.failure()
	}
	if bytes.IndexByte(r.buf[r.hi:], '\n') < 0 {
		s.extend(r, r.hi+maxAhead)
	}
	r.lineStart = s.fresh || r.buf[r.lo-1] == '\n'
	s.n, s.fresh = s.n+1, false
	from := max(r.hi-lookBehind, 0)
	s.carry = append(s.carry[:0], r.buf[from:]...)
	s.base, s.lo = r.base+int64(from), r.hi-from
	return true, nil
}

// extend reads until the buffer holds want bytes or there are no more.
func (s *streamRegions) extend(r *region, want int) {
	have := len(r.buf)
	if s.err != nil || have >= want {
		return
	}
	if cap(r.buf) < want {
		r.buf = append(make([]byte, 0, want), r.buf...)
	}
	r.buf = r.buf[:want]
	for idle := 0; have < want && s.err == nil; idle++ {
		var n int
		n, s.err = s.r.Read(r.buf[have:])
		have += n
		if n > 0 {
			idle = 0
		} else if idle > 100 {
			s.err = io.ErrNoProgress
		}
	}
	r.buf = r.buf[:have]
}

func (s *streamRegions) failure() error {
	if s.err == nil || errors.Is(s.err, io.EOF) {
		return nil
	}
	return s.err
}
