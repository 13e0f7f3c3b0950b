package container

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Facts from Microsoft's "Virtual Hard Disk Image Format Specification", version 1.0.
const (
	vhdCookie        = "conectix"
	vhdSparseCookie  = "cxsparse"
	vhdFooterSize    = 512
	vhdFixed         = 2
	vhdDynamic       = 3
	vhdDifferencing  = 4
	vhdUnused        = 0xffffffff
	maxVHDSize       = 64 << 40
	maxVHDBlock      = 256 << 20
	maxVHDTableBytes = 64 << 20
)

// vhd is a fixed or dynamic virtual hard disk of the old format.
type vhd struct {
	*fileSource
	virtual int64
	block   int64
	bitmap  int64    // bytes of sector bitmap before each block's data
	table   []uint32 // sector of each block, nil for a fixed disk
}

// openVHD gives nil and no error if the file is no VHD.
func openVHD(src *fileSource, head []byte) (Image, error) {
	footer, whole := vhdFooter(src, head)
	if footer == nil {
		return nil, nil
	}
	be := binary.BigEndian
	v := &vhd{fileSource: src, virtual: int64(be.Uint64(footer[48:]))}
	if v.virtual < 0 || v.virtual > maxVHDSize {
		return nil, fmt.Errorf("vhd size %d: %w", v.virtual, ErrNotDisk)
	}
	if !whole {
		src.log.Add("vhd-footer-missing", src.size, "the footer at the end is missing or damaged: the file may be cut short")
	}
	if !vhdSumOK(footer) {
		src.log.Add("vhd-footer-damaged", src.size-vhdFooterSize, "the footer's checksum is wrong")
	}
	switch kind := be.Uint32(footer[60:]); kind {
	case vhdFixed:
		return v.openFixed()
	case vhdDynamic:
		return v.openDynamic(int64(be.Uint64(footer[16:])))
	case vhdDifferencing:
		return nil, &UnsupportedError{Format: "vhd with a parent", Why: "parent", Hint: "merge it into its parent first"}
	default:
		return nil, &UnsupportedError{Format: fmt.Sprintf("vhd of type %d", kind), Hint: convertHint}
	}
}

// vhdFooter finds the footer at the end, or its copy that a dynamic disk has at the front. The flag
// tells that the one at the end was there.
func vhdFooter(src *fileSource, head []byte) ([]byte, bool) {
	b := make([]byte, vhdFooterSize)
	for _, back := range []int64{vhdFooterSize, vhdFooterSize - 1} {
		n, _ := src.readFull(b, src.size-back)
		if n >= vhdFooterSize-1 && bytes.HasPrefix(b, []byte(vhdCookie)) {
			return b, true
		}
	}
	if len(head) >= vhdFooterSize && bytes.HasPrefix(head, []byte(vhdCookie)) {
		return bytes.Clone(head[:vhdFooterSize]), false
	}
	return nil, false
}

// vhdSumOK checks the one's complement of the sum of all bytes but the checksum's own.
func vhdSumOK(b []byte) bool {
	var sum uint32
	for i, c := range b[:vhdFooterSize] {
		if i < 64 || i >= 68 {
			sum += uint32(c)
		}
	}
	return ^sum == binary.BigEndian.Uint32(b[64:])
}

func (v *vhd) openFixed() (Image, error) {
	if have := v.size - vhdFooterSize; have < v.virtual {
		v.log.Add("image-truncated", v.size, "the footer declares %d bytes, the file has %d", v.virtual, max(have, 0))
	}
	return v, nil
}

func (v *vhd) openDynamic(at int64) (Image, error) {
	h := make([]byte, 1024)
	if _, err := v.readFull(h, at); err != nil {
		return nil, fmt.Errorf("vhd dynamic header: %w", err)
	}
	if !bytes.HasPrefix(h, []byte(vhdSparseCookie)) {
		return nil, fmt.Errorf("vhd dynamic header is not there: %w", ErrNotDisk)
	}
	be := binary.BigEndian
	v.block = int64(be.Uint32(h[32:]))
	if v.block < 512 || v.block > maxVHDBlock || v.block&(v.block-1) != 0 {
		return nil, fmt.Errorf("vhd block size %d: %w", v.block, ErrNotDisk)
	}
	v.bitmap = (v.block/512/8 + 511) &^ 511
	return v, v.readBlockTable(int64(be.Uint64(h[16:])), int64(be.Uint32(h[28:])))
}

// readBlockTable reads as many entries as the disk needs; missing ones are damage, not failure.
func (v *vhd) readBlockTable(at, entries int64) error {
	need := (v.virtual + v.block - 1) / v.block
	if need*4 > maxVHDTableBytes {
		return fmt.Errorf("vhd block table of %d entries: %w", need, ErrNotDisk)
	}
	have := max(0, min(need, entries, (v.size-at)/4))
	if at < 0 || have < need {
		v.log.Add("vhd-table-short", at, "the block table has %d entries, the disk needs %d", have, need)
	}
	b := make([]byte, have*4)
	if _, err := v.readFull(b, at); err != nil && have > 0 {
		return fmt.Errorf("vhd block table: %w", err)
	}
	v.table = make([]uint32, have)
	for i := range v.table {
		v.table[i] = binary.BigEndian.Uint32(b[i*4:])
	}
	return nil
}

// Size is the virtual disk's length in bytes.
func (v *vhd) Size() int64 { return v.virtual }

// SectorSize is always 512 in this format.
func (v *vhd) SectorSize() int { return 512 }

// Format is VHD.
func (v *vhd) Format() string { return VHD }

// ReadAt reads the virtual disk.
func (v *vhd) ReadAt(p []byte, off int64) (int, error) {
	if v.block == 0 {
		return readPieces(p, off, min(v.virtual, v.size-vhdFooterSize), 1<<40, v.readFull)
	}
	return readPieces(p, off, v.virtual, v.block, v.readPiece)
}

// readPiece fills p, which lies within one block of a dynamic disk. The sector bitmap is not looked at:
// it only serves differencing disks, sectors never written hold zeros.
func (v *vhd) readPiece(p []byte, off int64) (int, error) {
	i := off / v.block
	if i >= int64(len(v.table)) {
		return 0, io.ErrUnexpectedEOF
	}
	if v.table[i] == vhdUnused {
		clear(p)
		return len(p), nil
	}
	at := int64(v.table[i])*512 + v.bitmap + off%v.block
	n, err := v.readFull(p, at)
	if err == io.ErrUnexpectedEOF {
		v.log.Add("image-truncated", v.size, "the file is cut short: its block table points to offset %d", at)
	}
	return n, err
}
