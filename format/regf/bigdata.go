package regf

import (
	"encoding/binary"
	"fmt"
)

// maxSegment is the most one data cell holds, in bytes, before hives of version 1.4 and later split it.
const maxSegment = 16344

// appendData reads size bytes of value data at off, whether they stand in one cell or in segments.
func (h *Hive) appendData(dst []byte, off uint32, size int) ([]byte, error) {
	if size > maxSegment && h.base.minor > 3 {
		if head, err := h.cell(off, 8); err == nil && len(head) >= 8 && head[0] == 'd' && head[1] == 'b' {
			return h.appendSegments(dst, head, size)
		}
	}
	b, err := h.cell(off, size)
	if err == nil && len(b) < size {
		err = fmt.Errorf("%w: the data at 0x%x have %d bytes instead of %d", ErrDamaged, baseSize+int64(off), len(b), size)
	}
	return append(dst, b...), err
}

func (h *Hive) appendSegments(dst, db []byte, size int) ([]byte, error) {
	list, err := h.cell(u32(db, 4), 4*int(u16(db, 2)))
	if err != nil {
		return dst, err
	}
	left := size
	for ; len(list) >= 4 && left > 0; list = list[4:] {
		b, err := h.cell(binary.LittleEndian.Uint32(list), min(maxSegment, left))
		if err != nil {
			return dst, err
		}
		dst, left = append(dst, b...), left-len(b)
	}
	if left > 0 {
		err = fmt.Errorf("%w: the segments lack %d of %d bytes", ErrDamaged, left, size)
	}
	return dst, err
}
