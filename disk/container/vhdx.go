package container

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"updoc/codec/wintype"
)

// Facts from Microsoft's open specification [MS-VHDX], "Virtual Hard Disk v2 (VHDX) File Format".
const (
	vhdxMagic      = "vhdxfile"
	vhdxHeaderSize = 4 << 10
	vhdxTableSize  = 64 << 10 // of the region table and of the metadata table
	vhdxChunk      = 1 << 23  // sectors that one sector bitmap block describes

	maxVHDXSize       = 64 << 40
	minVHDXBlock      = 1 << 20
	maxVHDXBlock      = 256 << 20
	maxVHDXTableBytes = 128 << 20 // of block table: 16 million blocks of at least 1 MiB
	maxVHDXEntries    = 2047      // of a region or metadata table, so the specification

	vhdxHasParent = 2 // flag of the file parameters
	vhdxRequired  = 1 // flag of a region; of a metadata item it is 4
)

// States of a block in the block table: its low three bits.
const (
	vhdxFull    = 6
	vhdxPartial = 7 // only in a disk with a parent
)

// Identifiers of regions and of metadata items.
const (
	vhdxBlockTable    = "2dc27766-f623-4200-9d64-115e9bfd4a08"
	vhdxMetadata      = "8b7ca206-4790-4b9a-b8fe-575f050f886e"
	vhdxParameters    = "caa16737-fa36-4d43-b3b6-33f0aa44e76b"
	vhdxDiskSize      = "2fa54224-cd1b-4876-b211-5dbed83bf4b8"
	vhdxLogicalSector = "8141bf1d-a96f-4709-ba47-f233a8faab5f"
	vhdxPhysical      = "cda348c7-445d-4471-9cc9-e9885251c556"
	vhdxPage83        = "beca12ab-b2e6-4523-93ef-c309e000c746"
	vhdxParentLocator = "a8d35f2d-b30b-454d-abf7-d3d84834ab0c"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// vhdx is a fixed or dynamic virtual hard disk of the new format, without parent and with an empty log.
type vhdx struct {
	*fileSource
	virtual int64
	block   int64
	sector  int64
	ratio   int64    // payload blocks between two bitmap blocks of the table
	table   []uint64 // payload blocks and, after every ratio of them, one bitmap block
}

func isVHDX(head []byte) bool { return bytes.HasPrefix(head, []byte(vhdxMagic)) }

// openVHDX reads headers, regions and metadata. What is not whole, or has to be repaired before it can
// be read, is refused: a disk pieced together wrongly would be evidence of faults that it does not have.
func openVHDX(src *fileSource) (Image, error) {
	v := &vhdx{fileSource: src}
	header := v.header()
	if header == nil {
		return nil, vhdxDamaged("no header is whole")
	}
	if !allZero(header[48:64]) {
		return nil, &UnsupportedError{Format: "vhdx with a log that was not applied", Why: "log", Hint: "let Windows or qemu apply it to a copy first: " + convertVHDX}
	}
	regions := v.regions()
	meta, table := regions[vhdxMetadata], regions[vhdxBlockTable]
	if meta.size == 0 || table.size == 0 {
		return nil, vhdxDamaged("the region table is not whole")
	}
	if err := v.readMetadata(meta); err != nil {
		return nil, err
	}
	return v, v.readTable(table)
}

const convertVHDX = "qemu-img convert -f vhdx -O qcow2 DISK.vhdx disk.qcow2"

func vhdxDamaged(why string) error {
	return &UnsupportedError{Format: "a damaged vhdx (" + why + ")", Why: "damaged", Hint: "try to convert a copy: " + convertVHDX}
}

// header returns the whole one of two headers that was written last, nil if none is whole.
func (v *vhdx) header() []byte {
	var best []byte
	for _, at := range []int64{64 << 10, 128 << 10} {
		b := make([]byte, vhdxHeaderSize)
		if _, err := v.readFull(b, at); err != nil || !bytes.HasPrefix(b, []byte("head")) || !vhdxSumOK(b) {
			continue
		}
		if best == nil || binary.LittleEndian.Uint64(b[8:]) > binary.LittleEndian.Uint64(best[8:]) {
			best = b
		}
	}
	return best
}

// vhdxSumOK checks the CRC-32C of a structure, which stands at its offset 4 and counts as zero.
func vhdxSumOK(b []byte) bool {
	sum := crc32.Update(0, castagnoli, b[:4])
	sum = crc32.Update(sum, castagnoli, make([]byte, 4))
	return crc32.Update(sum, castagnoli, b[8:]) == binary.LittleEndian.Uint32(b[4:])
}

// stretch is a part of the file.
type stretch struct{ at, size int64 }

// regions reads the first whole of two region tables; nil if none is, or if one demands a region that
// is not known.
func (v *vhdx) regions() map[string]stretch {
	for _, at := range []int64{192 << 10, 256 << 10} {
		b := make([]byte, vhdxTableSize)
		if _, err := v.readFull(b, at); err != nil || !bytes.HasPrefix(b, []byte("regi")) || !vhdxSumOK(b) {
			continue
		}
		return vhdxRegions(b)
	}
	return nil
}

func vhdxRegions(b []byte) map[string]stretch {
	le := binary.LittleEndian
	out := map[string]stretch{}
	for i := range min(int(le.Uint32(b[8:])), maxVHDXEntries) {
		e := b[16+32*i:]
		id := wintype.GUID([16]byte(e))
		if id != vhdxBlockTable && id != vhdxMetadata && le.Uint32(e[28:])&vhdxRequired != 0 {
			return nil
		}
		out[id] = stretch{int64(le.Uint64(e[16:])), int64(le.Uint32(e[24:]))}
	}
	return out
}

// readMetadata takes sizes and flags from the metadata region.
func (v *vhdx) readMetadata(region stretch) error {
	b := make([]byte, vhdxTableSize)
	if _, err := v.readFull(b, region.at); err != nil || !bytes.HasPrefix(b, []byte("metadata")) {
		return vhdxDamaged("the metadata is not whole")
	}
	le := binary.LittleEndian
	items := map[string][]byte{}
	for i := range min(int(le.Uint16(b[10:])), maxVHDXEntries) {
		e := b[32+32*i:]
		id := wintype.GUID([16]byte(e))
		if !knownVHDXItem(id) && le.Uint32(e[24:])&4 != 0 {
			return &UnsupportedError{Format: "vhdx with metadata that is not known", Hint: "convert it first: " + convertVHDX}
		}
		value := make([]byte, 8) // the longest of those that are used
		if n := int(min(le.Uint32(e[20:]), 8)); n > 0 {
			if _, err := v.readFull(value[:n], region.at+int64(le.Uint32(e[16:]))); err != nil {
				return vhdxDamaged("the metadata is cut short")
			}
		}
		items[id] = value
	}
	return v.take(items)
}

func knownVHDXItem(id string) bool {
	switch id {
	case vhdxParameters, vhdxDiskSize, vhdxLogicalSector, vhdxPhysical, vhdxPage83, vhdxParentLocator:
		return true
	}
	return false
}

func (v *vhdx) take(items map[string][]byte) error {
	parameters, size, sector := items[vhdxParameters], items[vhdxDiskSize], items[vhdxLogicalSector]
	if parameters == nil || size == nil || sector == nil {
		return vhdxDamaged("the metadata is not complete")
	}
	le := binary.LittleEndian
	if le.Uint32(parameters[4:])&vhdxHasParent != 0 || items[vhdxParentLocator] != nil {
		return &UnsupportedError{Format: "vhdx with a parent", Why: "parent", Hint: "merge it into its parent, or convert both into one: " + convertVHDX}
	}
	v.block, v.virtual, v.sector = int64(le.Uint32(parameters)), int64(le.Uint64(size)), int64(le.Uint32(sector))
	switch {
	case v.virtual <= 0 || v.virtual > maxVHDXSize:
		return vhdxDamaged(fmt.Sprintf("its size is %d", v.virtual))
	case v.block < minVHDXBlock || v.block > maxVHDXBlock || v.block&(v.block-1) != 0:
		return vhdxDamaged(fmt.Sprintf("its block size is %d", v.block))
	case v.sector != 512 && v.sector != 4096:
		return vhdxDamaged(fmt.Sprintf("its sector size is %d", v.sector))
	}
	v.ratio = vhdxChunk * v.sector / v.block
	return nil
}

// readTable reads as many entries as the disk needs; missing ones are damage, not failure.
func (v *vhdx) readTable(region stretch) error {
	blocks := (v.virtual + v.block - 1) / v.block
	need := blocks + (blocks-1)/v.ratio
	if need*8 > maxVHDXTableBytes {
		return vhdxDamaged(fmt.Sprintf("its block table has %d entries", need))
	}
	have := max(0, min(need, region.size/8, (v.size-region.at)/8))
	if region.at < 0 || have < need {
		v.log.Add("vhdx-table-short", region.at, "the block table has %d entries, the disk needs %d", have, need)
	}
	b := make([]byte, have*8)
	if _, err := v.readFull(b, region.at); err != nil && have > 0 {
		return vhdxDamaged("its block table cannot be read")
	}
	v.table = make([]uint64, have)
	for i := range v.table {
		v.table[i] = binary.LittleEndian.Uint64(b[i*8:])
	}
	return nil
}

// Size is the virtual disk's length in bytes.
func (v *vhdx) Size() int64 { return v.virtual }

// SectorSize is what the metadata declares: 512 or 4096.
func (v *vhdx) SectorSize() int { return int(v.sector) }

// Format is VHDX.
func (v *vhdx) Format() string { return VHDX }

// ReadAt reads the virtual disk.
func (v *vhdx) ReadAt(p []byte, off int64) (int, error) {
	return readPieces(p, off, v.virtual, v.block, v.readPiece)
}

// readPiece fills p, which lies within one block. A block that is not there, zero, unmapped or undefined
// reads as zeros, as Windows and qemu read it.
func (v *vhdx) readPiece(p []byte, off int64) (int, error) {
	i := off / v.block
	i += i / v.ratio
	if i >= int64(len(v.table)) {
		return 0, io.ErrUnexpectedEOF
	}
	entry := v.table[i]
	switch entry & 7 {
	case vhdxFull:
	case vhdxPartial:
		v.log.Add("vhdx-block-damaged", off, "a block is marked as half filled in a disk without parent")
		return 0, io.ErrUnexpectedEOF
	default:
		clear(p)
		return len(p), nil
	}
	at := int64(entry>>20)<<20 + off%v.block
	n, err := v.readFull(p, at)
	if err == io.ErrUnexpectedEOF {
		v.log.Add("image-truncated", v.size, "the file is cut short: its block table points to offset %d", at)
	}
	return n, err
}
