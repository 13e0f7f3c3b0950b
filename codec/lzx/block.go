package lzx

import (
	"encoding/binary"
	"fmt"

	"updoc/codec/xpress/prefix"
)

// Kinds of block.
const (
	verbatim = 1
	aligned  = 2
	stored   = 3
)

// block decodes one block into dst from n on and returns how many bytes it made.
func (d *Decoder) block(kind uint32, dst []byte, n int, r *prefix.Reader) (int, error) {
	switch kind {
	case stored:
		return d.storedBlock(dst[n:], r)
	case verbatim, aligned:
		if err := d.codes(kind, r); err != nil {
			return 0, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return d.matches(kind == aligned, dst, n, r)
	}
	return 0, fmt.Errorf("%w: a block of kind %d", ErrDamaged, kind)
}

// storedBlock copies bytes. They stand on a word border behind the three recent offsets; a byte is left out behind an odd
// number of them.
func (d *Decoder) storedBlock(dst []byte, r *prefix.Reader) (int, error) {
	if err := d.storedHeader(r); err != nil {
		return 0, err
	}
	n, err := storedBytes(dst, r)
	if err == nil {
		r.Skip(n & 1)
	}
	return n, err
}

// storedHeader reads the recent offsets in front of stored bytes.
func (d *Decoder) storedHeader(r *prefix.Reader) error {
	const header = 12
	b := r.Align()
	if len(b) < header {
		return fmt.Errorf("%w: the input ends too early", ErrDamaged)
	}
	for i := range d.recent {
		v := binary.LittleEndian.Uint32(b[4*i:])
		if v == 0 || v > MaxWindow {
			return fmt.Errorf("%w: %d as a recent offset", ErrDamaged, v)
		}
		d.recent[i] = int(v)
	}
	r.Skip(header)
	return nil
}

// storedBytes fills dst with what stands at a word border.
func storedBytes(dst []byte, r *prefix.Reader) (int, error) {
	n := copy(dst, r.Rest())
	r.Skip(n)
	if n < len(dst) {
		return n, fmt.Errorf("%w: the input ends too early", ErrDamaged)
	}
	return n, nil
}

// matches decodes literals and matches until dst is full.
func (d *Decoder) matches(useAligned bool, dst []byte, start int, r *prefix.Reader) (int, error) {
	n := start
	for n < len(dst) {
		symbol, err := d.main.Decode(r)
		if err != nil {
			return n - start, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if symbol < literals {
			dst[n] = byte(symbol)
			n++
			continue
		}
		length, offset, err := d.match(symbol-literals, useAligned, r)
		if err != nil {
			return n - start, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if offset > n || length > len(dst)-n {
			return n - start, fmt.Errorf("%w: %d bytes from %d back at %d of %d", ErrDamaged, length, offset, n, len(dst))
		}
		prefix.Repeat(dst[:n+length], n, offset)
		n += length
	}
	return n - start, nil
}

// match reads what stands behind a match symbol.
func (d *Decoder) match(symbol int, useAligned bool, r *prefix.Reader) (length, offset int, err error) {
	length = symbol % lengthClasses
	if length == lengthClasses-1 {
		more, err := d.length.Decode(r)
		if err != nil {
			return 0, 0, err
		}
		length += more
	}
	offset, err = d.offset(symbol/lengthClasses, useAligned, r)
	return length + minMatch, offset, err
}

// offset turns a slot into an offset and keeps the queue of the three most recent ones.
func (d *Decoder) offset(slot int, useAligned bool, r *prefix.Reader) (int, error) {
	if slot < len(d.recent) {
		offset := d.recent[slot]
		d.recent[slot], d.recent[0] = d.recent[0], offset
		return offset, nil
	}
	offset, bits := slotBase(slot)-2, slotBits(slot)
	if useAligned && bits >= alignedBits {
		offset += int(r.Bits(bits-alignedBits)) << alignedBits
		low, err := d.aligned.Decode(r)
		if err != nil {
			return 0, err
		}
		offset += low
	} else {
		offset += int(r.Bits(bits))
	}
	d.recent = [3]int{offset, d.recent[0], d.recent[1]}
	return offset, nil
}
