package testkit

import (
	"encoding/binary"
	"fmt"
)

// LZXFrame is how many bytes a frame of LZX makes in a cabinet, all but the last one.
const LZXFrame = 32768

// LZX packs data as cabinets hold it, in frames. blocks are the sizes and kinds of its
// blocks, in turn; calls has the targets of x86 calls translated. No common tool packs so:
// what it makes is good if cabextract reads it.
func LZX(data []byte, window int, blocks []LZXBlock, calls bool) [][]byte {
	e := &lzxEncoder{window: window, data: append([]byte(nil), data...), last: map[uint32]int{}, recent: [3]int{1, 1, 1}}
	e.bits(0, 1)
	if calls {
		e.out, e.n, e.word = nil, 0, 0
		e.bits(1, 1)
		e.bits(uint32(len(data)), 32)
		for at := 0; at < len(data); at += LZXFrame {
			lzxTranslate(e.data[at:min(at+LZXFrame, len(data))], at, len(data))
		}
	}
	for i := 0; e.at < len(data); i++ {
		b := blocks[i%len(blocks)]
		e.block(b.Kind, min(b.Size, len(data)-e.at))
	}
	return e.frames
}

// LZXBlock is a block of LZX: its size in bytes, and 1 verbatim, 2 aligned, or 3 stored.
type LZXBlock struct{ Kind, Size int }

// lzxTranslate makes the targets of calls absolute.
func lzxTranslate(frame []byte, base, size int) {
	for i := 0; i < len(frame)-10; i++ {
		if frame[i] != 0xe8 {
			continue
		}
		target := frame[i+1 : i+5]
		v, at := int(int32(binary.LittleEndian.Uint32(target))), base+i
		switch {
		case v >= -at && v < size-at:
			v += at
		case v >= size-at && v < size:
			v -= size
		}
		binary.LittleEndian.PutUint32(target, uint32(v))
		i += 4
	}
}

type lzxEncoder struct {
	window int
	data   []byte
	at     int
	last   map[uint32]int // where three bytes stood
	recent [3]int
	main   []int // lengths of the codes in use; nil: none yet
	length []int

	frames [][]byte
	out    []byte
	word   uint16
	n      int
}

func (e *lzxEncoder) bits(v uint32, n int) {
	for n--; n >= 0; n-- {
		e.word = e.word<<1 | uint16(v>>n&1)
		if e.n++; e.n == 16 {
			e.out = binary.LittleEndian.AppendUint16(e.out, e.word)
			e.word, e.n = 0, 0
		}
	}
}

// made goes on n bytes and ends the frame where they do.
func (e *lzxEncoder) made(n int) {
	for range n {
		if e.at+3 <= len(e.data) {
			e.last[e.key()] = e.at
		}
		e.at++
	}
	if e.at%LZXFrame == 0 || e.at == len(e.data) {
		if e.n > 0 {
			e.bits(0, 16-e.n)
		}
		e.frames, e.out = append(e.frames, e.out), nil
	}
}

func (e *lzxEncoder) key() uint32 {
	return uint32(e.data[e.at]) | uint32(e.data[e.at+1])<<8 | uint32(e.data[e.at+2])<<16
}

func (e *lzxEncoder) block(kind, size int) {
	e.bits(uint32(kind), 3)
	e.bits(uint32(size), 24)
	end := e.at + size
	if kind == 3 {
		e.stored(end)
		return
	}
	if kind == 2 {
		for range 8 {
			e.bits(3, 3)
		}
	}
	slots := 0
	for lzxBase(slots) < e.window {
		slots++
	}
	main, length := flatLengths(256+8*slots), flatLengths(249)
	if e.main == nil {
		e.main, e.length = make([]int, len(main)), make([]int, len(length))
	}
	e.lengths(e.main[:256], main[:256])
	e.lengths(e.main[256:], main[256:])
	e.lengths(e.length, length)
	e.main, e.length = main, length
	for e.at < end {
		e.step(end, kind == 2)
	}
}

func (e *lzxEncoder) stored(end int) {
	e.bits(0, 16-e.n) // a whole word at a border
	for _, offset := range e.recent {
		e.out = binary.LittleEndian.AppendUint32(e.out, uint32(offset))
	}
	odd := (end-e.at)%2 == 1
	for e.at < end {
		n := min(end, (e.at/LZXFrame+1)*LZXFrame) - e.at
		e.out = append(e.out, e.data[e.at:e.at+n]...)
		if e.at+n == end && odd {
			e.out = append(e.out, 0)
		}
		e.made(n)
	}
}

// lengths writes code lengths as differences, with a code of their own.
func (e *lzxEncoder) lengths(old, now []int) {
	pre := flatLengths(20)
	for _, n := range pre {
		e.bits(uint32(n), 4)
	}
	for i := range now {
		e.symbol(pre, (old[i]-now[i]+17)%17)
	}
}

func (e *lzxEncoder) symbol(lengths []int, symbol int) {
	e.bits(flatCode(lengths, symbol), lengths[symbol])
}

// step writes one literal or match.
func (e *lzxEncoder) step(end int, aligned bool) {
	offset, n := e.find(min(end, (e.at/LZXFrame+1)*LZXFrame))
	if n < 3 {
		e.symbol(e.main, int(e.data[e.at]))
		e.made(1)
		return
	}
	slot, rest := e.slot(offset)
	class := min(n-2, 7)
	e.symbol(e.main, 256+8*slot+class)
	if class == 7 {
		e.symbol(e.length, n-9)
	}
	width := min(max(slot/2-1, 0), 17)
	switch {
	case slot < 3:
	case aligned && width >= 3:
		e.bits(uint32(rest>>3), width-3)
		e.bits(uint32(rest&7), 3)
	default:
		e.bits(uint32(rest), width)
	}
	e.made(n)
}

// find looks for what follows further back, up to a place in the data.
func (e *lzxEncoder) find(end int) (offset, n int) {
	if e.at+3 > end {
		return 0, 0
	}
	before, ok := e.last[e.key()]
	if !ok || e.at-before > e.window-3 {
		return 0, 0
	}
	for n < 257 && e.at+n < end && e.data[before+n] == e.data[e.at+n] {
		n++
	}
	return e.at - before, n
}

// slot names the class of an offset and keeps the three most recent ones.
func (e *lzxEncoder) slot(offset int) (slot, rest int) {
	for i, recent := range e.recent {
		if recent == offset {
			e.recent[i], e.recent[0] = e.recent[0], offset
			return i, 0
		}
	}
	e.recent = [3]int{offset, e.recent[0], e.recent[1]}
	for slot = 3; lzxBase(slot+1) <= offset+2; slot++ {
	}
	return slot, offset + 2 - lzxBase(slot)
}

// lzxBase is the least number in a slot.
func lzxBase(slot int) int {
	base := 0
	for i := range slot {
		base += 1 << min(max(i/2-1, 0), 17)
	}
	return base
}

// flatLengths gives n symbols code words of two lengths that leave none over.
func flatLengths(n int) []int {
	bits := 0
	for 1<<bits < n {
		bits++
	}
	out := make([]int, n)
	for i := range out {
		out[i] = bits
		if i < 1<<bits-n {
			out[i]--
		}
	}
	return out
}

// flatCode is the code word of a symbol: shorter words come first, then the order of
// symbols.
func flatCode(lengths []int, symbol int) uint32 {
	short := 0
	for short < len(lengths) && lengths[short] < lengths[len(lengths)-1] {
		short++
	}
	switch {
	case symbol < 0 || symbol >= len(lengths):
		panic(fmt.Sprint("symbol ", symbol))
	case symbol < short:
		return uint32(symbol)
	}
	return uint32(2*short + symbol - short)
}
