package prefix

import (
	"errors"
	"testing"
)

// words packs bits, given as text, into a stream; a missing rest of a word is zero.
func words(bits string) []byte {
	for len(bits)%16 != 0 {
		bits += "0"
	}
	out := make([]byte, len(bits)/8)
	for i, c := range bits {
		if c == '1' {
			word := i / 16 * 2
			at := 15 - i%16
			out[word+at/8] |= 1 << (at % 8)
		}
	}
	return out
}

func TestDecodeShortAndLongWords(t *testing.T) {
	// Lengths 1, 2, 3, … 15, 16, 16 form a complete code: 0, 10, 110, …
	var lengths []byte
	for n := byte(1); n <= 16; n++ {
		lengths = append(lengths, n)
	}
	lengths = append(lengths, 16)
	var table Table
	if err := table.Build(lengths); err != nil {
		t.Fatal(err)
	}
	bits, ones := "", ""
	for range 16 {
		bits += ones + "0"
		ones += "1"
	}
	bits += ones
	r := NewReader(words(bits))
	for want := range lengths {
		got, err := table.Decode(&r)
		if err != nil || got != want {
			t.Fatalf("symbol %d, %v; want %d", got, err, want)
		}
	}
	if r.Overrun() {
		t.Error("overrun at the exact end")
	}
}

func TestBuildRefusesTooManyWords(t *testing.T) {
	var table Table
	if err := table.Build([]byte{1, 1, 1}); !errors.Is(err, ErrCode) {
		t.Errorf("err = %v", err)
	}
}

func TestIncompleteAndEmptyCode(t *testing.T) {
	var table Table
	for _, lengths := range [][]byte{{0, 0}, {2, 0}, {0, 13}} {
		if err := table.Build(lengths); err != nil {
			t.Fatalf("%v: %v", lengths, err)
		}
		r := NewReader(words("1111111111111111"))
		if _, err := table.Decode(&r); !errors.Is(err, ErrCode) {
			t.Errorf("%v: err = %v", lengths, err)
		}
	}
}

func TestTableIsReusable(t *testing.T) {
	var table Table
	for _, lengths := range [][]byte{{1, 2, 3, 4, 5, 6, 7, 7}, {0, 1, 1}} {
		if err := table.Build(lengths); err != nil {
			t.Fatal(err)
		}
	}
	r := NewReader(words("10"))
	first, _ := table.Decode(&r)
	second, _ := table.Decode(&r)
	if first != 2 || second != 1 {
		t.Errorf("symbols %d, %d", first, second)
	}
}

func TestReader(t *testing.T) {
	r := NewReader([]byte{0x34, 0x12, 0x78, 0x56, 0xab})
	if v := r.Bits(4); v != 1 {
		t.Errorf("first nibble %x", v)
	}
	if v := r.Bits(20); v != 0x23456 {
		t.Errorf("twenty bits %x", v)
	}
	if v := r.Byte(); v != 0xab {
		t.Errorf("byte %x", v)
	}
	if v := r.Bits(8); v != 0x78 || r.Overrun() {
		t.Errorf("last bits %x, overrun %v", v, r.Overrun())
	}
	if r.Bits(1); !r.Overrun() {
		t.Error("no overrun")
	}
}

func TestAlign(t *testing.T) {
	src := []byte{0, 0, 1, 1, 2, 2}
	tests := []struct {
		name string
		take func(r *Reader)
		want int
	}{
		{"inside the first word", func(r *Reader) { r.Bits(3) }, 2},
		{"inside with a fetched word", func(r *Reader) { r.Bits(3); r.Fetch() }, 2},
		{"at a border a whole word goes", func(r *Reader) { r.Bits(16) }, 4},
		{"at a border, word fetched", func(r *Reader) { r.Bits(16); r.Fetch() }, 4},
		{"at the start a whole word goes", func(*Reader) {}, 2},
	}
	for _, tt := range tests {
		r := NewReader(src)
		tt.take(&r)
		if got := len(src) - len(r.Align()); got != tt.want {
			t.Errorf("%s: %d bytes are behind, want %d", tt.name, got, tt.want)
		}
	}
}

func TestRepeat(t *testing.T) {
	for _, tt := range []struct {
		done      string
		offset, n int
		want      string
	}{
		{"ab", 2, 5, "abababa"}, {"ab", 1, 3, "abbbb"}, {"abcdef", 6, 2, "abcdefab"}, {"abcdef", 3, 3, "abcdefdef"}, {"ab", 2, 0, "ab"},
	} {
		dst := append([]byte(tt.done), make([]byte, tt.n)...)
		if Repeat(dst, len(tt.done), tt.offset); string(dst) != tt.want {
			t.Errorf("%q with offset %d: %q, want %q", tt.done, tt.offset, dst, tt.want)
		}
	}
}
