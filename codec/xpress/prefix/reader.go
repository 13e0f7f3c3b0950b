// Package prefix reads what XPRESS and LZX have in common: streams of 16-bit little-endian words whose bits are taken from
// the highest down, canonical prefix codes in them, and matches that repeat what was written.
//
// It serves codec/xpress and codec/lzx, imports the standard library only, and must never read beyond its input: what is
// missing reads as zero bits, and Overrun says so.
package prefix

import "encoding/binary"

// Reader takes bits and bytes from a stream. The zero value is an empty stream.
type Reader struct {
	src     []byte
	pos     int    // of the next byte that is not in bits
	bits    uint32 // the next bits, from the highest down
	n       int    // how many of bits count
	missing int    // bits in bits that the stream did not have
}

// NewReader returns a reader of src, which must stay unchanged while it reads.
func NewReader(src []byte) Reader { return Reader{src: src} }

// ensure makes at least n bits available; n is at most 16. A word is fetched only when it is needed, because bytes may
// stand between the words.
func (r *Reader) ensure(n int) {
	if r.n >= n {
		return
	}
	var word uint32
	if r.pos+2 <= len(r.src) {
		word = uint32(binary.LittleEndian.Uint16(r.src[r.pos:]))
		r.pos += 2
	} else {
		r.missing += 16
	}
	r.bits |= word << (16 - r.n)
	r.n += 16
}

func (r *Reader) drop(n int) {
	r.bits <<= n
	r.n -= n
}

// Bits takes n bits, at most 32, the first of them the highest; behind the end they are 0.
func (r *Reader) Bits(n int) uint32 {
	if n > 16 {
		return r.Bits(n-16)<<16 | r.Bits(16)
	}
	r.ensure(n)
	v := uint32(uint64(r.bits) >> (32 - n))
	r.drop(n)
	return v
}

// Fetch makes sixteen bits available, so that the bytes which follow stand behind them.
func (r *Reader) Fetch() { r.ensure(16) }

// Byte takes the next byte behind the words that were fetched.
func (r *Reader) Byte() byte {
	if r.pos >= len(r.src) {
		r.missing += 64
		return 0
	}
	r.pos++
	return r.src[r.pos-1]
}

// Align gives up the rest of the current word, a whole one if none of it was taken, and returns what follows. Skip says how
// much of that was used.
func (r *Reader) Align() []byte {
	r.ensure(1)
	rest := r.n % 16
	if rest == 0 {
		rest = 16
	}
	r.pos -= (r.n - rest) / 8
	r.bits, r.n = 0, 0
	return r.Rest()
}

// Rest returns what follows where no bits are held: behind Align, or at the start.
func (r *Reader) Rest() []byte { return r.src[max(min(r.pos, len(r.src)), 0):] }

// Skip goes on n bytes further, which Align or Rest returned; n is at most as many.
func (r *Reader) Skip(n int) { r.pos += n }

// Overrun says whether more was taken than the stream had.
func (r *Reader) Overrun() bool { return r.missing > r.n }
