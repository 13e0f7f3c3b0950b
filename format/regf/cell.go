package regf

import (
	"encoding/binary"
	"fmt"
)

// cell returns the content of the allocated cell at off (relative to the first hive bin), at most limit bytes of it.
func (h *Hive) cell(off uint32, limit int) ([]byte, error) {
	if b := h.pages.cached(off, limit); b != nil {
		return b, nil
	}
	size, err := h.cellSize(off)
	if err != nil {
		return nil, err
	}
	return h.pages.view(baseSize+int64(off)+4, min(size, limit))
}

// cached is cell for the usual case: a sound cell inside one chunk that was read before. It returns nil in all others.
func (p *pager) cached(off uint32, limit int) []byte {
	pos := baseSize + int64(off)
	if off%8 != 0 || pos+4 > p.limit {
		return nil
	}
	c := p.slots[pos/chunkSize].Load()
	if c == nil || c.bad != 0 {
		return nil
	}
	rest := c.data[pos%chunkSize:]
	size := -int(int32(binary.LittleEndian.Uint32(rest)))
	if size < 8 || size > len(rest) {
		return nil
	}
	n := 4 + min(size-4, limit)
	return rest[4:n:n]
}

// cellSize returns how many bytes the cell at off can hold; the whole cell lies inside the hive.
func (h *Hive) cellSize(off uint32) (int, error) {
	if off == nowhere || off%8 != 0 {
		return 0, fmt.Errorf("%w: no cell can lie at offset 0x%x", ErrDamaged, off)
	}
	b, err := h.pages.view(baseSize+int64(off), 4)
	if err != nil {
		return 0, err
	}
	size := -int64(int32(binary.LittleEndian.Uint32(b)))
	if size < 8 {
		return 0, fmt.Errorf("%w: the cell at 0x%x is not in use", ErrDamaged, baseSize+int64(off))
	}
	if baseSize+int64(off)+size > h.pages.limit {
		return 0, fmt.Errorf("%w: the cell at 0x%x is cut off", ErrDamaged, baseSize+int64(off))
	}
	return int(size - 4), nil
}

// u16 and u32 read a little-endian field; a record too short for it reads as zero, so the zero Key and Value are harmless.
func u16(b []byte, at int) uint16 {
	if len(b) < at+2 {
		return 0
	}
	return binary.LittleEndian.Uint16(b[at:])
}

func u32(b []byte, at int) uint32 {
	if len(b) < at+4 {
		return 0
	}
	return binary.LittleEndian.Uint32(b[at:])
}

func u64(b []byte, at int) uint64 {
	if len(b) < at+8 {
		return 0
	}
	return binary.LittleEndian.Uint64(b[at:])
}
