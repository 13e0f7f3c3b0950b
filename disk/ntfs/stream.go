package ntfs

import (
	"fmt"
	"io"
	"sort"
	"sync"
)

// stream is the content of one attribute.
type stream struct {
	v     *Volume
	local []byte // the whole content if isLocal
	isLocal,
	meta bool // read through the cache
	runs       []Run
	size, init int64 // length, and how much of it was ever written: the rest is zeros
	unit       int64 // bytes of a compression unit, 0 if not compressed

	mu       sync.Mutex
	unitAt   int64 // which unit unpacked holds
	unpacked []byte
}

// newStream joins the pieces of an attribute, which stand in order.
func (v *Volume) newStream(pieces []attr) (*stream, error) {
	if len(pieces) == 0 {
		return nil, fmt.Errorf("attribute is not there: %w", ErrDamaged)
	}
	head := pieces[0]
	if head.local {
		return &stream{v: v, isLocal: true, local: head.value, size: head.size, init: head.size}, nil
	}
	s := &stream{v: v, size: head.size, init: head.init, unitAt: -1}
	if head.first != 0 {
		return nil, fmt.Errorf("first piece of attribute %#x is missing: %w", head.kind, ErrDamaged)
	}
	if head.flags&flagCompressed != 0 && head.unit > 0 {
		s.unit = v.boot.cluster << head.unit
		if s.unit > 1<<20 {
			return nil, fmt.Errorf("compression unit of %d bytes: %w", s.unit, ErrDamaged)
		}
	}
	for _, p := range pieces {
		s.runs = append(s.runs, p.runs...)
	}
	return s, nil
}

// ReadAt reads the content; it follows io.ReaderAt.
func (s *stream) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("negative offset %d", off)
	}
	if off >= s.size {
		return 0, io.EOF
	}
	var end error
	if int64(len(p)) > s.size-off {
		p, end = p[:s.size-off], io.EOF
	}
	n, err := s.fill(p, off)
	if err != nil {
		return n, err
	}
	return n, end
}

// readFull reads exactly p or fails.
func (s *stream) readFull(p []byte, off int64) error {
	n, err := s.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// fill reads p, which lies inside the size.
func (s *stream) fill(p []byte, off int64) (int, error) {
	if s.isLocal {
		return copy(p, s.local[off:]), nil
	}
	written := p[:max(0, min(int64(len(p)), s.init-off))]
	clear(p[len(written):])
	read := s.readRuns
	if s.unit > 0 {
		read = s.readUnits
	}
	if n, err := read(written, off); err != nil {
		return n, err
	}
	return len(p), nil
}

// readRuns reads allocated clusters from the volume and zeros from holes.
func (s *stream) readRuns(p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) {
		r, in, ok := s.find(off + int64(done))
		if !ok {
			return done, fmt.Errorf("no cluster for offset %d: %w", off+int64(done), ErrDamaged)
		}
		part := p[done:min(int64(len(p)), int64(done)+r.Count*s.v.boot.cluster-in)]
		if r.LCN == Sparse {
			clear(part)
		} else if err := s.v.readVolume(part, r.LCN*s.v.boot.cluster+in, s.meta); err != nil {
			return done, err
		}
		done += len(part)
	}
	return done, nil
}

// find gives the run that holds a byte offset and how far inside it lies.
func (s *stream) find(off int64) (Run, int64, bool) {
	vcn := off / s.v.boot.cluster
	i := sort.Search(len(s.runs), func(i int) bool { return s.runs[i].VCN+s.runs[i].Count > vcn })
	if i == len(s.runs) || s.runs[i].VCN > vcn {
		return Run{}, 0, false
	}
	return s.runs[i], off - s.runs[i].VCN*s.v.boot.cluster, true
}

// readVolume reads from the volume; what the volume does not have is damage.
func (v *Volume) readVolume(p []byte, off int64, meta bool) error {
	if off > v.boot.bytes()-int64(len(p)) {
		return fmt.Errorf("cluster at %d lies past the volume: %w", off, ErrDamaged)
	}
	if meta {
		return v.cache.read(v.r, v.size, p, off)
	}
	n, err := v.r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("volume offset %d: %w", off, err)
}
