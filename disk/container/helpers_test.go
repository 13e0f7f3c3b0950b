package container

import (
	"bytes"
	"context"
	"io"
	"slices"
	"testing"

	"updoc/testkit"
)

// content is a disk with noise, text and holes that is no multiple of any cluster.
func content() []byte {
	b := make([]byte, 5<<20+3*512)
	copy(b, testkit.Noise(1, 1<<20))
	text := bytes.Repeat([]byte("the quick brown fox\r\n"), 60000)
	copy(b[2<<20+12345:], text)
	for i, c := range testkit.Noise(2, 70000) {
		b[len(b)-70000+i] = c & 3
	}
	return b
}

func open(t *testing.T, path string) Image {
	t.Helper()
	img, err := Open(context.Background(), path, Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { img.Close() })
	return img
}

// whole reads an image in pieces of an odd length and checks it against what it must hold; the image
// may be longer by zeros.
func wantContent(t *testing.T, img Image, want []byte) {
	t.Helper()
	if img.Size() < int64(len(want)) {
		t.Fatalf("size %d, want %d", img.Size(), len(want))
	}
	got, err := io.ReadAll(io.NewSectionReader(img, 0, img.Size()))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got[:len(want)], want) || len(bytes.Trim(got[len(want):], "\x00")) > 0 {
		t.Error("content differs")
	}
	odd := make([]byte, 70001)
	for off := int64(0); off+int64(len(odd)) < int64(len(want)); off += 333333 {
		if _, err := img.ReadAt(odd, off); err != nil || !bytes.Equal(odd, want[off:off+int64(len(odd))]) {
			t.Fatalf("read at %d: %v or content differs", off, err)
		}
	}
	if p := img.Problems(); len(p) > 0 {
		t.Errorf("problems = %v", p)
	}
}

func hasProblem(img Image, code string) bool {
	return slices.ContainsFunc(img.Problems(), func(p problem) bool { return p.Code == code })
}
