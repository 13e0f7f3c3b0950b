package regf

import (
	"encoding/binary"
	"fmt"
)

// maxSegment is the most one data cell holds, in bytes, before hives of version 1.4 and later split it.
const maxSegment = 16344

// data reads size bytes of value data at off, whether they stand in one cell or in segments.
func (h *Hive) data(off uint32, size int) ([]byte, error) {
	if size > maxSegment && h.base.minor > 3 {
		if head, err := h.cell(off, 8); err == nil && len(head) >= 8 && head[0] == 'd' && head[1] == 'b' {
			return h.segments(head, size)
		}
	}
	b, err := h.cell(off, size)
	if err != nil {
		return nil, err
	}
	out := append([]byte(nil), b...)
	if len(b) < size {
		return out, fmt.Errorf("%w: the data at 0x%x have %d bytes instead of %d", ErrDamaged, baseSize+int64(off), len(b), size)
	}
	return out, nil
}

func (h *Hive) segments(db []byte, size int) ([]byte, error) {
	n := int(u16(db, 2))
	list, err := h.cell(u32(db, 4), 4*n)
	if err != nil {
		return nil, err
	}
	var out []byte
	for ; len(list) >= 4 && len(out) < size; list = list[4:] {
		b, err := h.cell(binary.LittleEndian.Uint32(list), min(maxSegment, size-len(out)))
		if err != nil {
			return out, err
		}
		out = append(out, b...)
	}
	if len(out) < size {
		return out, fmt.Errorf("%w: %d segments hold %d bytes instead of %d", ErrDamaged, n, len(out), size)
	}
	return out, nil
}
