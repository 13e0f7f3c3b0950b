package commit

import (
	"bytes"
	"errors"

	"updoc/disk/overlay"
)

// sectorSize is what a disk writes whole or not at all, in bytes.
const sectorSize = 512

// untouched makes sure that every block of the disk is entirely one of the sides sector
// by sector, and that the watched ones are as they were. What is not is a *ForeignError.
// With torn, sectors that cannot be read pass: they were being written.
func (r *run) untouched(torn bool, sides ...*side) error {
	for _, w := range r.ix.watch {
		p := r.buf[:r.ix.span(w)]
		if err := r.readDevice(p, w.block*overlay.BlockSize); err != nil {
			return err
		}
		if hash(p) != w.sum {
			return &ForeignError{w.block * overlay.BlockSize}
		}
	}
	return r.holds("check", torn, sides...)
}

// holds is untouched for the blocks that change.
func (r *run) holds(what string, torn bool, sides ...*side) error {
	return r.each(what, r.phases, func(b batch, p []byte) error {
		bad, err := r.readTorn(b, p, torn)
		if err != nil {
			return err
		}
		for i := range b.n {
			if err := r.holdsBlock(b.first+i, r.ix.block(b, i, p), bad, sides); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *run) holdsBlock(i int, have []byte, bad map[int64]bool, sides []*side) error {
	h := hash(have)
	for _, s := range sides {
		if h == s.sum(i) {
			return nil
		}
	}
	one := r.ix.one(i)
	var may [][]byte
	for _, s := range sides {
		p := make([]byte, one.size)
		if err := s.read(one, p, true); err != nil && len(sides) > 1 {
			return err
		} else if err != nil {
			return &ForeignError{one.off}
		}
		may = append(may, p)
	}
	for at := int64(0); at < one.size; at += sectorSize {
		if !bad[one.off+at] && !sectorIn(have, at, may) {
			return &ForeignError{one.off + at}
		}
	}
	return nil
}

func sectorIn(have []byte, at int64, may [][]byte) bool {
	end := min(at+sectorSize, int64(len(have)))
	for _, p := range may {
		if bytes.Equal(have[at:end], p[at:end]) {
			return true
		}
	}
	return false
}

// readTorn reads b from the disk. With torn, it goes on sector by sector behind an error
// and names those that cannot be read.
func (r *run) readTorn(b batch, p []byte, torn bool) (bad map[int64]bool, err error) {
	err = r.readDevice(p, b.off)
	if err == nil || !torn {
		return nil, err
	}
	bad = map[int64]bool{}
	for at := int64(0); at < b.size; at += sectorSize {
		if r.device.ReadFresh(p[at:min(at+sectorSize, b.size)], b.off+at) != nil {
			bad[b.off+at] = true
		}
	}
	return bad, nil
}

// readBack makes sure that the medium holds all of one side.
func (r *run) readBack(s *side) error {
	err := r.holds("read-back", false, s)
	if f := new(ForeignError); errors.As(err, &f) {
		return &UnverifiedError{f.Offset}
	}
	return err
}
