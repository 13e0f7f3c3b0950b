package wim

import (
	"bytes"
	"fmt"
	"io"
)

// Content is the data of a file or stream to be written. It is read twice: once for its SHA-1, once to be stored. The zero
// value is empty.
type Content struct {
	r    io.ReaderAt
	size int64 // bytes
}

// Bytes is content held in memory; b must stay unchanged until Write has returned.
func Bytes(b []byte) Content { return From(bytes.NewReader(b), int64(len(b))) }

// From is the first size bytes of r, which must stay unchanged until Write has returned.
func From(r io.ReaderAt, size int64) Content { return Content{r, size} }

// Zeros is size zero bytes, which take no memory, and no room in a file that is written through Sparse.
func Zeros(size int64) Content { return Content{zeros{}, size} }

// Size returns the length in bytes.
func (c Content) Size() int64 { return c.size }

func (c Content) reader() io.Reader { return io.NewSectionReader(c.r, 0, c.size) }

func (c Content) allZero() bool {
	_, ok := c.r.(zeros)
	return ok
}

// zeros reads as endless zero bytes.
type zeros struct{}

func (zeros) ReadAt(b []byte, _ int64) (int, error) {
	clear(b)
	return len(b), nil
}

// Sparse returns a writer that leaves holes in f where Zeros are stored. f must be empty, positioned at its start, and not
// opened for appending.
func Sparse(f io.WriteSeeker) io.Writer { return sparse{f} }

type sparse struct{ io.WriteSeeker }

// copyTo stores the content in w; buffer is scratch space.
func (c Content) copyTo(w io.Writer, buffer []byte) error {
	if hole, ok := w.(sparse); ok && c.allZero() {
		_, err := hole.Seek(c.size, io.SeekCurrent)
		return err
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{w}, c.reader(), buffer)
	if err == nil && n != c.size {
		return fmt.Errorf("the content has %d bytes, not %d: %w", n, c.size, io.ErrUnexpectedEOF)
	}
	return err
}
