package regf

import (
	"encoding/binary"
	"errors"
	"fmt"

	"updoc/codec/wintype"
)

// Sizes fixed by the format, in bytes.
const (
	baseSize   = 4096 // base block; the hive bins follow it
	headSize   = 512  // the part of the base block its checksum covers, checksum included
	pageSize   = 4096 // hive bins are multiples of it
	sectorSize = 512
	nowhere    = 0xFFFFFFFF // an offset that points to nothing
)

// File types of a base block.
const (
	typePrimary = 0
	typeLogOld  = 1 // DIRT log
	typeLogNT   = 2 // DIRT log as Windows 2000 and older mark it
	typeLogNew  = 6 // HvLE log
)

// ErrNotHive tells that the input is no registry hive, or that nothing in it says where the root key is.
var ErrNotHive = errors.New("not a registry hive")

// ErrDamaged is wrapped by every error that stands for a broken structure inside a hive.
var ErrDamaged = errors.New("damaged hive")

// baseBlock is the part of a base block that readers need.
type baseBlock struct {
	signature  bool // begins with "regf"
	checksumOK bool
	primary    uint32
	secondary  uint32
	written    uint64 // FILETIME
	major      uint32
	minor      uint32
	fileType   uint32
	format     uint32
	root       uint32 // relative to the first hive bin
	binsSize   uint32 // bytes
	cluster    uint32 // sectors of 512 bytes
	name       string
	flags      uint32
}

// parseBase reads the first 512 bytes of a base block; b must hold at least that.
func parseBase(b []byte) baseBlock {
	le := binary.LittleEndian
	return baseBlock{
		signature:  string(b[:4]) == "regf",
		checksumOK: le.Uint32(b[508:]) == checksum(b),
		primary:    le.Uint32(b[4:]),
		secondary:  le.Uint32(b[8:]),
		written:    le.Uint64(b[12:]),
		major:      le.Uint32(b[20:]),
		minor:      le.Uint32(b[24:]),
		fileType:   le.Uint32(b[28:]),
		format:     le.Uint32(b[32:]),
		root:       le.Uint32(b[36:]),
		binsSize:   le.Uint32(b[40:]),
		cluster:    le.Uint32(b[44:]),
		name:       wintype.UTF16Z(b[48:112]),
		flags:      le.Uint32(b[144:]),
	}
}

// checksum is the XOR of the first 127 little-endian words; 0 and -1 are written as 1 and -2.
func checksum(b []byte) uint32 {
	var c uint32
	for i := 0; i < 508; i += 4 {
		c ^= binary.LittleEndian.Uint32(b[i:])
	}
	switch c {
	case 0:
		return 1
	case 0xFFFFFFFF:
		return 0xFFFFFFFE
	}
	return c
}

// valid tells whether the block can be believed.
func (b *baseBlock) valid() bool { return b.signature && b.checksumOK }

// dirty tells whether the last write of the hive may not have been completed.
func (b *baseBlock) dirty() bool { return !b.valid() || b.primary != b.secondary }

// supported returns an error for versions whose cells look different (Windows NT 3.1) or are unknown, and for log files.
func (b *baseBlock) supported() error {
	if b.fileType != typePrimary {
		return fmt.Errorf("%w: file type %d is a transaction log", ErrNotHive, b.fileType)
	}
	if b.major != 1 || b.minor < 2 || b.minor > 6 {
		return fmt.Errorf("%w: unsupported version %d.%d", ErrNotHive, b.major, b.minor)
	}
	return nil
}
