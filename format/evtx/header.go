package evtx

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// Sizes of the format, in bytes.
const (
	fileHeaderSize  = 128
	headerBlockSize = 4096
	chunkSize       = 65536
	chunkHeaderSize = 512
	recordHeadSize  = 24
	minRecordSize   = recordHeadSize + 4
)

const (
	fileMagic  = "ElfFile\x00"
	chunkMagic = "ElfChnk\x00"
	flagDirty  = 1
	flagFull   = 2
)

// Header is the file header as it stands in the file. It is only a hint: a log
// that was not closed (Dirty) has stale values here. All values are zero when
// the file does not begin with a header.
type Header struct {
	Present      bool   // the magic "ElfFile" is there
	CRCOK        bool   // the header's checksum matches
	Major, Minor uint16 // 3.1 (Windows Vista to 10), 3.2 (newer)
	FirstChunk   uint64 // number of the oldest chunk
	LastChunk    uint64 // number of the chunk written last
	NextRecordID uint64 // id the next record would get
	ChunkCount   uint16 // chunks in use
	Dirty        bool   // the log was not closed
	Full         bool   // the log reached its maximum size
}

var le = binary.LittleEndian

func readHeader(r io.ReaderAt, size int64) (Header, error) {
	var b [fileHeaderSize]byte
	n, err := readFullAt(r, b[:], 0, size)
	if n < len(b) {
		return Header{}, err
	}
	return parseHeader(b[:]), nil
}

func parseHeader(b []byte) Header {
	if string(b[:8]) != fileMagic {
		return Header{}
	}
	flags := le.Uint32(b[120:])
	return Header{
		Present:      true,
		CRCOK:        crc32.ChecksumIEEE(b[:120]) == le.Uint32(b[124:]),
		FirstChunk:   le.Uint64(b[8:]),
		LastChunk:    le.Uint64(b[16:]),
		NextRecordID: le.Uint64(b[24:]),
		Minor:        le.Uint16(b[36:]),
		Major:        le.Uint16(b[38:]),
		ChunkCount:   le.Uint16(b[42:]),
		Dirty:        flags&flagDirty != 0,
		Full:         flags&flagFull != 0,
	}
}

// problems says in plain words what is wrong with the header of a log of the
// given number of chunk slots.
func (h Header) problems(slots int) []string {
	if !h.Present {
		return []string{"no file header"}
	}
	var p []string
	if !h.CRCOK {
		p = append(p, "file header checksum does not match")
	}
	if h.Major != 3 {
		p = append(p, fmt.Sprintf("unknown version %d.%d", h.Major, h.Minor))
	}
	if int(h.ChunkCount) > slots {
		p = append(p, fmt.Sprintf("header counts %d chunks, the file has room for %d", h.ChunkCount, slots))
	}
	return p
}

// readFullAt reads as much of b as lies inside size; a short read at the end
// of the file is no error.
func readFullAt(r io.ReaderAt, b []byte, off, size int64) (int, error) {
	if off >= size {
		return 0, nil
	}
	if rest := size - off; int64(len(b)) > rest {
		b = b[:rest]
	}
	n, err := r.ReadAt(b, off)
	if err == io.EOF || n == len(b) {
		err = nil
	}
	return n, err
}
