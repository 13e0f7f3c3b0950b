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
	logical := []Partition{{MBRType: 7, Start: 4096, Size: 4096}, {MBRType: 7, Logical: true, Start: 16384 + 512, Size: 1024}, {MBRType: 7, Logical: true, Start: 16384 + 2048, Size: 4096}}
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

// No disk may make an edit panic; one that is taken leaves a table that says what was asked.
func FuzzEdit(f *testing.F) {
	gpt, mbr := make(memory, 40<<10), make(memory, 40<<10)
	small := testParts()[:1]
	small[0].Start, small[0].Size = 18<<10, 1024
	if err := WriteGPT(gpt, int64(len(gpt)), 512, testDisk, small); err != nil {
		f.Fatal(err)
	}
	logical := []Partition{{MBRType: 7, Start: 4096, Size: 4096}, {MBRType: 7, Logical: true, Start: 16384 + 512, Size: 1024}, {MBRType: 7, Logical: true, Start: 16384 + 2048, Size: 4096}}
	if err := WriteMBR(mbr, int64(len(mbr)), 512, 1, logical); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(gpt), uint64(36), uint64(1), 0)
	f.Add([]byte(mbr), uint64(8), uint64(2), 0)
	f.Add([]byte(mbr), uint64(36), uint64(2), 4)
	f.Fuzz(func(t *testing.T, disk []byte, start, size uint64, slot int) {
		m := memory(disk)
		if len(m) > 1<<20 {
			t.Skip()
		}
		e, err := Edit(m, int64(len(m)), 512)
		if err != nil {
			return
		}
		p := Partition{Slot: slot, TypeGUID: TypeRecovery, MBRType: 0x27, GUID: testDisk, Start: start * 512, Size: size * 512}
		setErr := e.Set(p)
		_, addErr := e.Add(p)
		carryOut(t, m, e)
		if setErr == nil || addErr == nil {
			if _, err := Edit(m, int64(len(m)), 512); err != nil {
				t.Errorf("after the edit: %v", err)
			}
		}
	})
}
