package wim

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"updoc/testkit"
)

// FuzzOpen reads everything of an image made of any bytes: no panic, no hang, no memory beyond what the limits allow.
func FuzzOpen(f *testing.F) {
	small := Tree{Info: Image{Name: "x", HasVersion: true, Build: 1}, Root: dir("", dir("a", &Node{Name: "b", Content: Bytes([]byte("c"))}))}
	f.Add(stored(f, Options{Images: []Tree{small}}))
	f.Add(stored(f, Options{Images: []Tree{small, recovery()}})[:4096])
	f.Add([]byte(magic))
	for _, compressed := range compressedSeeds(f) {
		f.Add(compressed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		visited := 0
		err = w.Walk(1, func(e Entry) error {
			visited++
			if r, err := w.OpenFile(1, e.Path); err == nil {
				n, _ := io.Copy(io.Discard, io.LimitReader(r, 1<<20))
				if n > r.Size() {
					t.Fatalf("%d bytes of a file of %d", n, r.Size())
				}
			}
			return nil
		})
		if err == nil && visited == 0 {
			t.Fatal("a walk without a root")
		}
		if info := w.Info(); info.Valid != (len(info.Problems) == 0) {
			t.Fatalf("%+v", info)
		}
	})
}

// FuzzMetadata walks a metadata resource made of any bytes.
func FuzzMetadata(f *testing.F) {
	b, _, err := metadata(recovery(), newBlobSet())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := newMetadata(b)
		if err != nil {
			return
		}
		w := &File{table: &lookupTable{}, metadata: map[int]*metadataReader{1: m}}
		visited := 0
		w.Walk(1, func(e Entry) error {
			visited++
			w.Stat(1, e.Path)
			return nil
		})
		if visited == 0 || visited > len(b)/dentrySize+1 {
			t.Fatalf("%d entries in %d bytes", visited, len(b))
		}
	})
}

// compressedSeeds are two small images of one directory, with XPRESS and LZX metadata: the bytes were made with wimlib from
// a folder of this package's own.
func compressedSeeds(t testing.TB) [][]byte {
	return [][]byte{testkit.Hex(t, seedXPRESS), testkit.Hex(t, seedLZX)}
}

func TestSeedsAreGood(t *testing.T) {
	for _, b := range compressedSeeds(t) {
		w := opened(t, b)
		got, err := w.ReadFile(1, "a/text.txt", 1<<20)
		if err != nil || !bytes.Equal(got, bytes.Repeat([]byte("updoc "), 200)) || !w.Info().Valid {
			t.Errorf("%s: %d bytes, %v", w.Info().Compression, len(got), err)
		}
		broken := bytes.Clone(b)
		broken[headerSize+20] ^= 0xff
		if _, err := opened(t, broken).ReadFile(1, "a/text.txt", 1<<20); !errors.Is(err, ErrDamaged) {
			t.Errorf("broken %s: %v", w.Info().Compression, err)
		}
	}
}
