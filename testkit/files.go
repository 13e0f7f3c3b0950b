package testkit

import (
	"bytes"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// ReadFile returns the content of a file.
func ReadFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// WriteFile makes a file with that content in a folder of its own, which goes when the
// test ends, and returns its path.
func WriteFile(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// EmptyDisk makes a file of size bytes, all zero and taking no room, in a folder of its
// own, which goes when the test ends, and returns its path.
func EmptyDisk(t testing.TB, size int64) string {
	t.Helper()
	path := WriteFile(t, "disk.img", nil)
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
	return path
}

// FileHash returns the SHA-256 of a file's content.
func FileHash(t testing.TB, path string) [32]byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		t.Fatal(err)
	}
	return [32]byte(h.Sum(nil))
}

// Memory is a disk or volume of a fixed size in memory: the tests may change its bytes.
type Memory []byte

// ReadAt reads as io.ReaderAt asks: at the end it gives what is there, and io.EOF.
func (m Memory) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m).ReadAt(p, off)
}

// WriteAt writes as io.WriterAt asks; a disk does not grow, so that a write beyond its
// end is short and io.ErrShortWrite.
func (m Memory) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || off > int64(len(m)) {
		return 0, io.ErrShortWrite
	}
	n := copy(m[off:], p)
	if n < len(p) {
		return n, io.ErrShortWrite
	}
	return n, nil
}

// Counter counts the bytes that are read through it.
type Counter struct {
	io.ReaderAt
	Bytes int64 // read since the test last set it
}

// ReadAt reads as the reader below does.
func (c *Counter) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	c.Bytes += int64(n)
	return n, err
}
