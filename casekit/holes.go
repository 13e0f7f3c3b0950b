package casekit

import (
	"encoding/binary"
	"errors"
	"io"
)

// holes receives a WIM whose one long stretch of zeros is skipped over: before it lies
// first, behind it last.
type holes struct {
	first, last []byte
	hole        int64 // bytes skipped; 0: none yet
	size        int64
}

// Write implements io.Writer.
func (h *holes) Write(p []byte) (int, error) {
	if h.hole == 0 {
		h.first = append(h.first, p...)
	} else {
		h.last = append(h.last, p...)
	}
	h.size += int64(len(p))
	return len(p), nil
}

// Seek skips forward, once.
func (h *holes) Seek(off int64, whence int) (int64, error) {
	if whence != io.SeekCurrent || off < 0 || h.hole != 0 {
		return 0, errors.New("holes: only one, and only forward")
	}
	h.hole = off
	h.size += off
	return h.size, nil
}

// Places of the WIM header that hold an offset: lookup table, XML, boot metadata, each
// in bytes 8 to 15 of a resource entry. Source: the public description of the WIM format.
const (
	headerLookup = 0x30
	headerXML    = 0x48
	headerBoot   = 0x60
	lookupEntry  = 50
)

// zerosLast returns the WIM with the zeros moved to its end, and left out there: what
// stood behind them moves up, and every offset follows.
func (h *holes) zerosLast() []byte {
	b := append(append([]byte(nil), h.first...), h.last...)
	if h.hole == 0 {
		return b
	}
	from := uint64(len(h.first))
	move := func(at int) {
		off := binary.LittleEndian.Uint64(b[at+8:])
		switch {
		case off == from && h.isHole(b[at:]):
			off = uint64(len(b))
		case off > from:
			off -= uint64(h.hole)
		}
		binary.LittleEndian.PutUint64(b[at+8:], off)
	}
	for _, at := range []int{headerLookup, headerXML, headerBoot} {
		move(at)
	}
	table := int(binary.LittleEndian.Uint64(b[headerLookup+8:]))
	for n := int(resourceSize(b[headerLookup:])); n >= lookupEntry; n -= lookupEntry {
		move(table)
		table += lookupEntry
	}
	return b
}

// isHole reports whether a resource entry is that of the zeros.
func (h *holes) isHole(entry []byte) bool { return resourceSize(entry) == h.hole }

// resourceSize is the stored size of a resource: the low seven of its first eight bytes.
func resourceSize(entry []byte) int64 {
	return int64(binary.LittleEndian.Uint64(entry) & (1<<56 - 1))
}
