package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"

	"updoc/format/evtx"
)

// Sizes and places in an event log. Source: "Windows XML Event Log (EVTX) format" of
// the libyal project.
const (
	evtxHeader  = 4096
	evtxChunk   = 65536
	chunkHeader = 512
)

var le = binary.LittleEndian

// makeLog writes a log of one shape with at least size bytes.
func makeLog(path string, s shape, size int64) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	w := evtx.NewWriter(f, evtx.Options{})
	for i := 0; ; i++ {
		if err := w.Add(s.event(i)); err != nil {
			return err
		}
		if i%1000 != 0 {
			continue
		}
		if info, err := f.Stat(); err != nil || info.Size() >= size {
			return errors.Join(err, w.Close())
		}
	}
}

// rawLog is a log put together from the chunks of others, with record ids that go on
// from chunk to chunk: plain copies would be left out as duplicates.
type rawLog struct {
	bytes  []byte
	nextID uint64
}

func newRawLog() *rawLog { return &rawLog{make([]byte, evtxHeader), 1} }

// add appends the sound chunks of a log; it reports whether there were any.
func (l *rawLog) add(src []byte) bool {
	found := false
	for off := evtxHeader; off+evtxChunk <= len(src); off += evtxChunk {
		if c := src[off : off+evtxChunk]; soundChunk(c) {
			found = true
			l.bytes = append(l.bytes, c...)
			l.renumber(l.bytes[len(l.bytes)-evtxChunk:])
		}
	}
	return found
}

// soundChunk checks both checksums of a chunk.
func soundChunk(c []byte) bool {
	free := le.Uint32(c[48:])
	if string(c[:8]) != "ElfChnk\x00" || free < chunkHeader || free > evtxChunk {
		return false
	}
	return le.Uint32(c[124:]) == chunkHeaderSum(c) && le.Uint32(c[52:]) == crc32.ChecksumIEEE(c[chunkHeader:free])
}

func chunkHeaderSum(c []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(c[:120]), crc32.IEEETable, c[128:chunkHeader])
}

// renumber gives the records of a chunk the next ids and remakes its checksums.
func (l *rawLog) renumber(c []byte) {
	free := int(le.Uint32(c[48:]))
	first := l.nextID
	for pos := chunkHeader; pos+28 <= free && le.Uint32(c[pos:]) == 0x2a2a; l.nextID++ {
		le.PutUint64(c[pos+8:], l.nextID)
		pos += max(28, int(le.Uint32(c[pos+4:])))
	}
	for i, id := range []uint64{first, l.nextID - 1, first, l.nextID - 1} {
		le.PutUint64(c[8+8*i:], id)
	}
	clear(c[free:])
	le.PutUint32(c[52:], crc32.ChecksumIEEE(c[chunkHeader:free]))
	le.PutUint32(c[124:], chunkHeaderSum(c))
}

// close writes the header of a log that was closed properly and returns the log.
func (l *rawLog) close() []byte {
	h := l.bytes[:evtxHeader]
	chunks := (len(l.bytes) - evtxHeader) / evtxChunk
	copy(h, "ElfFile\x00")
	le.PutUint64(h[16:], uint64(chunks-1))
	le.PutUint64(h[24:], l.nextID)
	le.PutUint32(h[32:], 128)
	le.PutUint16(h[36:], 1)
	le.PutUint16(h[38:], 3)
	le.PutUint16(h[40:], evtxHeader)
	le.PutUint16(h[42:], uint16(chunks))
	le.PutUint32(h[124:], crc32.ChecksumIEEE(h[:120]))
	return l.bytes
}

// enlargeLog repeats the chunks of a log until it has size bytes; nil if none is sound.
func enlargeLog(src []byte, size int) []byte {
	l := newRawLog()
	for len(l.bytes) < size {
		if !l.add(src) {
			return nil
		}
	}
	return l.close()
}

// spoil makes a log dirty and damages it everywhere a little: in every fourth chunk
// the size of a record and, in the middle, 512 bytes of others; in one of sixteen the
// chunk's header.
func spoil(log []byte) {
	log[120] |= 1
	for i, off := 0, evtxHeader; off+evtxChunk <= len(log); i, off = i+1, off+evtxChunk {
		c := log[off : off+evtxChunk]
		second := chunkHeader + int(le.Uint32(c[chunkHeader+4:]))
		if i%4 == 0 && second+8 < evtxChunk {
			c[second+5] ^= 0x55
			copy(c[evtxChunk/2:], bytes.Repeat([]byte{0xaa}, 512))
		}
		if i%16 == 1 {
			c[100] ^= 1
		}
	}
}
