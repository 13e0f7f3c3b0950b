package regf

import (
	"encoding/binary"
	"math/bits"
)

// marvin is the Marvin32 hash with the seed that transaction logs use. The algorithm is published in .NET's runtime. The seed
// is the number 0x82EF4D887A4E55C5; the specification lists these digits as bytes in memory, which gives other hashes than
// those in sample yarp/NewDirtyHive1.
type marvin struct{ lo, hi uint32 }

func newMarvin() marvin { return marvin{lo: 0x7A4E55C5, hi: 0x82EF4D88} }

// words feeds whole 32-bit words; len(b) must be a multiple of 4.
func (m *marvin) words(b []byte) {
	lo, hi := m.lo, m.hi
	for ; len(b) >= 4; b = b[4:] {
		lo, hi = mix(lo+binary.LittleEndian.Uint32(b), hi)
	}
	m.lo, m.hi = lo, hi
}

func mix(lo, hi uint32) (uint32, uint32) {
	hi ^= lo
	lo = bits.RotateLeft32(lo, 20) + hi
	hi = bits.RotateLeft32(hi, 9) ^ lo
	lo = bits.RotateLeft32(lo, 27) + hi
	return lo, bits.RotateLeft32(hi, 19)
}

// sum ends the hash with the last 0 to 3 bytes.
func (m *marvin) sum(tail []byte) uint64 {
	last := uint32(0x80)
	for i := len(tail) - 1; i >= 0; i-- {
		last = last<<8 | uint32(tail[i])
	}
	m.lo, m.hi = mix(m.lo+last, m.hi)
	m.lo, m.hi = mix(m.lo, m.hi)
	return uint64(m.lo) | uint64(m.hi)<<32
}

func marvinSum(b []byte) uint64 {
	m := newMarvin()
	whole := len(b) &^ 3
	m.words(b[:whole])
	return m.sum(b[whole:])
}
