package lzx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"updoc/testkit"
)

// bitWriter makes streams as an encoder would.
type bitWriter struct {
	out  []byte
	word uint16
	n    int
}

func (w *bitWriter) bits(v uint32, n int) {
	for n--; n >= 0; n-- {
		w.word = w.word<<1 | uint16(v>>n&1)
		if w.n++; w.n == 16 {
			w.out = binary.LittleEndian.AppendUint16(w.out, w.word)
			w.word, w.n = 0, 0
		}
	}
}

// pad fills the current word, or adds one if none is begun.
func (w *bitWriter) pad() { w.bits(0, 16-w.n) }

func (w *bitWriter) flush() []byte {
	if w.n > 0 {
		w.pad()
	}
	return w.out
}

// header begins a block.
func (w *bitWriter) header(kind, size int) {
	w.bits(uint32(kind), 3)
	w.bits(0, 1)
	w.bits(uint32(size), 16)
}

// lengths writes n code lengths that all differ from the old ones by one difference; zero lengths where it is 0.
func (w *bitWriter) lengths(n, difference int) {
	for symbol := range 20 {
		w.bits(map[bool]uint32{true: 1}[symbol == difference], 4)
	}
	for range n {
		w.bits(0, 1)
	}
}

// flat writes the codes of a block in which every main symbol has nine bits and every length symbol eight.
func (w *bitWriter) flat(before int) {
	slots := slots(DefaultWindow)
	w.lengths(literals, (before-9+17)%17)
	w.lengths(slots*lengthClasses, (before-9+17)%17)
	w.lengths(lengthSymbols, (max(before-1, 0)-8+17)%17)
}

// stored writes a stored block.
func (w *bitWriter) stored(data string) {
	w.header(stored, len(data))
	w.pad()
	for _, recent := range []uint32{1, 2, 3} {
		w.out = binary.LittleEndian.AppendUint32(w.out, recent)
	}
	w.out = append(w.out, data...)
	if len(data)%2 == 1 {
		w.out = append(w.out, 0)
	}
}

func (w *bitWriter) literals(text string) {
	for _, c := range []byte(text) {
		w.bits(uint32(c), 9)
	}
}

func decompressed(t *testing.T, n int, src []byte) string {
	t.Helper()
	dst := make([]byte, n)
	got, err := Decompress(dst, src)
	if err != nil || got != n {
		t.Fatalf("%d of %d bytes, %v", got, n, err)
	}
	return string(dst)
}

// A stored block begins at the next word border wherever the block before it ended; at a border a whole word is left out.
func TestStoredBlockBehindEveryBit(t *testing.T) {
	for n := 1; n <= 32; n++ {
		first := string(bytes.Repeat([]byte("a"), n))
		var w bitWriter
		w.header(verbatim, n)
		w.flat(0)
		w.literals(first)
		w.stored("odd")
		w.stored("even")
		w.header(verbatim, 4)
		w.flat(9)
		w.literals("tail")
		if got := decompressed(t, n+11, w.flush()); got != first+"oddeventail" {
			t.Errorf("behind %d literals: %q", n, got)
		}
	}
}

func TestMatches(t *testing.T) {
	const want = "abcdef" + "de" + "def" + "de" + "ee" + "eeeeeeeeeeee"
	var w bitWriter
	match := func(slot, length int) { w.bits(uint32(literals+slot*lengthClasses+length), 9) }
	w.header(verbatim, len(want))
	w.flat(0)
	w.literals("abcdef")
	match(4, 0) // two bytes from 2 or 3 back
	w.bits(1, 1)
	match(5, 1) // three bytes from 4 or 5 back
	w.bits(1, 1)
	match(1, 0) // two bytes, second recent offset: 3
	match(2, 0) // two bytes, third recent offset: the 1 of the beginning
	match(0, 7) // nine bytes and more, first recent offset: 1
	w.bits(3, 8)
	if got := decompressed(t, len(want), w.flush()); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestCallTargetsAreTurnedBack(t *testing.T) {
	chunk := make([]byte, 64)
	put := func(at int, v int32) {
		chunk[at] = callOpcode
		binary.LittleEndian.PutUint32(chunk[at+1:], uint32(v))
	}
	put(4, 1000)
	put(10, fileSize) // too large: stays
	put(20, -20)      // wraps around
	put(30, -31)      // too small: stays
	put(54, 1000)     // in the tail: stays
	untranslate(chunk, 0, fileSize)
	for at, want := range map[int]int32{4: 996, 10: fileSize, 20: fileSize - 20, 30: -31, 54: 1000} {
		if got := int32(binary.LittleEndian.Uint32(chunk[at+1:])); got != want {
			t.Errorf("call at %d: %d, want %d", at, got, want)
		}
	}
}

func TestSlots(t *testing.T) {
	for window, want := range map[int]int{1 << 15: 30, 1 << 16: 32, 1 << 17: 34, 1 << 18: 36, 1 << 19: 38, 1 << 20: 42, 1 << 21: 50} {
		if got := slots(window); got != want {
			t.Errorf("window %d: %d slots, want %d", window, got, want)
		}
	}
	for slot := range maxSlots - 1 {
		if slotBase(slot)+1<<slotBits(slot) != slotBase(slot+1) {
			t.Errorf("slot %d ends at %d, the next begins at %d", slot, slotBase(slot)+1<<slotBits(slot), slotBase(slot+1))
		}
	}
}

func TestVectorOfWimlib(t *testing.T) {
	want := testkit.Program()
	if got := decompressed(t, len(want), testkit.Hex(t, compressed)); got != string(want) {
		t.Error("the content differs")
	}
}

func TestDamageIsAnError(t *testing.T) {
	src, want := testkit.Hex(t, compressed), testkit.Program()
	dst := make([]byte, len(want))
	for n := range src {
		if made, err := Decompress(dst, src[:n]); err == nil || !errors.Is(err, ErrDamaged) || made > len(dst) {
			t.Fatalf("first %d bytes: %d, %v", n, made, err)
		}
	}
	for name, b := range map[string][]byte{"kind 0": {0, 0, 0, 0}, "kind 7": {0xff, 0xff, 0xff, 0xff}, "nothing": nil} {
		if _, err := Decompress(dst, b); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Decompress(make([]byte, DefaultWindow+1), src); !errors.Is(err, ErrDamaged) {
		t.Errorf("beyond the window: %v", err)
	}
}

func TestDecoderIsReusable(t *testing.T) {
	var d Decoder
	want := testkit.Program()
	for range 3 {
		dst := make([]byte, len(want))
		if _, err := d.Decompress(dst, testkit.Hex(t, compressed)); err != nil || !bytes.Equal(dst, want) {
			t.Fatal(err)
		}
	}
	dst := make([]byte, len(want))
	src := testkit.Hex(t, compressed)
	if n := testing.AllocsPerRun(10, func() { d.Decompress(dst, src) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzDecompress(f *testing.F) {
	f.Add(testkit.Hex(f, compressed), len(testkit.Program()))
	var w bitWriter
	w.stored("seed")
	f.Add(w.flush(), 4)
	f.Fuzz(func(t *testing.T, src []byte, size int) {
		if size < 0 || size > DefaultWindow {
			return
		}
		dst := make([]byte, size)
		n, err := Decompress(dst, src)
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
