// Package xpress decompresses XPRESS Huffman, also known as LZ77+Huffman.
//
// WIM files hold it in chunks of 32 KiB, files that Windows compressed in place (CompactOS) in chunks of 4, 8 or 16 KiB.
// It may import the standard library and its own sub-package only, and must never write beyond the output it was given.
//
// The format follows [MS-XCA] 2.1 and 2.2; the tests compare with wimlib-imagex.
package xpress

import (
	"encoding/binary"
	"errors"
	"fmt"

	"updoc/codec/xpress/prefix"
)

// ErrDamaged means that the input is not a compressed chunk of the wanted length.
var ErrDamaged = errors.New("damaged XPRESS data")

// MaxChunk is the longest output that one code table serves, in bytes.
const MaxChunk = 65536

const (
	symbols   = 512         // 256 literals, then 16 offset classes × 16 length classes
	tableSize = symbols / 2 // bytes in front of the data: two code lengths in each
	minMatch  = 3
)

// Decoder decompresses chunk after chunk without allocating. The zero value is ready; one goroutine at a time may use it.
type Decoder struct {
	table   prefix.Table
	lengths [symbols]byte
}

// Decompress fills dst, at most MaxChunk bytes, from one compressed chunk and returns how many bytes were made; with fewer
// than len(dst) the error is ErrDamaged and those bytes are good as far as can be told.
func Decompress(dst, src []byte) (int, error) { return new(Decoder).Decompress(dst, src) }

// Decompress does what the function of the same name does.
func (d *Decoder) Decompress(dst, src []byte) (int, error) {
	if len(dst) > MaxChunk {
		return 0, fmt.Errorf("%w: a chunk of %d bytes", ErrDamaged, len(dst))
	}
	if len(src) < tableSize {
		return 0, fmt.Errorf("%w: %d bytes are less than the table needs", ErrDamaged, len(src))
	}
	for i, b := range src[:tableSize] {
		d.lengths[2*i], d.lengths[2*i+1] = b&15, b>>4
	}
	if err := d.table.Build(d.lengths[:]); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	r := prefix.NewReader(src[tableSize:])
	n, err := d.chunk(dst, &r)
	if err == nil && r.Overrun() {
		err = fmt.Errorf("%w: the input ends too early", ErrDamaged)
	}
	return n, err
}

func (d *Decoder) chunk(dst []byte, r *prefix.Reader) (int, error) {
	n := 0
	for n < len(dst) {
		symbol, err := d.table.Decode(r)
		if err != nil {
			return n, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if symbol < 256 {
			dst[n] = byte(symbol)
			n++
			continue
		}
		length, offset := match(symbol-256, r)
		if offset > n || length > len(dst)-n {
			return n, fmt.Errorf("%w: %d bytes from %d back at %d of %d", ErrDamaged, length, offset, n, len(dst))
		}
		prefix.Repeat(dst[:n+length], n, offset)
		n += length
	}
	return n, nil
}

// match reads what stands behind a match symbol: the long form of the length, in bytes, then the offset.
func match(symbol int, r *prefix.Reader) (length, offset int) {
	length = symbol & 15
	r.Fetch()
	if length == 15 {
		length = longLength(r)
	}
	class := symbol >> 4
	return length + minMatch, 1<<class | int(r.Bits(class))
}

func longLength(r *prefix.Reader) int {
	if b := r.Byte(); b < 255 {
		return 15 + int(b)
	}
	wide := binary.LittleEndian.Uint16([]byte{r.Byte(), r.Byte()})
	if wide != 0 {
		return int(wide)
	}
	return int(min(binary.LittleEndian.Uint32([]byte{r.Byte(), r.Byte(), r.Byte(), r.Byte()}), MaxChunk))
}
