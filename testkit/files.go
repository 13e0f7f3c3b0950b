package testkit

import (
	"bytes"
	"crypto/sha256"
	"fmt"
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

// DiskHash is a hash of what a file holds. Blocks of zeros count by their place alone, so
// that a sparse disk of many gigabytes is quickly compared.
func DiskHash(t testing.TB, path string) [32]byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sum, block := sha256.New(), make([]byte, blockSize)
	for at := int64(0); ; {
		if at = nextData(f, at); at < 0 {
			break
		}
		at -= at % int64(len(block))
		n, err := f.ReadAt(block, at)
		addBlock(sum, at, block[:n])
		if at += int64(n); err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(sum, size)
	return [32]byte(sum.Sum(nil))
}

// blockSize is how much is compared with zeros at once.
const blockSize = 64 << 10

var zeros [blockSize]byte

// addBlock adds a block to a sum with its place, unless it is all zero: sick disks are
// mostly zeros, and to hash them would take most of a test's time.
func addBlock(sum io.Writer, at int64, block []byte) {
	if !bytes.Equal(block, zeros[:len(block)]) {
		fmt.Fprintf(sum, "%d:", at)
		sum.Write(block)
	}
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
