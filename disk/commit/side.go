package commit

import (
	"errors"
	"fmt"

	"updoc/disk/overlay"
)

// side is one of the two contents that each block can have: new, in the delta, or old,
// in the undo. What is read from it has been compared with its hash.
type side struct {
	name string
	ix   *index
	file File // nil if it is missing
	slot func(i int) int64
	sum  func(i int) sum
}

func newSide(ix *index) *side {
	return &side{deltaName, ix, nil,
		func(i int) int64 { return ix.entries[i].slot },
		func(i int) sum { return ix.entries[i].new }}
}

func oldSide(ix *index) *side {
	return &side{undoName, ix, nil,
		func(i int) int64 { return int64(i) },
		func(i int) sum { return ix.entries[i].old }}
}

// read fills p with the content of b, fresh from the medium or from the cache. A block
// that does not match is a *DamagedError.
func (s *side) read(b batch, p []byte, fresh bool) error {
	if err := s.fetch(b, p, fresh); err != nil {
		return err
	}
	return s.match(b, p)
}

// fetch is read without the comparing. Neighbours are read at once.
func (s *side) fetch(b batch, p []byte, fresh bool) error {
	for i := 0; i < b.n; {
		n := 1
		for i+n < b.n && s.slot(b.first+i+n) == s.slot(b.first+i)+int64(n) {
			n++
		}
		part := p[i*overlay.BlockSize : min(int64(i+n)*overlay.BlockSize, b.size)]
		if err := s.bytes(part, s.slot(b.first+i)*overlay.BlockSize, fresh); err != nil {
			return &DamagedError{s.name, err.Error()}
		}
		i += n
	}
	return nil
}

func (s *side) bytes(p []byte, off int64, fresh bool) error {
	switch {
	case s.file == nil:
		return errors.New("missing")
	case fresh:
		return s.file.ReadFresh(p, off)
	}
	return readFull(s.file, p, off)
}

func (s *side) match(b batch, p []byte) error {
	for i := range b.n {
		if hash(s.ix.block(b, i, p)) != s.sum(b.first+i) {
			return &DamagedError{s.name, fmt.Sprintf("content of block %d does not match its hash", s.ix.entries[b.first+i].block)}
		}
	}
	return nil
}
