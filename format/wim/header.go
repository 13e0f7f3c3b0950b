package wim

import (
	"fmt"
	"io"
)

const (
	headerSize      = 208
	versionStandard = 0x10d00
	versionSolid    = 0xe00
	magic           = "MSWIM\x00\x00\x00"
	magicPipable    = "WLPWM\x00\x00\x00"
)

// Header flags.
const (
	flagCompressed      = 0x00000002
	flagSpanned         = 0x00000008
	flagWriteInProgress = 0x00000040
	flagReparseFix      = 0x00000080
	flagXPRESS          = 0x00020000
	flagLZX             = 0x00040000
	flagLZMS            = 0x00080000
	flagXPRESS2         = 0x00200000
)

// Resource flags.
const (
	resFree       = 0x01
	resMetadata   = 0x02
	resCompressed = 0x04
	resSpanned    = 0x08
	resSolid      = 0x10
)

// resource is where a run of bytes lies in the file.
type resource struct {
	flags  byte
	stored int64 // bytes in the file
	offset int64
	size   int64 // bytes after decompression
}

// parseResource reads 24 bytes: 7 of stored size, 1 of flags, offset, size.
func parseResource(b []byte) resource {
	return resource{
		stored: int64(le.Uint64(b) & (1<<56 - 1)),
		flags:  b[7],
		offset: int64(le.Uint64(b[8:])),
		size:   int64(le.Uint64(b[16:])),
	}
}

func (r resource) append(b []byte) []byte {
	b = le.AppendUint64(b, uint64(r.stored)|uint64(r.flags)<<56)
	b = le.AppendUint64(b, uint64(r.offset))
	return le.AppendUint64(b, uint64(r.size))
}

// within says whether the stored bytes lie inside a file of the given size.
func (r resource) within(fileSize int64) bool {
	return r.offset >= 0 && r.size >= 0 && r.offset <= fileSize && r.stored <= fileSize-r.offset
}

// header is the first structure of the file.
type header struct {
	version    uint32
	flags      uint32
	chunkSize  uint32
	guid       [16]byte
	part       uint16
	totalParts uint16
	images     uint32
	lookup     resource
	xml        resource
	boot       resource
	bootIndex  uint32
	integrity  resource
}

func readHeader(r io.ReaderAt) (header, error) {
	b := make([]byte, headerSize)
	n, err := r.ReadAt(b, 0)
	switch {
	case n >= 8 && string(b[:8]) == magicPipable:
		return header{}, fmt.Errorf("%w: pipable", ErrUnsupported)
	case n < 8 && err != nil && err != io.EOF:
		return header{}, fmt.Errorf("reading the WIM header: %w", err)
	case n < 8 || string(b[:8]) != magic:
		return header{}, ErrNotWIM
	case n < headerSize:
		return header{}, fmt.Errorf("%w: only %d bytes of the header are there", ErrDamaged, n)
	}
	return parseHeader(b), nil
}

func parseHeader(b []byte) header {
	h := header{
		version:    le.Uint32(b[12:]),
		flags:      le.Uint32(b[16:]),
		chunkSize:  le.Uint32(b[20:]),
		part:       le.Uint16(b[40:]),
		totalParts: le.Uint16(b[42:]),
		images:     le.Uint32(b[44:]),
		lookup:     parseResource(b[48:]),
		xml:        parseResource(b[72:]),
		boot:       parseResource(b[96:]),
		bootIndex:  le.Uint32(b[120:]),
		integrity:  parseResource(b[124:]),
	}
	copy(h.guid[:], b[24:])
	return h
}

// bytes returns the header as it stands on disk.
func (h header) bytes() []byte {
	b := append(make([]byte, 0, headerSize), magic...)
	b = le.AppendUint32(b, headerSize)
	b = le.AppendUint32(b, h.version)
	b = le.AppendUint32(b, h.flags)
	b = le.AppendUint32(b, h.chunkSize)
	b = append(b, h.guid[:]...)
	b = le.AppendUint16(b, h.part)
	b = le.AppendUint16(b, h.totalParts)
	b = le.AppendUint32(b, h.images)
	b = h.lookup.append(b)
	b = h.xml.append(b)
	b = h.boot.append(b)
	b = le.AppendUint32(b, h.bootIndex)
	b = h.integrity.append(b)
	return append(b, make([]byte, headerSize-len(b))...)
}
