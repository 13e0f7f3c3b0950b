package wim

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"updoc/codec/lzx"
	"updoc/codec/xpress"
)

// defaultChunk is the chunk size that a header with 0 means, in bytes.
const defaultChunk = 32768

// readAll reads a resource of at most limit bytes into memory. Memory grows with what really comes, not with what the
// resource claims.
func (f *File) readAll(at resource, limit int64) ([]byte, error) {
	if at.size > limit {
		return nil, fmt.Errorf("%w: %d bytes are more than the %d that are read", ErrDamaged, at.size, limit)
	}
	r, err := f.open(at)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(r)
	if err == nil && int64(len(b)) < at.size {
		err = fmt.Errorf("%w: %d of %d bytes", ErrDamaged, len(b), at.size)
	}
	return b, err
}

// open returns a reader of the uncompressed bytes of a resource.
func (f *File) open(at resource) (io.Reader, error) {
	switch {
	case at.flags&resSolid != 0:
		return nil, fmt.Errorf("%w: solid resource", ErrUnsupported)
	case at.flags&resSpanned != 0:
		return nil, fmt.Errorf("%w: resource that spans parts", ErrUnsupported)
	case !at.within(f.size):
		return nil, fmt.Errorf("%w: a resource of %d bytes at %d lies beyond the end of the file", ErrDamaged, at.stored, at.offset)
	case at.flags&resCompressed == 0 && at.stored != at.size:
		return nil, fmt.Errorf("%w: a stored resource has two sizes, %d and %d", ErrDamaged, at.stored, at.size)
	case at.flags&resCompressed == 0:
		return io.NewSectionReader(f.r, at.offset, at.size), nil
	}
	return f.openCompressed(at)
}

// decompressor turns one chunk into len(dst) bytes.
type decompressor func(dst, src []byte) (int, error)

// decompressor returns the codec for chunks of so many bytes.
func (h header) decompressor(chunk int64) (decompressor, error) {
	power := chunk >= 4096 && chunk&(chunk-1) == 0
	switch c := h.compression(); {
	case c == CompressionXPRESS && power && chunk <= xpress.MaxChunk:
		return new(xpress.Decoder).Decompress, nil
	case c == CompressionLZX && power && chunk <= lzx.MaxWindow:
		return (&lzx.Decoder{Window: int(chunk)}).Decompress, nil
	default:
		return nil, fmt.Errorf("%w: compression %s in chunks of %d bytes", ErrUnsupported, c, chunk)
	}
}

func (f *File) openCompressed(at resource) (io.Reader, error) {
	chunk := int64(f.header.chunkSize)
	if chunk == 0 {
		chunk = defaultChunk
	}
	decompress, err := f.header.decompressor(chunk)
	if err != nil {
		return nil, err
	}
	return newChunks(f.r, at, chunk, decompress)
}

// chunks reads a compressed resource: a table of where each chunk but the first begins, counted from the end of the table,
// then the chunks. A chunk that is as long as its content is stored.
type chunks struct {
	data       *io.SectionReader // behind the table
	table      *bufio.Reader
	wide       bool  // table entries have 8 bytes
	chunk      int64 // bytes of content a chunk has
	left       int64 // bytes of content still to come
	next       int64 // where the next chunk begins
	in, out    []byte
	ready      []byte // decompressed, not yet delivered
	decompress decompressor
}

func newChunks(r io.ReaderAt, at resource, chunk int64, d decompressor) (*chunks, error) {
	c := &chunks{wide: at.size >= 1<<32, chunk: chunk, left: at.size, decompress: d}
	entries := max((at.size-1)/chunk, 0)
	width := int64(4)
	if c.wide {
		width = 8
	}
	if entries > at.stored/width {
		return nil, fmt.Errorf("%w: a chunk table of %d entries in %d bytes", ErrDamaged, entries, at.stored)
	}
	c.table = bufio.NewReader(io.NewSectionReader(r, at.offset, entries*width))
	c.data = io.NewSectionReader(r, at.offset+entries*width, at.stored-entries*width)
	return c, nil
}

// Read delivers the next bytes; damage in one chunk ends the resource with ErrDamaged.
func (c *chunks) Read(b []byte) (int, error) {
	if len(c.ready) == 0 {
		if c.left == 0 {
			return 0, io.EOF
		}
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(b, c.ready)
	c.ready = c.ready[n:]
	return n, nil
}

// fill decompresses the next chunk.
func (c *chunks) fill() error {
	begin, size := c.next, min(c.chunk, c.left)
	end := c.data.Size()
	if c.left > c.chunk {
		var err error
		if end, err = c.entry(); err != nil {
			return err
		}
	}
	if end <= begin || end > c.data.Size() || end-begin > size {
		return fmt.Errorf("%w: a chunk from %d to %d", ErrDamaged, begin, end)
	}
	c.out = room(c.out, size)
	if err := c.load(begin, end); err != nil {
		return err
	}
	c.next, c.left, c.ready = end, c.left-size, c.out
	return nil
}

func (c *chunks) load(begin, end int64) error {
	if end-begin == int64(len(c.out)) {
		return readFull(c.data, c.out, begin)
	}
	c.in = room(c.in, end-begin)
	if err := readFull(c.data, c.in, begin); err != nil {
		return err
	}
	if _, err := c.decompress(c.out, c.in); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

func (c *chunks) entry() (int64, error) {
	var b [8]byte
	width := 4
	if c.wide {
		width = 8
	}
	_, err := io.ReadFull(c.table, b[:width])
	return int64(le.Uint64(b[:])), missing(err)
}

// missing tells a file that ends too early from the regular end of a resource.
func missing(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func readFull(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	return missing(err)
}

// room returns a buffer of n bytes, b if it is large enough.
func room(b []byte, n int64) []byte {
	if int64(cap(b)) < n {
		return make([]byte, n)
	}
	return b[:n]
}
