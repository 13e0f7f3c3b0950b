package evtx

import (
	"hash/crc32"
)

// chunkHeader is the first 512 bytes of a chunk. Only trusted when its own
// checksum matches.
type chunkHeader struct {
	magicOK bool
	crcOK   bool
	firstID uint64
	lastID  uint64
	free    int // offset behind the last record
	dataCRC uint32
}

func (h chunkHeader) trusted() bool { return h.magicOK && h.crcOK }

// parseChunkHeader reads the header; b may be shorter than a header, the rest
// then counts as damaged.
func parseChunkHeader(b []byte) chunkHeader {
	if len(b) < chunkHeaderSize {
		return chunkHeader{magicOK: len(b) >= 8 && string(b[:8]) == chunkMagic}
	}
	h := chunkHeader{
		magicOK: string(b[:8]) == chunkMagic,
		firstID: le.Uint64(b[24:]),
		lastID:  le.Uint64(b[32:]),
		free:    int(le.Uint32(b[48:])),
		dataCRC: le.Uint32(b[52:]),
	}
	sum := crc32.Update(crc32.ChecksumIEEE(b[:120]), crc32.IEEETable, b[128:chunkHeaderSize])
	h.crcOK = sum == le.Uint32(b[124:])
	if h.free < chunkHeaderSize || h.free > chunkSize {
		h.crcOK = false
		h.free = chunkSize
	}
	return h
}

// recordsCRCOK tells whether the checksum over the records matches. A chunk
// cut off before its free offset never matches.
func (h chunkHeader) recordsCRCOK(b []byte) bool {
	if h.free > len(b) || h.free < chunkHeaderSize {
		return false
	}
	return crc32.ChecksumIEEE(b[chunkHeaderSize:h.free]) == h.dataCRC
}

// rawRecord is one record's place in the chunk.
type rawRecord struct {
	pos, end  int
	id        uint64
	written   uint64 // FILETIME
	recovered bool   // found behind damage, in slack or in a chunk without header
}

// recordAt reads the record header at pos. ok demands signature, sane size and
// the copy of the size at the end.
func recordAt(b []byte, pos int) (r rawRecord, ok bool) {
	if pos < 0 || pos+minRecordSize > len(b) || le.Uint32(b[pos:]) != 0x2a2a {
		return r, false
	}
	size := int(le.Uint32(b[pos+4:]))
	if size < minRecordSize || size > len(b)-pos || int(le.Uint32(b[pos+size-4:])) != size {
		return r, false
	}
	r.pos, r.end = pos, pos+size
	r.id = le.Uint64(b[pos+8:])
	r.written = le.Uint64(b[pos+16:])
	return r, true
}
