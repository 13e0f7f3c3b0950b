package xpress

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"updoc/testkit"
)

func TestVectorOfWimlib(t *testing.T) {
	want := testkit.Program()
	dst := make([]byte, len(want))
	if n, err := Decompress(dst, testkit.Hex(t, compressed)); n != len(want) || err != nil || !bytes.Equal(dst, want) {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// flat returns a chunk whose every symbol has nine bits, followed by the given words.
func flat(words ...uint16) []byte {
	b := bytes.Repeat([]byte{0x99}, tableSize)
	for _, w := range words {
		b = binary.LittleEndian.AppendUint16(b, w)
	}
	return b
}

// The lengths of matches have four forms: in the symbol, in a byte, in two bytes behind 255, in four behind two zeros. The
// bytes stand behind the words that are needed for the offset.
func TestLengthForms(t *testing.T) {
	const literal, offset1 = uint32('a'), uint32(256)
	tests := []struct {
		class  uint32
		extra  []byte
		length int
	}{
		{0, nil, 3}, {14, nil, 17}, {15, []byte{0}, 18}, {15, []byte{254}, 272}, {15, []byte{255, 0xe8, 0x03}, 1003},
		{15, []byte{255, 0, 0, 0xe8, 0xfd, 0, 0}, 65003},
	}
	for _, tt := range tests {
		bits := literal<<23 | (offset1+tt.class)<<14
		src := append(flat(uint16(bits>>16), uint16(bits), 0), tt.extra...)
		dst := make([]byte, tt.length+1)
		n, err := Decompress(dst, src)
		if n != len(dst) || err != nil || !bytes.Equal(dst, bytes.Repeat([]byte("a"), len(dst))) {
			t.Errorf("class %d, %v: %d bytes of %d, %v", tt.class, tt.extra, n, len(dst), err)
		}
	}
}

func TestDamageIsAnError(t *testing.T) {
	src, want := testkit.Hex(t, compressed), testkit.Program()
	dst := make([]byte, len(want))
	for n := range len(src) - 3 {
		if made, err := Decompress(dst, src[:n]); !errors.Is(err, ErrDamaged) || made > len(dst) {
			t.Fatalf("first %d bytes: %d, %v", n, made, err)
		}
	}
	tooMany := bytes.Repeat([]byte{0x11}, 300)
	match := uint32(256) << 23
	for name, b := range map[string][]byte{"too many words": tooMany, "match in front of the output": flat(uint16(match>>16), 0, 0)} {
		if _, err := Decompress(dst, b); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Decompress(make([]byte, MaxChunk+1), src); !errors.Is(err, ErrDamaged) {
		t.Errorf("too long: %v", err)
	}
}

func TestDecoderDoesNotAllocate(t *testing.T) {
	var d Decoder
	src, want := testkit.Hex(t, compressed), testkit.Program()
	dst := make([]byte, len(want))
	if n := testing.AllocsPerRun(10, func() { d.Decompress(dst, src) }); n > 0 || !bytes.Equal(dst, want) {
		t.Errorf("%v allocations", n)
	}
}

func FuzzDecompress(f *testing.F) {
	f.Add(testkit.Hex(f, compressed), len(testkit.Program()))
	f.Add(flat('a'<<7, 0, 0), 1)
	f.Fuzz(func(t *testing.T, src []byte, size int) {
		if size < 0 || size > MaxChunk {
			return
		}
		n, err := Decompress(make([]byte, size), src)
		if n > size || n < size && err == nil {
			t.Fatalf("%d of %d bytes, %v", n, size, err)
		}
	})
}

func BenchmarkDecompress(b *testing.B) {
	var d Decoder
	src := testkit.Hex(b, compressed)
	dst := make([]byte, len(testkit.Program()))
	b.SetBytes(int64(len(dst)))
	for b.Loop() {
		if _, err := d.Decompress(dst, src); err != nil {
			b.Fatal(err)
		}
	}
}
