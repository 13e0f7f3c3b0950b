package winapi

import (
	"encoding/binary"
	"errors"

	"updoc/codec/wintype"
)

// errShort: Windows filled less of a buffer than the structure in it needs.
var errShort = errors.New("the answer is shorter than its structure")

// fields reads a structure that Windows filled. Reading past its end gives zeros and
// sets short, so that whoever reads asks once, at the end.
type fields struct {
	b     []byte
	short bool
}

func (f *fields) at(offset uint64, size int) []byte {
	if end := offset + uint64(size); end < offset || end > uint64(len(f.b)) {
		f.short = true
		return make([]byte, size)
	}
	return f.b[offset : offset+uint64(size)]
}

func (f *fields) u8(offset uint64) uint8    { return f.at(offset, 1)[0] }
func (f *fields) u16(offset uint64) uint16  { return binary.LittleEndian.Uint16(f.at(offset, 2)) }
func (f *fields) u32(offset uint64) uint32  { return binary.LittleEndian.Uint32(f.at(offset, 4)) }
func (f *fields) u64(offset uint64) uint64  { return binary.LittleEndian.Uint64(f.at(offset, 8)) }
func (f *fields) guid(offset uint64) string { return wintype.GUID([16]byte(f.at(offset, 16))) }
func (f *fields) text(offset uint64, bytes uint16) string {
	return wintype.UTF16(f.at(offset, int(bytes)))
}

func (f *fields) err() error {
	if f.short {
		return errShort
	}
	return nil
}
