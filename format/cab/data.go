package cab

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"updoc/codec/lzx"
)

const (
	blockHeader = 8
	blockSize   = 32768        // of the uncompressed data of a block
	blockMax    = 65535        // of its compressed data, by the field's width
	continued   = 0xfffd       // folders from here on mean another cabinet
	zipMark     = "CK"         // in front of each MSZIP block
	dictSize    = flateHistory // what a block may refer to of those before
)

const flateHistory = 32768

// Open returns the content of a file. Reading ends with an error of this package at the
// first block that is damaged; what came before is good.
func (c *Cabinet) Open(f File) io.Reader {
	switch {
	case f.folder >= continued:
		return broken{fmt.Errorf("%w: the file lies in several cabinets", ErrUnsupported)}
	case f.folder >= len(c.folders):
		return broken{fmt.Errorf("%w: the file names folder %d of %d", ErrDamaged, f.folder, len(c.folders))}
	case f.Method != Stored && f.Method != MSZIP && f.Method != LZX:
		return broken{fmt.Errorf("%w: compressed with %s", ErrUnsupported, f.Method)}
	}
	from := c.folders[f.folder]
	d := &stream{c: c, at: from.start, left: from.blocks, method: f.Method}
	if f.Method == LZX {
		var err error
		if d.lzx, err = lzx.NewStream(from.window); err != nil {
			return broken{fmt.Errorf("%w: %w", ErrDamaged, err)}
		}
	}
	return &window{d: d, skip: f.offset, left: f.Size}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// window is a part of a folder's stream.
type window struct {
	d          *stream
	skip, left int64
}

func (w *window) Read(p []byte) (int, error) {
	for w.skip > 0 {
		if n := w.d.pass(w.skip); n > 0 {
			w.skip -= n
			continue
		}
		b, err := w.d.next(w.skip)
		w.skip -= int64(len(b))
		if err != nil {
			return 0, err
		}
	}
	if w.left == 0 {
		return 0, io.EOF
	}
	b, err := w.d.next(min(w.left, int64(len(p))))
	w.left -= int64(len(b))
	return copy(p, b), err
}

// stream unpacks the blocks of a folder, one after another.
type stream struct {
	c       *Cabinet
	at      int64
	left    int
	method  Method
	block   []byte // what is left of the current one
	last    []byte // the whole of it: the dictionary of the next
	inflate io.ReadCloser
	lzx     *lzx.Stream
}

// next returns up to n bytes, valid until it is called again.
func (d *stream) next(n int64) ([]byte, error) {
	for len(d.block) == 0 {
		if d.left == 0 {
			return nil, fmt.Errorf("%w: the folder ends before its files do", ErrDamaged)
		}
		if err := d.advance(); err != nil {
			d.left = 0
			return nil, err
		}
	}
	b := d.block[:min(n, int64(len(d.block)))]
	d.block = d.block[len(b):]
	return b, nil
}

// pass leaves a whole stored block out if it is not longer than n, and says how long it is;
// 0: it must be read.
func (d *stream) pass(n int64) int64 {
	if d.method != Stored || len(d.block) > 0 || d.left == 0 {
		return 0
	}
	in := &cursor{r: d.c.r, size: d.c.size, at: d.at}
	head := in.take(blockHeader + d.c.reserve)
	packed, size := u16(head, 4), u16(head, 6)
	if in.err != nil || packed != size || size == 0 || int64(size) > n || size > blockSize {
		return 0
	}
	d.at, d.left = in.at+int64(packed), d.left-1
	return int64(size)
}

// advance unpacks the next block.
func (d *stream) advance() error {
	in := &cursor{r: d.c.r, size: d.c.size, at: d.at}
	head := in.take(blockHeader + d.c.reserve)
	packed, size := u16(head, 4), u16(head, 6)
	data := in.take(packed)
	if in.err != nil {
		return fmt.Errorf("%w: the block at byte %d: %w", ErrDamaged, d.at, in.err)
	}
	if size > blockSize {
		return fmt.Errorf("%w: the block at byte %d claims %d bytes", ErrDamaged, d.at, size)
	}
	if want := u32(head, 0); want != 0 && want != checksum(head[4:], checksum(data, 0)) {
		return fmt.Errorf("%w: the checksum of the block at byte %d is wrong", ErrDamaged, d.at)
	}
	block, err := d.unpack(data, size)
	if err != nil {
		return fmt.Errorf("%w: the block at byte %d: %w", ErrDamaged, d.at, err)
	}
	d.block, d.last = block, block
	d.at, d.left = in.at, d.left-1
	return nil
}

// unpack gives the content of a block, whose dictionary is the block before.
func (d *stream) unpack(data []byte, size int) ([]byte, error) {
	switch {
	case d.method == LZX:
		return d.lzx.Frame(data, size)
	case d.method == Stored && len(data) != size:
		return nil, fmt.Errorf("%d bytes for %d", len(data), size)
	case d.method == Stored:
		return data, nil
	}
	if !bytes.HasPrefix(data, []byte(zipMark)) {
		return nil, fmt.Errorf("no %s at its start", zipMark)
	}
	src := bytes.NewReader(data[len(zipMark):])
	dict := d.last[max(0, len(d.last)-dictSize):]
	if d.inflate == nil {
		d.inflate = flate.NewReaderDict(src, dict)
	} else if err := d.inflate.(flate.Resetter).Reset(src, dict); err != nil {
		return nil, err
	}
	out := slices.Grow(d.last[:0], size)[:size] // the dictionary was copied
	_, err := io.ReadFull(d.inflate, out)
	return out, err
}

// checksum is the exclusive or of all words; the last bytes stand from the highest down.
func checksum(b []byte, sum uint32) uint32 {
	for ; len(b) >= 4; b = b[4:] {
		sum ^= binary.LittleEndian.Uint32(b)
	}
	var rest uint32
	for _, v := range b {
		rest = rest<<8 | uint32(v)
	}
	return sum ^ rest
}
