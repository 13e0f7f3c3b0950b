package container

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Facts from QEMU's docs/interop/qcow2.txt.
const (
	qcowMagic       = "QFI\xfb"
	qcowDirty       = 1 << 0
	qcowCorrupt     = 1 << 1
	qcowDataFile    = 1 << 2
	qcowCompression = 1 << 3
	qcowExtendedL2  = 1 << 4
	qcowOffsetMask  = 0x00fffffffffffe00
	qcowCompressed  = 1 << 62
	qcowZero        = 1 << 0
	maxL1Bytes      = 32 << 20 // QEMU's own limit
	cacheBudget     = 8 << 20
)

func isQCOW2(head []byte) bool { return bytes.HasPrefix(head, []byte(qcowMagic)) }

// qcow2 is a version 2 or 3 image without backing file, encryption or external data. Internal
// snapshots are ignored: what is read is the current state.
type qcow2 struct {
	*fileSource
	virtual     int64
	clusterBits uint
	version     uint32
	zstd        bool
	l1          []uint64
	l2          *cache
	unpacked    *cache
}

// qcowHeader holds the fields of the fixed part that matter for reading.
type qcowHeader struct {
	version, clusterBits, crypt, l1Size uint32
	backing, size, l1Offset, features   uint64
	compression                         byte
}

func openQCOW2(src *fileSource) (Image, error) {
	h, err := readQcowHeader(src)
	if err != nil {
		return nil, err
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	q := &qcow2{
		fileSource: src, virtual: int64(h.size), clusterBits: uint(h.clusterBits),
		version: h.version, zstd: h.compression == 1,
	}
	q.l2 = newCache(cacheBudget, q.cluster())
	q.unpacked = newCache(cacheBudget, q.cluster())
	if h.features&qcowCorrupt != 0 {
		src.log.Add("qcow2-corrupt", 72, "the image is marked corrupt: qemu-img check tells more")
	}
	return q, q.readL1(h)
}

func readQcowHeader(src *fileSource) (*qcowHeader, error) {
	b := make([]byte, 112)
	if n, err := src.readFull(b, 0); n < 72 {
		return nil, fmt.Errorf("qcow2 header: %w", err)
	}
	be := binary.BigEndian
	h := &qcowHeader{
		version: be.Uint32(b[4:]), backing: be.Uint64(b[8:]), clusterBits: be.Uint32(b[20:]), size: be.Uint64(b[24:]),
		crypt: be.Uint32(b[32:]), l1Size: be.Uint32(b[36:]), l1Offset: be.Uint64(b[40:]),
	}
	if h.version < 3 {
		return h, nil
	}
	h.features = be.Uint64(b[72:])
	if be.Uint32(b[100:]) > 104 && h.features&qcowCompression != 0 {
		h.compression = b[104]
	}
	return h, nil
}

// check refuses what cannot be read whole and what contradicts itself.
func (h *qcowHeader) check() error {
	unsupported := func(what string) error { return &UnsupportedError{Format: "qcow2 " + what, Hint: convertHint} }
	switch {
	case h.version != 2 && h.version != 3:
		return unsupported(fmt.Sprintf("version %d", h.version))
	case h.backing != 0:
		return unsupported("with a backing file")
	case h.crypt != 0:
		return unsupported("with encryption")
	case h.features&qcowDataFile != 0:
		return unsupported("with an external data file")
	case h.features&qcowExtendedL2 != 0:
		return unsupported("with subclusters")
	case h.features&^(qcowDirty|qcowCorrupt|qcowCompression) != 0:
		return unsupported(fmt.Sprintf("with unknown features %#x", h.features))
	case h.compression > 1:
		return unsupported(fmt.Sprintf("with compression %d", h.compression))
	case h.clusterBits < 9 || h.clusterBits > 21:
		return fmt.Errorf("qcow2 cluster bits %d: %w", h.clusterBits, ErrNotDisk)
	case h.size > 1<<56:
		return fmt.Errorf("qcow2 size %d: %w", h.size, ErrNotDisk)
	}
	return nil
}

// readL1 reads as much of the first-level table as the disk needs; a table cut short is damage.
func (q *qcow2) readL1(h *qcowHeader) error {
	perTable := int64(1) << (2*q.clusterBits - 3)
	need := (q.virtual + perTable - 1) / perTable
	if need > maxL1Bytes/8 {
		return fmt.Errorf("qcow2 first-level table of %d entries: %w", need, ErrNotDisk)
	}
	if int64(h.l1Size) < need {
		q.log.Add("qcow2-table-short", int64(h.l1Offset), "the first-level table has %d entries, the disk needs %d", h.l1Size, need)
		need = int64(h.l1Size)
	}
	have := max(0, min(need*8, q.size-int64(h.l1Offset&qcowOffsetMask)))
	b := make([]byte, have&^7)
	if _, err := q.readFull(b, int64(h.l1Offset&qcowOffsetMask)); err != nil && len(b) > 0 {
		return fmt.Errorf("qcow2 first-level table: %w", err)
	}
	if int64(len(b)) < need*8 {
		q.log.Add("image-truncated", q.size, "the file ends inside the first-level table")
	}
	q.l1 = make([]uint64, len(b)/8)
	for i := range q.l1 {
		q.l1[i] = binary.BigEndian.Uint64(b[i*8:])
	}
	return nil
}

func (q *qcow2) cluster() int { return 1 << q.clusterBits }

// Size is the virtual disk's length in bytes.
func (q *qcow2) Size() int64 { return q.virtual }

// SectorSize is not recorded in a qcow2.
func (q *qcow2) SectorSize() int { return 0 }

// Format is QCOW2.
func (q *qcow2) Format() string { return QCOW2 }

// ReadAt reads the virtual disk cluster by cluster.
func (q *qcow2) ReadAt(p []byte, off int64) (int, error) {
	return readPieces(p, off, q.virtual, int64(q.cluster()), q.readPiece)
}

// readPiece fills p, which lies within one cluster.
func (q *qcow2) readPiece(p []byte, off int64) (int, error) {
	entry, err := q.lookup(off)
	if err != nil {
		return 0, err
	}
	in := off & int64(q.cluster()-1)
	switch {
	case entry&qcowCompressed != 0:
		return q.readCompressed(p, entry, in)
	case q.version >= 3 && entry&qcowZero != 0, entry&qcowOffsetMask == 0:
		clear(p)
		return len(p), nil
	}
	at := int64(entry&qcowOffsetMask) + in
	n, err := q.readFull(p, at)
	return n, q.note(err, at)
}

// note turns a read beyond the file's end into reported damage.
func (q *qcow2) note(err error, at int64) error {
	if err == io.ErrUnexpectedEOF {
		q.log.Add("image-truncated", q.size, "the file is cut short: its tables point to offset %d", at)
	}
	return err
}

// lookup gives the second-level entry of the cluster at a disk offset, 0 if nothing is allocated.
func (q *qcow2) lookup(off int64) (uint64, error) {
	l2Bits := q.clusterBits - 3
	i := off >> (q.clusterBits + l2Bits)
	if i >= int64(len(q.l1)) {
		return 0, io.ErrUnexpectedEOF
	}
	at := int64(q.l1[i] & qcowOffsetMask)
	if at == 0 {
		return 0, nil
	}
	table, err := q.readTable(at)
	if err != nil {
		return 0, err
	}
	j := off >> q.clusterBits & (1<<l2Bits - 1)
	return binary.BigEndian.Uint64(table[j*8:]), nil
}

func (q *qcow2) readTable(at int64) ([]byte, error) {
	if t := q.l2.get(at); t != nil {
		return t, nil
	}
	t := make([]byte, q.cluster())
	if _, err := q.readFull(t, at); err != nil {
		return nil, q.note(err, at)
	}
	q.l2.put(at, t)
	return t, nil
}
