package image

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	"updoc/disk/table"
	"updoc/remedy/host"
)

func (h *Host) move(p table.Partition, start, size uint64) error {
	h.meantPlace[p.Slot] = place{start, size}
	return h.shimEntry(p.Slot, func(e []byte) {
		binary.LittleEndian.PutUint64(e[32:], start/uint64(h.before.SectorSize))
		binary.LittleEndian.PutUint64(e[40:], (start+size)/uint64(h.before.SectorSize)-1)
	})
}

func (h *Host) shimEntry(slot int, f func(e []byte)) error {
	if h.before.Kind != table.GPT {
		return errors.New("shim: mbr")
	}
	ss := int64(h.before.SectorSize)
	for _, at := range []int64{ss, h.target.Size() - ss} {
		hd := make([]byte, ss)
		h.over.ReadAt(hd, at)
		ea := int64(binary.LittleEndian.Uint64(hd[72:])) * ss
		es := make([]byte, 128*128)
		h.over.ReadAt(es, ea)
		f(es[slot*128 : slot*128+128])
		h.over.WriteAt(es, ea)
		binary.LittleEndian.PutUint32(hd[88:], crc32.ChecksumIEEE(es))
		binary.LittleEndian.PutUint32(hd[16:], 0)
		binary.LittleEndian.PutUint32(hd[16:], crc32.ChecksumIEEE(hd[:92]))
		h.over.WriteAt(hd, at)
	}
	return nil
}

func (h *Host) addEntry(op host.Op) (int, error) {
	slot := len(h.before.Partitions)
	return slot, h.shimEntry(slot, func(e []byte) {
		copy(e, table.TypeRecovery[:])
		copy(e[16:], []byte("0123456789abcdef"))
		binary.LittleEndian.PutUint64(e[32:], op.Start/uint64(h.before.SectorSize))
		binary.LittleEndian.PutUint64(e[40:], (op.Start+op.Size)/uint64(h.before.SectorSize)-1)
		binary.LittleEndian.PutUint64(e[48:], 0x8000000000000001)
	})
}

func (h *Host) retype(p table.Partition, text string) error { return errors.New("shim") }
