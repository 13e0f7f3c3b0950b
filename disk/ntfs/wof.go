package ntfs

import (
	"fmt"
	"io"
	"sync"

	"updoc/codec/lzx"
	"updoc/codec/xpress"
)

// wofStreamName is the stream CompactOS keeps the compressed content in; the unnamed one is a hole of
// the true length.
const wofStreamName = "WofCompressedData"

// Numbers from Microsoft's wofapi.h and ntifs.h: WOF_PROVIDER_FILE and its algorithms.
const (
	wofProviderFile = 2
	wofXpress4K     = 0
	wofLZX          = 1
	wofXpress8K     = 2
	wofXpress16K    = 3
)

// wofFile reads a file CompactOS compressed: a table of chunk ends, then the chunks, as in a WIM resource.
type wofFile struct {
	packed *stream
	size   int64 // of the file
	chunk  int64
	entry  int64 // bytes of a table entry
	unpack func(dst, src []byte) (int, error)

	mu  sync.Mutex
	at  int64 // which chunk data holds, -1 for none
	buf []byte
}

// openWOF opens a file with the tag TagWOF. Content kept in a WIM elsewhere, and algorithms we do not
// know, give ErrCompactOS.
func (v *Volume) openWOF(rec *record, size int64) (*wofFile, error) {
	_, b, err := v.reparse(rec)
	if err != nil {
		return nil, err
	}
	if len(b) < 16 || le.Uint32(b[4:]) != wofProviderFile {
		return nil, fmt.Errorf("its content lies in a WIM file: %w", ErrCompactOS)
	}
	w := &wofFile{size: size, entry: 4, at: -1}
	if size > 1<<32-1 {
		w.entry = 8
	}
	if err := w.choose(le.Uint32(b[12:])); err != nil {
		return nil, err
	}
	pieces, err := v.pieces(rec, attrData, wofStreamName)
	if err != nil {
		return nil, err
	}
	w.packed, err = v.newStream(pieces)
	return w, err
}

func (w *wofFile) choose(algorithm uint32) error {
	w.unpack = new(xpress.Decoder).Decompress
	switch algorithm {
	case wofXpress4K:
		w.chunk = 4 << 10
	case wofXpress8K:
		w.chunk = 8 << 10
	case wofXpress16K:
		w.chunk = 16 << 10
	case wofLZX:
		w.chunk = 32 << 10
		w.unpack = new(lzx.Decoder).Decompress
	default:
		return fmt.Errorf("algorithm %d: %w", algorithm, ErrCompactOS)
	}
	return nil
}

// ReadAt follows io.ReaderAt.
func (w *wofFile) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("negative offset %d", off)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	done := 0
	for done < len(p) {
		at := off + int64(done)
		if at >= w.size {
			return done, io.EOF
		}
		if err := w.load(at / w.chunk); err != nil {
			return done, err
		}
		done += copy(p[done:], w.buf[at%w.chunk:])
	}
	return done, nil
}

// load unpacks one chunk; one that would not have become shorter is stored as it is.
func (w *wofFile) load(n int64) error {
	if n == w.at {
		return nil
	}
	w.at = -1
	from, to, err := w.bounds(n)
	if err != nil {
		return err
	}
	length := min(w.chunk, w.size-n*w.chunk)
	if from < 0 || to <= from || to-from > length {
		return fmt.Errorf("compressed chunk %d of %d bytes: %w", n, to-from, ErrDamaged)
	}
	packed := make([]byte, to-from)
	if err := w.packed.readFull(packed, from); err != nil {
		return err
	}
	if to-from == length {
		w.at, w.buf = n, packed
		return nil
	}
	if int64(cap(w.buf)) < w.chunk {
		w.buf = make([]byte, w.chunk)
	}
	w.buf = w.buf[:length]
	if _, err := w.unpack(w.buf, packed); err != nil {
		return fmt.Errorf("compressed chunk %d: %v: %w", n, err, ErrDamaged)
	}
	w.at = n
	return nil
}

// bounds gives the place of a chunk in the stream. The table has an end for each chunk but the last,
// counted from the table's own end.
func (w *wofFile) bounds(n int64) (from, to int64, err error) {
	last := (w.size+w.chunk-1)/w.chunk - 1
	table := last * w.entry
	if table > w.packed.size {
		return 0, 0, fmt.Errorf("chunk table of %d bytes in a stream of %d: %w", table, w.packed.size, ErrDamaged)
	}
	from, to = table, w.packed.size
	if n > 0 {
		if from, err = w.end(n - 1); err != nil {
			return 0, 0, err
		}
		from += table
	}
	if n < last {
		if to, err = w.end(n); err != nil {
			return 0, 0, err
		}
		to += table
	}
	if from > w.packed.size || to > w.packed.size {
		return 0, 0, fmt.Errorf("compressed chunk %d leaves its stream: %w", n, ErrDamaged)
	}
	return from, to, nil
}

func (w *wofFile) end(n int64) (int64, error) {
	b := make([]byte, 8)
	if err := w.packed.readFull(b[:w.entry], n*w.entry); err != nil {
		return 0, err
	}
	return int64(le.Uint64(b) & (1<<62 - 1)), nil
}
