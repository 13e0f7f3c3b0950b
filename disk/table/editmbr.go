package table

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// mbrEdits changes records of 512 bytes: the master boot record and those of the logical partitions.
type mbrEdits struct {
	r       *reader
	sector  uint64
	records map[uint64]*record // by sector
	order   []uint64           // of the chain; the master record is first
}

// record is a boot record as it was and as it is edited.
type record struct{ before, now []byte }

func newMBREdits(r *reader) (*mbrEdits, error) {
	m := &mbrEdits{r: r, sector: uint64(r.t.SectorSize), records: map[uint64]*record{}}
	if len(r.containers) > 1 {
		r.log.Add(CodeExtendedDamaged, 0, "there are %d extended partitions", len(r.containers))
		return nil, &UnsoundError{r.log.All()}
	}
	for _, at := range append([]uint64{0}, r.chain...) {
		if m.records[at] != nil {
			r.log.Add(CodeExtendedLoop, 0, "the chain of logical partitions begins in the master boot record")
			return nil, &UnsoundError{r.log.All()}
		}
		if err := m.load(at); err != nil {
			return nil, err
		}
	}
	return m, m.checkRecords()
}

func (m *mbrEdits) load(at uint64) error {
	b := make([]byte, 512)
	if _, err := m.r.r.ReadAt(b, int64(at*m.sector)); err != nil {
		return fmt.Errorf("boot record in sector %d: %w", at, err)
	}
	m.records[at] = &record{b, bytes.Clone(b)}
	m.order = append(m.order, at)
	return nil
}

// checkRecords refuses a chain whose records lie inside of partitions or outside of the extended one, and
// partitions that are not where they belong.
func (m *mbrEdits) checkRecords() error {
	for i, p := range m.r.t.Partitions {
		if err := m.fits(p, i); err != nil {
			m.r.log.Add(CodeOverlap, int64(min(p.Start, 1<<62)), "%v", err)
			return &UnsoundError{m.r.log.All()}
		}
	}
	return nil
}

// fits checks p, partition i or a new primary one (-1), against the extended partition and its records.
func (m *mbrEdits) fits(p Partition, i int) error {
	for _, at := range m.order {
		if p.Start < (at+1)*m.sector && at*m.sector < p.End() {
			return fmt.Errorf("the partition at %d covers the boot record in sector %d: %w", p.Start, at, ErrPlace)
		}
	}
	logical := i >= 0 && m.r.t.Partitions[i].Logical
	for _, x := range m.r.t.Extended {
		inside := p.Start >= x.Start && p.End() <= x.Start+x.Size
		apart := p.End() <= x.Start || p.Start >= x.Start+x.Size
		if logical && !inside || !logical && !apart {
			return fmt.Errorf("the partition at %d and the extended one at %d: %w", p.Start, x.Start, ErrPlace)
		}
	}
	if logical && p.Start/m.sector <= m.r.entries[i].base {
		return fmt.Errorf("a logical partition at %d lies before its record: %w", p.Start, ErrPlace)
	}
	return nil
}

func (m *mbrEdits) set(i int, p Partition) error {
	if err := checkType(p.MBRType); err != nil {
		return err
	}
	if err := m.fits(p, i); err != nil {
		return err
	}
	old := &m.r.t.Partitions[i]
	place := m.r.entries[i]
	m.put(place, p)
	if link := place.link; link != nil {
		m.stretch(*link, place.record, old.End()/m.sector, p.End()/m.sector)
	}
	old.Start, old.Size, old.MBRType = p.Start, p.Size, p.MBRType
	return nil
}

// checkType refuses what is no type of a partition with content.
func checkType(kind byte) error {
	if kind == 0 || kind == 0xee || (mbrEntry{kind: kind}).extended() {
		return fmt.Errorf("type %#x: %w", kind, ErrType)
	}
	return nil
}

// put writes place, size and type of one entry.
func (m *mbrEdits) put(place entryPlace, p Partition) {
	e := m.entry(place)
	e[4] = p.MBRType
	m.putPlace(place, p.Start/m.sector, p.Size/m.sector)
}

func (m *mbrEdits) entry(place entryPlace) []byte {
	return m.records[place.record].now[446+16*place.index:][:16]
}

// putPlace writes where an entry's partition starts, in sectors of the disk, and how long it is. An address
// in cylinders changes only with the end it names.
func (m *mbrEdits) putPlace(place entryPlace, start, count uint64) {
	e := m.entry(place)
	le := binary.LittleEndian
	oldStart, oldCount := place.base+uint64(le.Uint32(e[8:])), uint64(le.Uint32(e[12:]))
	moveCHS(e[1:4], oldStart, start)
	moveCHS(e[5:8], oldStart+oldCount-1, start+count-1)
	le.PutUint32(e[8:], uint32(start-place.base))
	le.PutUint32(e[12:], uint32(count))
}

// moveCHS writes the address of a sector as the table had it: computed as Windows does, else, as where it
// is out of reach, the one that says "use the sector numbers".
func moveCHS(b []byte, from, to uint64) {
	if from == to {
		return
	}
	was := chs(from)
	now := [3]byte{0xfe, 0xff, 0xff}
	if bytes.Equal(b, was[:]) {
		now = chs(to)
	}
	copy(b, now[:])
}

// chs is the address of a sector for 255 heads and 63 sectors per track, as Windows writes it.
func chs(lba uint64) [3]byte {
	const heads, track = 255, 63
	c := lba / (heads * track)
	if c > 1023 {
		return [3]byte{0xfe, 0xff, 0xff}
	}
	return [3]byte{byte(lba / track % heads), byte(lba%track+1) | byte(c>>8<<6), byte(c)}
}

// stretch lets the link to a record end where its partition does, if it did so before or is too short.
func (m *mbrEdits) stretch(link entryPlace, to, oldEnd, end uint64) {
	count := uint64(binary.LittleEndian.Uint32(m.entry(link)[12:]))
	if to+count == oldEnd || to+count < end {
		m.putPlace(link, to, end-to)
	}
}

func (m *mbrEdits) add(p Partition) (int, error) {
	if err := checkType(p.MBRType); err != nil {
		return 0, err
	}
	if err := m.fits(p, -1); err != nil {
		return 0, err
	}
	used := make([]bool, 4)
	for i := range used {
		used[i] = m.entry(entryPlace{index: i})[4] != 0
	}
	slot, err := freeSlot(used)
	if err != nil {
		return 0, err
	}
	place := entryPlace{index: slot}
	first, last := chs(p.Start/m.sector), chs(p.End()/m.sector-1)
	e := m.entry(place)
	clear(e)
	copy(e[1:], first[:])
	e[4] = p.MBRType
	copy(e[5:], last[:])
	binary.LittleEndian.PutUint32(e[8:], uint32(p.Start/m.sector))
	binary.LittleEndian.PutUint32(e[12:], uint32(p.Size/m.sector))
	m.insert(Partition{Slot: slot, MBRType: p.MBRType, Start: p.Start, Size: p.Size}, place)
	return slot, nil
}

// insert keeps the places of the entries beside the partitions.
func (m *mbrEdits) insert(p Partition, place entryPlace) {
	insert(m.r.t, p)
	for i, q := range m.r.t.Partitions {
		if !q.Logical && q.Slot == p.Slot {
			m.r.entries = append(m.r.entries[:i:i], append([]entryPlace{place}, m.r.entries[i:]...)...)
			return
		}
	}
}

func (m *mbrEdits) writes() []Write {
	var out []Write
	for _, at := range m.order[1:] {
		out = append(out, m.changed(at, EBR)...)
	}
	return append(out, m.changed(0, MasterRecord)...)
}

func (m *mbrEdits) changed(at uint64, part Part) []Write {
	r := m.records[at]
	return changedSectors(r.before, r.now, int64(at*m.sector), 512, part)
}

func (m *mbrEdits) areas() []Area {
	out := []Area{{0, 512, MasterRecord}}
	for _, at := range m.order[1:] {
		out = append(out, Area{int64(at * m.sector), 512, EBR})
	}
	return out
}
