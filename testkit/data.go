package testkit

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"testing"
	"unicode/utf16"
)

// Hex returns the bytes that hexadecimal digits stand for.
func Hex(t testing.TB, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// UTF16 returns text as UTF-16 in the given byte order, without a mark or an end.
func UTF16(text string, order binary.AppendByteOrder) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return b
}

// Noise returns n bytes that do not compress, the same for the same seed always.
func Noise(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 0))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// Program returns some 12,000 bytes that look like a program to a compressor: words,
// noise, repeats, and the opcode E8 in front of calls, which LZX translates. They are the
// same bytes always: compressed vectors are made of them.
func Program() []byte {
	const call = 0xe8
	var b bytes.Buffer
	state := uint32(1)
	next := func(n uint32) uint32 { state = state*1664525 + 1013904223; return (state >> 16) % n }
	words := []string{"mov", "push", "package", "servicing", "stack", "recovery", "0x80070643", "\r\n", " ", ", "}
	for b.Len() < 12000 {
		b.WriteString(words[next(10)])
		if next(8) == 0 {
			b.WriteByte(call)
			b.Write(binary.LittleEndian.AppendUint32(nil, next(4)*4096-uint32(b.Len())))
		}
		if next(12) == 0 {
			b.WriteByte(byte(next(256)))
		}
	}
	return b.Bytes()
}
