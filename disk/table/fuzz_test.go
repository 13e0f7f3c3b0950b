package table

import (
	"encoding/binary"
	"hash/crc32"
	"testing"
)

// fuzzDisk lays the parts of a table out on a disk of 40 KiB. With fix set, both checksums are made to fit,
// so that what lies behind them is reached.
func fuzzDisk(mbr, header, entries, chain []byte, fix bool) memory {
	m := make(memory, 40<<10)
	copy(m[:512], mbr)
	h := m[512:1024]
	copy(h, header)
	copy(m[1024:9216], entries)
	copy(m[16<<10:], chain)
	if size := binary.LittleEndian.Uint32(h[12:]); fix && size <= 512 && size >= gptHeaderSize {
		n := uint64(binary.LittleEndian.Uint32(h[80:])) * uint64(binary.LittleEndian.Uint32(h[84:]))
		if at := binary.LittleEndian.Uint64(h[72:]); at < 70 && n < 4096 {
			binary.LittleEndian.PutUint32(h[88:], crc32.ChecksumIEEE(m[at*512:][:n]))
		}
		binary.LittleEndian.PutUint32(h[16:], headerSum(h[:size]))
	}
	return m
}

// No input may panic or hang, and what is read must keep its promises.
func FuzzRead(f *testing.F) {
	gpt, mbr := make(memory, 40<<10), make(memory, 40<<10)
	small := testParts()[:1]
	small[0].Start, small[0].Size = 18<<10, 1024
	if err := WriteGPT(gpt, int64(len(gpt)), 512, testDisk, small); err != nil {
		f.Fatal(err)
	}
	binary.LittleEndian.PutUint32(gpt[512+80:], 4)
	logical := []Partition{{MBRType: 7, Start: 4096, Size: 12288}, {MBRType: 7, Logical: true, Start: 16384 + 512, Size: 1024}, {MBRType: 7, Logical: true, Start: 16384 + 2048, Size: 4096}}
	if err := WriteMBR(mbr, int64(len(mbr)), 512, 1, logical); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(gpt[:512]), []byte(gpt[512:604]), []byte(gpt[1024:1536]), []byte{}, true, 0)
	f.Add([]byte(mbr[:512]), []byte{}, []byte{}, []byte(mbr[16<<10:18<<10]), false, 0)
	f.Add([]byte(mbr[:512]), []byte{}, []byte{}, []byte{}, false, 4096)
	f.Fuzz(func(t *testing.T, mbr, header, entries, chain []byte, fix bool, hint int) {
		m := fuzzDisk(mbr, header, entries, chain, fix)
		tab := Read(m, int64(len(m)), hint)
		for i, p := range tab.Partitions {
			if p.Index != i+1 || p.End() < p.Start {
				t.Errorf("partition %+v", p)
			}
		}
		for _, g := range tab.Gaps {
			if g.Size == 0 || g.Start+g.Size < g.Start {
				t.Errorf("gap %+v", g)
			}
		}
	})
}

// addBackup gives a disk of fuzzDisk a backup that fits its primary copy, as far as that goes.
func addBackup(m memory) {
	le := binary.LittleEndian
	h := m[512:1024]
	size, at := le.Uint32(h[12:]), le.Uint64(h[72:])
	n := uint64(le.Uint32(h[80:])) * uint64(le.Uint32(h[84:]))
	if size < gptHeaderSize || size > 512 || at >= 70 || n >= 4096 {
		return
	}
	last := uint64(len(m)/512 - 1)
	le.PutUint64(h[24:], 1)
	le.PutUint64(h[32:], last)
	le.PutUint32(h[16:], headerSum(h[:size]))
	backup := m[last*512:]
	copy(backup, h)
	le.PutUint64(backup[24:], last)
	le.PutUint64(backup[32:], 1)
	le.PutUint64(backup[72:], last-8)
	le.PutUint32(backup[16:], headerSum(backup[:size]))
	copy(m[(last-8)*512:], m[at*512:][:n])
}

// No disk may make an edit panic; what is taken leaves a table that can be edited again.
func FuzzEdit(f *testing.F) {
	gpt, mbr := make(memory, 40<<10), make(memory, 40<<10)
	small := testParts()[:1]
	small[0].Start, small[0].Size = 18<<10, 1024
	if err := WriteGPT(gpt, int64(len(gpt)), 512, testDisk, small); err != nil {
		f.Fatal(err)
	}
	binary.LittleEndian.PutUint32(gpt[512+80:], 4)
	logical := []Partition{{MBRType: 7, Start: 4096, Size: 12288}, {MBRType: 7, Logical: true, Start: 16384 + 512, Size: 1024}, {MBRType: 7, Logical: true, Start: 16384 + 2048, Size: 4096}}
	if err := WriteMBR(mbr, int64(len(mbr)), 512, 1, logical); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(gpt[:512]), []byte(gpt[512:604]), []byte(gpt[1024:1536]), []byte{}, true, uint8(36), uint8(1), 0)
	f.Add([]byte(mbr[:512]), []byte{}, []byte{}, []byte(mbr[16<<10:20<<10]), false, uint8(8), uint8(2), 0)
	f.Add([]byte(mbr[:512]), []byte{}, []byte{}, []byte(mbr[16<<10:20<<10]), false, uint8(33), uint8(1), 4)
	f.Fuzz(func(t *testing.T, mbr, header, entries, chain []byte, fix bool, start, size uint8, slot int) {
		m := fuzzDisk(mbr, header, entries, chain, fix)
		if fix {
			addBackup(m)
		}
		e, err := Edit(m, int64(len(m)), 512)
		if err != nil {
			return
		}
		p := Partition{Slot: slot, TypeGUID: TypeRecovery, MBRType: 0x27, GUID: testDisk, Start: uint64(start) * 512, Size: uint64(size) * 512}
		setErr := e.Set(p)
		_, addErr := e.Add(p)
		carryOut(t, m, e)
		if _, err := Edit(m, int64(len(m)), 512); err != nil {
			t.Errorf("after edits (%v, %v): %v", setErr, addErr, err)
		}
	})
}
