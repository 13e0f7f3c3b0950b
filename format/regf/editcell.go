package regf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"updoc/codec/wintype"
)

const binHeader = 32 // bytes

// A bitmap has one bit for each place a cell can begin.
type bitmap []uint64

func newBitmap(bytes int) bitmap        { return make(bitmap, bytes/512+1) }
func (m bitmap) has(off uint32) bool    { return m[off/512]&(1<<(off/8%64)) != 0 }
func (m bitmap) set(off uint32)         { m[off/512] |= 1 << (off / 8 % 64) }
func (m bitmap) clear(off uint32)       { m[off/512] &^= 1 << (off / 8 % 64) }
func (m bitmap) covers(off uint32) bool { return off%8 == 0 && int(off/512) < len(m) }
func damaged(format string, a ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, a...)...)
}

// put writes bytes at a place of the file and remembers the old ones.
func (e *Editor) put(at int, b []byte) {
	if bytes.Equal(e.b[at:at+len(b)], b) {
		return
	}
	e.undo = append(e.undo, undo{at, bytes.Clone(e.b[at : at+len(b)])})
	copy(e.b[at:], b)
}

// content returns where the content of a cell begins in the file.
func content(off uint32) int { return baseSize + int(off) + 4 }

// put16 and put32 set a field of an allocated cell.
func (e *Editor) put16(off uint32, field int, v uint16) {
	e.put(content(off)+field, binary.LittleEndian.AppendUint16(nil, v))
}

func (e *Editor) put32(off uint32, field int, v uint32) {
	e.put(content(off)+field, binary.LittleEndian.AppendUint32(nil, v))
}

func (e *Editor) putSize(off uint32, size int32) {
	e.put(baseSize+int(off), binary.LittleEndian.AppendUint32(nil, uint32(size)))
}

// cell returns the content of an allocated cell, at least n bytes of it. It must not be written to.
func (e *Editor) cell(off uint32, n int) ([]byte, error) {
	if off == nowhere || !e.used.covers(off) || !e.used.has(off) {
		return nil, damaged("no cell in use at 0x%x", baseSize+int64(off))
	}
	size := -int32(binary.LittleEndian.Uint32(e.b[baseSize+int(off):]))
	b := e.b[content(off) : baseSize+int(off)+int(size)]
	if len(b) < n {
		return nil, damaged("the cell at 0x%x has %d bytes instead of %d", baseSize+int64(off), len(b), n)
	}
	return b, nil
}

// own is cell for a cell that is going to be changed: one that a single owner points to.
func (e *Editor) own(off uint32, n int) ([]byte, error) {
	if e.shared[off] {
		return nil, damaged("the cell at 0x%x belongs to several owners", baseSize+int64(off))
	}
	return e.cell(off, n)
}

// alloc returns a cell whose content begins with b and is zero behind it.
func (e *Editor) alloc(b []byte) (uint32, error) {
	size := uint32(len(b)+4+7) &^ 7
	i := e.bestFree(size)
	if i < 0 {
		if err := e.grow(size); err != nil {
			return 0, err
		}
		i = len(e.free) - 1
	}
	s := e.free[i]
	if s.size > size {
		e.free[i] = span{s.off + size, s.size - size}
		e.putSize(e.free[i].off, int32(e.free[i].size))
	} else {
		e.free = slices.Delete(e.free, i, i+1)
	}
	e.used.set(s.off)
	e.putSize(s.off, -int32(size))
	e.put(content(s.off), append(bytes.Clone(b), make([]byte, int(size)-4-len(b))...))
	return s.off, nil
}

// bestFree returns the index of the smallest free cell that is large enough, the first of several; -1 if there is none.
func (e *Editor) bestFree(size uint32) int {
	best := -1
	for i, s := range e.free {
		if s.size >= size && (best < 0 || s.size < e.free[best].size) {
			best = i
		}
	}
	return best
}

// grow appends a hive bin with one free cell that holds at least size bytes.
func (e *Editor) grow(size uint32) error {
	old := uint32(len(e.b) - baseSize)
	n := (binHeader + size + pageSize - 1) &^ (pageSize - 1)
	if uint64(old)+uint64(n) >= maxEditHive {
		return fmt.Errorf("%w: the hive would have 2 GiB", ErrEdit)
	}
	e.b = append(e.b, make([]byte, n)...)
	head := e.b[baseSize+int(old):]
	copy(head, "hbin")
	binary.LittleEndian.PutUint32(head[4:], old)
	binary.LittleEndian.PutUint32(head[8:], n)
	binary.LittleEndian.PutUint64(head[20:], wintype.Filetime(e.now))
	binary.LittleEndian.PutUint32(head[binHeader:], n-binHeader)
	e.put(40, binary.LittleEndian.AppendUint32(nil, old+n))
	e.bins = append(e.bins, span{old, n})
	e.free = append(e.free, span{old + binHeader, n - binHeader})
	for len(e.used) < len(newBitmap(len(e.b))) {
		e.used = append(e.used, 0)
	}
	return nil
}

// release frees a cell and joins it with free neighbours in its bin.
func (e *Editor) release(off uint32) error {
	b, err := e.own(off, 0)
	if err != nil {
		return err
	}
	e.used.clear(off)
	s := span{off, uint32(len(b) + 4)}
	bin := e.binOf(off)
	i, _ := slices.BinarySearchFunc(e.free, off, func(s span, off uint32) int { return int(int64(s.off) - int64(off)) })
	if i < len(e.free) && e.free[i].off == s.off+s.size && e.free[i].off < bin.off+bin.size {
		s.size += e.free[i].size
		e.free = slices.Delete(e.free, i, i+1)
	}
	if i > 0 && e.free[i-1].off+e.free[i-1].size == s.off && e.free[i-1].off >= bin.off {
		i--
		s = span{e.free[i].off, e.free[i].size + s.size}
		e.free[i] = s
	} else {
		e.free = slices.Insert(e.free, i, s)
	}
	e.putSize(s.off, int32(s.size))
	return nil
}

// binOf returns the bin that a cell lies in.
func (e *Editor) binOf(off uint32) span {
	i, found := slices.BinarySearchFunc(e.bins, off, func(s span, off uint32) int { return int(int64(s.off) - int64(off)) })
	if !found {
		i--
	}
	return e.bins[i]
}

// rewrite gives a cell new content: in place if it fits, else in a cell of its own.
func (e *Editor) rewrite(off uint32, b []byte) (uint32, error) {
	room, err := e.own(off, 0)
	if err != nil {
		return 0, err
	}
	if len(b) <= len(room) {
		e.put(content(off), b)
		return off, nil
	}
	if err := e.release(off); err != nil {
		return 0, err
	}
	return e.alloc(b)
}
