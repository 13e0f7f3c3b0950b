package table

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"sort"
	"unicode/utf16"
)

// WriteGPT writes a fresh GPT with protective MBR and both copies to a disk of size bytes, and nothing
// else. The partitions stand in the order given; of each, TypeGUID, GUID, Name (at most 36 UTF-16 units),
// Attributes, Start and Size are used. It refuses what does not fit before it writes anything.
func WriteGPT(w io.WriterAt, size int64, sector int, disk GUID, parts []Partition) error {
	g, err := layOut(size, sector, disk)
	if err != nil {
		return err
	}
	if err := checkNew(parts, uint64(sector), g.first*uint64(sector), (g.last+1)*uint64(sector)); err != nil {
		return err
	}
	entries, err := packEntries(parts, uint64(sector))
	if err != nil {
		return err
	}
	return g.write(w, entries)
}

// newGPT is where the parts of a fresh GPT go, in sectors.
type newGPT struct {
	disk               GUID
	sector             int
	total, first, last uint64
	entrySectors       uint64
}

func layOut(size int64, sector int, disk GUID) (*newGPT, error) {
	if sector != 512 && sector != 4096 {
		return nil, fmt.Errorf("sectors of %d bytes are not supported", sector)
	}
	g := &newGPT{disk: disk, sector: sector, total: uint64(max(size, 0)) / uint64(sector)}
	g.entrySectors = gptEntries * gptEntrySize / uint64(sector)
	if g.total < 2*(g.entrySectors+1)+2 {
		return nil, fmt.Errorf("%d bytes are too few for a GPT", size)
	}
	g.first, g.last = 2+g.entrySectors, g.total-2-g.entrySectors
	return g, nil
}

// checkNew refuses partitions that are empty, unaligned to sectors, outside or crossing.
func checkNew(parts []Partition, sector, from, to uint64) error {
	sorted := append([]Partition(nil), parts...)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].Start < sorted[j].Start })
	for _, p := range sorted {
		if p.Size == 0 || p.Start%sector != 0 || p.Size%sector != 0 {
			return fmt.Errorf("partition at %d of %d bytes is not whole sectors", p.Start, p.Size)
		}
		if p.Start < from || p.End() > to {
			return fmt.Errorf("partition at %d of %d bytes crosses another or leaves the disk", p.Start, p.Size)
		}
		from = p.End()
	}
	return nil
}

func packEntries(parts []Partition, sector uint64) ([]byte, error) {
	if len(parts) > gptEntries {
		return nil, fmt.Errorf("%d partitions are more than a GPT holds", len(parts))
	}
	out := make([]byte, gptEntries*gptEntrySize)
	for i, p := range parts {
		name := utf16.Encode([]rune(p.Name))
		if len(name) > 36 || p.TypeGUID.IsZero() || p.GUID.IsZero() {
			return nil, fmt.Errorf("partition %d needs a type, a GUID and a name of at most 36 letters", i+1)
		}
		e := out[i*gptEntrySize:]
		copy(e, p.TypeGUID[:])
		copy(e[16:], p.GUID[:])
		binary.LittleEndian.PutUint64(e[32:], p.Start/sector)
		binary.LittleEndian.PutUint64(e[40:], p.End()/sector-1)
		binary.LittleEndian.PutUint64(e[48:], p.Attributes)
		for j, c := range name {
			binary.LittleEndian.PutUint16(e[56+2*j:], c)
		}
	}
	return out, nil
}

func (g *newGPT) write(w io.WriterAt, entries []byte) error {
	ss := uint64(g.sector)
	backup := g.total - 1
	writes := []struct {
		data []byte
		lba  uint64
	}{
		{protectiveMBR(g.sector, g.total), 0},
		{entries, 2},
		{g.header(1, backup, 2, entries), 1},
		{entries, backup - g.entrySectors},
		{g.header(backup, 1, backup-g.entrySectors, entries), backup},
	}
	for _, x := range writes {
		if _, err := w.WriteAt(x.data, int64(x.lba*ss)); err != nil {
			return fmt.Errorf("sector %d: %w", x.lba, err)
		}
	}
	return nil
}

func (g *newGPT) header(mine, other, entriesAt uint64, entries []byte) []byte {
	b := make([]byte, g.sector)
	le := binary.LittleEndian
	copy(b, gptMagic)
	le.PutUint32(b[8:], 0x00010000)
	le.PutUint32(b[12:], gptHeaderSize)
	le.PutUint64(b[24:], mine)
	le.PutUint64(b[32:], other)
	le.PutUint64(b[40:], g.first)
	le.PutUint64(b[48:], g.last)
	copy(b[56:], g.disk[:])
	le.PutUint64(b[72:], entriesAt)
	le.PutUint32(b[80:], gptEntries)
	le.PutUint32(b[84:], gptEntrySize)
	le.PutUint32(b[88:], crc32.ChecksumIEEE(entries))
	le.PutUint32(b[16:], headerSum(b[:gptHeaderSize]))
	return b
}

func protectiveMBR(sector int, total uint64) []byte {
	b := make([]byte, sector)
	putMBREntry(b, 0, false, 0xee, 1, uint32(min(total-1, 1<<32-1)))
	copy(b[447:], []byte{0, 2, 0}) // the CHS address of sector 1, as the UEFI specification asks
	b[510], b[511] = 0x55, 0xaa
	return b
}
