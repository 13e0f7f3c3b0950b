package lzx

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"updoc/testkit"
)

// kinds are blocks of every kind, that end inside frames, at their border, and behind an odd byte.
var kinds = []testkit.LZXBlock{{Kind: 1, Size: 5000}, {Kind: 3, Size: 40001}, {Kind: 2, Size: 20535}, {Kind: 3, Size: 7}, {Kind: 1, Size: 70000}, {Kind: 2, Size: 1}, {Kind: 3, Size: 32769}}

// mixed is what compresses well, what does not, and calls; it repeats itself from far back.
func mixed(n int) []byte {
	var b []byte
	for i := uint64(0); len(b) < n; i++ {
		b = append(append(b, testkit.Program()...), testkit.Noise(i%5, 9000)...)
	}
	return b[:n]
}

func stream(t testing.TB, frames [][]byte, window, size int) ([]byte, error) {
	t.Helper()
	s, err := NewStream(window)
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	for _, f := range frames {
		b, err := s.Frame(f, min(FrameSize, size-len(out)))
		if err != nil {
			return out, err
		}
		out = append(out, b...)
	}
	return out, nil
}

func TestStream(t *testing.T) {
	for window := DefaultWindow; window <= MaxWindow; window *= 2 {
		for _, calls := range []bool{false, true} {
			for _, n := range []int{0, 1, 32768, 32769, 3*window/2 + 12345} {
				want := mixed(n)
				got, err := stream(t, testkit.LZX(want, window, kinds, calls), window, n)
				if err != nil || !bytes.Equal(got, want) {
					t.Fatalf("window %d, %d bytes, calls %v: %d bytes, %v", window, n, calls, len(got), err)
				}
			}
		}
	}
}

// A byte that fills up an odd stored block may begin the next frame.
func TestStreamPadInTheNextFrame(t *testing.T) {
	want := mixed(FrameSize + 100)
	frames := testkit.LZX(want, DefaultWindow, []testkit.LZXBlock{{Kind: 1, Size: FrameSize - 5}, {Kind: 3, Size: 5}, {Kind: 1, Size: 100}}, false)
	frames[0], frames[1] = frames[0][:len(frames[0])-1], append([]byte{0}, frames[1]...)
	got, err := stream(t, frames, DefaultWindow, len(want))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestStreamDamage(t *testing.T) {
	want := mixed(100_000)
	frames := testkit.LZX(want, DefaultWindow, kinds, false)
	for i := range frames {
		cut := slices.Clone(frames)
		cut[i] = cut[i][:len(cut[i])/2]
		if got, err := stream(t, cut, DefaultWindow, len(want)); !errors.Is(err, ErrDamaged) || !bytes.Equal(got, want[:i*FrameSize]) {
			t.Errorf("frame %d cut: %d bytes, %v", i, len(got), err)
		}
	}
	s, _ := NewStream(DefaultWindow)
	for _, size := range []int{-1, FrameSize + 1} {
		if _, err := s.Frame(frames[0], size); !errors.Is(err, ErrDamaged) {
			t.Errorf("a frame of %d bytes: %v", size, err)
		}
	}
	for _, window := range []int{0, 1 << 14, 40000, 2 * MaxWindow} {
		if _, err := NewStream(window); !errors.Is(err, ErrDamaged) {
			t.Errorf("window %d: %v", window, err)
		}
	}
}

func FuzzStream(f *testing.F) {
	for _, calls := range []bool{false, true} {
		frames := testkit.LZX(mixed(3000), DefaultWindow, []testkit.LZXBlock{{Kind: 1, Size: 1001}, {Kind: 3, Size: 333}, {Kind: 2, Size: 900}}, calls)
		f.Add(frames[0], 3000)
	}
	f.Fuzz(func(t *testing.T, src []byte, size int) {
		s, _ := NewStream(DefaultWindow)
		for range 3 {
			b, err := s.Frame(src, size)
			if err != nil {
				return
			}
			if len(b) != size {
				t.Fatalf("%d of %d bytes", len(b), size)
			}
		}
	})
}

func BenchmarkStream(b *testing.B) {
	want := mixed(1 << 20)
	frames := testkit.LZX(want, MaxWindow, []testkit.LZXBlock{{Kind: 1, Size: 300_000}}, true)
	b.SetBytes(int64(len(want)))
	for b.Loop() {
		if _, err := stream(b, frames, MaxWindow, len(want)); err != nil {
			b.Fatal(err)
		}
	}
}
