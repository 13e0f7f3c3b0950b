package ese

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// States of a database, as its header tells them.
const (
	Clean = "clean" // closed properly
	Dirty = "dirty" // not closed: its logs may hold more. Normal after a power cut, and while Windows runs
)

// ErrNotESE is the answer to a file that is no such database.
var ErrNotESE = errors.New("this is no ESE database")

// ErrDamaged is the answer to a database whose header or pages cannot be trusted.
var ErrDamaged = errors.New("the ESE database is damaged")

const (
	signature     = 0x89abcdef
	formatVersion = 0x620
	headerSize    = 668 // of the fields that are known; the rest of the page is zero
	minPage       = 2048
	maxPage       = 32768
	smallPage     = 8192     // pages up to here have the short header and one checksum
	sizeLimit     = 64 << 30 // larger than any database of Windows Update that was ever told of
	stateClean    = 3
)

// Header is the first page of a database, or its copy in the second one where the
// first is damaged.
type Header struct {
	State    string // Clean or Dirty
	RawState uint32 // as stored: 1 just created, 2 dirty, 3 clean, 4 being converted, 5 detached by force
	PageSize int64  // bytes
	Version  uint32 // 0x620
	Revision uint32 // of the format
	Copy     bool   // the first page is damaged; this is its copy
}

// ReadHeader reads and checks the header. The checksum is verified over the whole
// page: the engine's, an exclusive or of its words.
func ReadHeader(r io.ReaderAt, size int64) (Header, error) {
	first, err := readHeaderAt(r, 0, size)
	if err == nil || size > sizeLimit {
		return first, err
	}
	for page := int64(minPage); page <= maxPage; page *= 2 {
		h, copyErr := readHeaderAt(r, page, size)
		if copyErr == nil && h.PageSize == page {
			h.Copy = true
			return h, nil
		}
	}
	return first, err
}

func readHeaderAt(r io.ReaderAt, at, size int64) (Header, error) {
	var h Header
	if size > sizeLimit {
		return h, fmt.Errorf("%w: %d bytes are more than any has", ErrDamaged, size)
	}
	b := make([]byte, headerSize)
	if n, err := r.ReadAt(b, at); n < len(b) {
		return h, tooShort(size, err)
	}
	if binary.LittleEndian.Uint32(b[4:]) != signature {
		return h, ErrNotESE
	}
	h = Header{RawState: u32(b, 52), PageSize: int64(u32(b, 236)), Version: u32(b, 8), Revision: u32(b, 232), State: Dirty}
	if h.RawState == stateClean {
		h.State = Clean
	}
	if h.PageSize < minPage || h.PageSize > maxPage || h.PageSize&(h.PageSize-1) != 0 {
		return h, fmt.Errorf("%w: a page of %d bytes", ErrDamaged, h.PageSize)
	}
	page := make([]byte, h.PageSize)
	if n, err := r.ReadAt(page, at); n < len(page) {
		return h, tooShort(size, err)
	}
	if got := xor(page, signature, 4); got != u32(page, 0) {
		return h, fmt.Errorf("%w: checksum of the header is %#08x, not %#08x", ErrDamaged, got, u32(page, 0))
	}
	return h, nil
}

func tooShort(size int64, err error) error {
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if size == 0 {
		return fmt.Errorf("%w: the file is empty", ErrDamaged)
	}
	return fmt.Errorf("%w: it ends within the header", ErrDamaged)
}

// xor is the exclusive or of the words of a page from an offset on.
func xor(page []byte, sum uint32, from int) uint32 {
	for i := from; i+4 <= len(page); i += 4 {
		sum ^= binary.LittleEndian.Uint32(page[i:])
	}
	return sum
}

func u16(b []byte, at int) uint16 { return binary.LittleEndian.Uint16(b[at:]) }
func u32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
