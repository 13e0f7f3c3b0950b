package regf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrUnrecovered is returned when a clean copy of a hive is asked for whose logs could not be applied completely.
var ErrUnrecovered = errors.New("the hive is dirty and was not recovered")

// WriteClean writes a copy of the hive with its logs applied and its base block in order, as Windows would have left it.
// It refuses with ErrUnrecovered if the hive is dirty and its logs did not bring it to its last state, and fails with any read error or if the hive is cut off.
// Nothing behind the hive bins is copied.
func (h *Hive) WriteClean(w io.Writer) error {
	if h.info.Dirty && !h.info.Recovered {
		return ErrUnrecovered
	}
	end := baseSize + int64(h.base.binsSize)
	if end > h.pages.limit {
		return fmt.Errorf("%w: its last %d bytes are missing", ErrDamaged, end-h.pages.limit)
	}
	head := make([]byte, baseSize)
	if err := readFull(h.pages.r, head, 0); err != nil {
		return err
	}
	h.mend(head)
	if _, err := w.Write(head); err != nil {
		return err
	}
	for at := int64(baseSize); at < end; {
		n := min(end-at, chunkSize-at%chunkSize)
		b, err := h.pages.view(at, int(n))
		if err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		at += n
	}
	return nil
}

// mend sets the fields of a base block that recovery may have changed.
func (h *Hive) mend(head []byte) {
	le := binary.LittleEndian
	copy(head, "regf")
	le.PutUint64(head[12:], h.base.written)
	le.PutUint32(head[20:], h.base.major)
	le.PutUint32(head[24:], h.base.minor)
	le.PutUint32(head[28:], typePrimary)
	le.PutUint32(head[32:], 1)
	le.PutUint32(head[36:], h.base.root)
	le.PutUint32(head[40:], h.base.binsSize)
	le.PutUint32(head[44:], max(1, h.base.cluster))
	seq := max(h.info.Primary, h.base.primary, h.lastEntry)
	stamp(head, seq, seq)
}
