// Package lzx decompresses LZX as WIM files and CompactOS hold it: each chunk alone, windows of 32 KiB (WIM files made by
// others go to 2 MiB), x86 call targets translated with the constant file size 12,000,000, and no header in the stream.
// Stream decompresses it as cabinets hold it: one stream in frames, whose blocks and window go on from frame to frame.
//
// It may import the standard library and what XPRESS and LZX share. It must never write beyond the output it was given.
//
// The format follows [MS-PATCH] 2 and the facts about the WIM variant in wimlib's documentation; the tests compare with
// wimlib-imagex.
package lzx

import (
	"errors"
	"fmt"

	"updoc/codec/xpress/prefix"
)

// ErrDamaged means that the input is not a compressed chunk of the wanted length.
var ErrDamaged = errors.New("damaged LZX data")

const (
	// DefaultWindow is the window of WIM files and CompactOS, in bytes.
	DefaultWindow = 32768
	// MaxWindow is the largest window, in bytes.
	MaxWindow = 2 << 20
)

const (
	literals      = 256
	lengthClasses = 8 // of a main symbol; the last means that a length symbol follows
	lengthSymbols = 249
	alignedBits   = 3 // low bits of an offset that have a code of their own in aligned blocks
	minMatch      = 2
	maxSlots      = 50
)

// Decoder decompresses chunk after chunk without allocating. The zero value is ready; one goroutine at a time may use it.
type Decoder struct {
	// Window is the size of full chunks in bytes, a power of two from DefaultWindow to MaxWindow; 0: DefaultWindow. A
	// smaller one (CompactOS never has it) decodes as DefaultWindow does.
	Window int

	main, length, aligned, pre prefix.Table
	mainLengths                [literals + maxSlots*lengthClasses]byte
	lengthLengths              [lengthSymbols]byte
	recent                     [3]int
	slots                      int
}

// Decompress fills dst, at most DefaultWindow bytes, from one compressed chunk and returns how many bytes were made; with
// fewer than len(dst) the error is ErrDamaged, and those bytes are good as far as can be told but for call targets.
func Decompress(dst, src []byte) (int, error) { return new(Decoder).Decompress(dst, src) }

// Decompress does what the function of the same name does, for the decoder's window.
func (d *Decoder) Decompress(dst, src []byte) (int, error) {
	window := max(d.Window, DefaultWindow)
	if window > MaxWindow || len(dst) > window {
		return 0, fmt.Errorf("%w: a chunk of %d bytes, a window of %d", ErrDamaged, len(dst), window)
	}
	d.slots = slots(window)
	d.recent = [3]int{1, 1, 1}
	clear(d.mainLengths[:])
	clear(d.lengthLengths[:])
	r := prefix.NewReader(src)
	n, err := d.chunk(dst, window, &r)
	if err == nil && r.Overrun() {
		err = fmt.Errorf("%w: the input ends too early", ErrDamaged)
	}
	if err != nil {
		return n, err
	}
	untranslate(dst, 0, fileSize)
	return n, nil
}

// chunk decodes block after block.
func (d *Decoder) chunk(dst []byte, window int, r *prefix.Reader) (int, error) {
	n := 0
	for n < len(dst) {
		kind := r.Bits(3)
		size := blockSize(window, r)
		if size == 0 || size > len(dst)-n || r.Overrun() {
			return n, fmt.Errorf("%w: a block of %d bytes at %d of %d", ErrDamaged, size, n, len(dst))
		}
		made, err := d.block(kind, dst[:n+size], n, r)
		n += made
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// blockSize reads the uncompressed length of a block; one bit stands for the usual 32768.
func blockSize(window int, r *prefix.Reader) int {
	if r.Bits(1) == 1 {
		return DefaultWindow
	}
	size := int(r.Bits(16))
	if window > DefaultWindow {
		size = size<<8 | int(r.Bits(8))
	}
	return size
}

// slots is the number of classes of offsets in a window: a main symbol names one.
func slots(window int) int {
	n := 0
	for slotBase(n) < window {
		n++
	}
	return n
}

// slotBits is the number of bits that follow the symbol of a slot.
func slotBits(slot int) int { return min(max(slot/2-1, 0), 17) }

// slotBase is the least number in a slot: the offset + 2.
func slotBase(slot int) int {
	switch {
	case slot < 4:
		return slot
	case slot <= 36:
		return (2 + slot&1) << (slot/2 - 1)
	}
	return (slot-36)<<17 + 1<<18
}
