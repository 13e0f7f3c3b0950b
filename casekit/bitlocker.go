package casekit

import (
	"encoding/binary"
	"os"
	"unicode/utf16"
)

// Words of encrypted, and what the volume header says for them: state now, state to
// come, and the ways to unlock. Source: the public description of libbde.
func bitlockerStates() map[string]bitlockerState {
	return map[string]bitlockerState{
		"bitlocker":            {4, 4, []uint16{0x0100, 0x0800}},         // protected by TPM and recovery password
		"bitlocker suspended":  {4, 4, []uint16{0x0100, 0x0800, 0x0000}}, // a clear key lies beside them
		"bitlocker converting": {2, 4, []uint16{0x0800}},                 // being encrypted
	}
}

type bitlockerState struct {
	now, next  uint16
	protectors []uint16
}

const (
	fveBlockHeader = 64
	fveHeader      = 48
)

// writeBitLocker writes the header and the three metadata blocks of an encrypted
// volume. What lies between is zero: nobody can unlock it, casekit neither.
func (w *world) writeBitLocker(p *part, disk *os.File) error {
	sector := w.disks[p.disk].Sector
	places := []int64{p.size / 4 / align * align, p.size / 2 / align * align, p.size * 3 / 4 / align * align}
	if err := writeAt(disk, p.start, w.bitlockerBoot(p, sector, places)); err != nil {
		return err
	}
	block := w.bitlockerBlock(p, places)
	for _, at := range places {
		if err := writeAt(disk, p.start+at, block); err != nil {
			return err
		}
	}
	return nil
}

func writeAt(f *os.File, at int64, b []byte) error {
	_, err := f.WriteAt(b, at)
	return err
}

func (w *world) bitlockerBoot(p *part, sector int, places []int64) []byte {
	le := binary.LittleEndian
	b := make([]byte, sector)
	copy(b, "\xeb\x58\x90-FVE-FS-")
	le.PutUint16(b[11:], uint16(sector))
	b[13] = byte(cluster / sector)
	le.PutUint32(b[28:], uint32(p.start/int64(sector)))
	copy(b[160:], guidBytes("4967d63b-2e29-4ad8-8399-f6a339e3d001"))
	for i, at := range places {
		le.PutUint64(b[176+8*i:], uint64(at))
	}
	b[510], b[511] = 0x55, 0xaa
	return b
}

func (w *world) bitlockerBlock(p *part, places []int64) []byte {
	le := binary.LittleEndian
	state := bitlockerStates()[p.Encrypted]
	created := fileTime(w.OS.Installed.In(w.zone))
	entries := fveEntry(7, 2, utf16z(w.Name+" "+p.Label))
	for i, kind := range state.protectors {
		data := make([]byte, 28)
		copy(data, guidBytes(w.guid("protector "+p.guid+itoa(i))))
		le.PutUint64(data[16:], created)
		le.PutUint16(data[26:], kind)
		entries = append(entries, fveEntry(2, 8, data)...)
	}
	b := make([]byte, fveBlockHeader+fveHeader)
	copy(b, "-FVE-FS-")
	le.PutUint16(b[8:], uint16((fveBlockHeader+fveHeader+len(entries))/16+1))
	le.PutUint16(b[10:], 2)
	le.PutUint16(b[12:], state.now)
	le.PutUint16(b[14:], state.next)
	le.PutUint64(b[16:], uint64(p.size))
	for i, at := range places {
		le.PutUint64(b[32+8*i:], uint64(at))
	}
	m := b[fveBlockHeader:]
	le.PutUint32(m, uint32(fveHeader+len(entries)))
	le.PutUint32(m[4:], 1)
	le.PutUint32(m[8:], fveHeader)
	copy(m[16:], guidBytes(w.guid("bitlocker "+p.guid)))
	le.PutUint32(m[36:], 0x8004)
	le.PutUint64(m[40:], created)
	return append(b, entries...)
}

// fveEntry is one entry of the metadata.
func fveEntry(kind, value uint16, data []byte) []byte {
	b := binary.LittleEndian.AppendUint16(nil, uint16(8+len(data)))
	b = binary.LittleEndian.AppendUint16(b, kind)
	b = binary.LittleEndian.AppendUint16(b, value)
	b = binary.LittleEndian.AppendUint16(b, 1)
	return append(b, data...)
}

func utf16z(text string) []byte {
	var b []byte
	for _, u := range append(utf16.Encode([]rune(text)), 0) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}
