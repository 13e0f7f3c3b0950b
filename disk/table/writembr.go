package table

import (
	"encoding/binary"
	"fmt"
	"io"
	"sort"
)

// WriteMBR writes a fresh MBR to a disk of size bytes: primary partitions in the order given, then one
// extended partition that holds those marked Logical, by place. MBRType, Start, Size and Active are
// used. Each logical partition needs a free sector before it for its record; up to 1 MiB is taken.
// It refuses what does not fit before it writes anything.
func WriteMBR(w io.WriterAt, size int64, sector int, signature uint32, parts []Partition) error {
	if sector != 512 && sector != 4096 {
		return fmt.Errorf("sectors of %d bytes are not supported", sector)
	}
	ss := uint64(sector)
	if err := checkNew(parts, ss, ss, min(uint64(max(size, 0)), ss<<32)); err != nil {
		return err
	}
	m := &newMBR{sector: ss}
	if err := m.plan(parts); err != nil {
		return err
	}
	return m.write(w, signature)
}

// newMBR is a fresh table: the records of the logical partitions lie at ebr.
type newMBR struct {
	sector           uint64
	primary, logical []Partition
	ebr              []uint64
}

func (m *newMBR) plan(parts []Partition) error {
	for _, p := range parts {
		if p.MBRType == 0 || (mbrEntry{kind: p.MBRType}).extended() {
			return fmt.Errorf("partition at %d: type %#x cannot be given", p.Start, p.MBRType)
		}
		if p.Logical {
			m.logical = append(m.logical, p)
		} else {
			m.primary = append(m.primary, p)
		}
	}
	slots := len(m.primary)
	if len(m.logical) > 0 {
		slots++
	}
	if slots > 4 {
		return fmt.Errorf("%d primary partitions are more than an MBR holds", slots)
	}
	sort.SliceStable(m.logical, func(i, j int) bool { return m.logical[i].Start < m.logical[j].Start })
	return m.placeRecords()
}

// placeRecords finds room for each logical partition's record, and checks that no primary one lies
// inside the extended partition.
func (m *newMBR) placeRecords() error {
	for i, p := range m.logical {
		free := m.sector
		for _, q := range m.primary {
			if q.Start < p.Start {
				free = max(free, q.End())
			}
		}
		if i > 0 {
			if free > m.logical[i-1].Start {
				return fmt.Errorf("a primary partition lies between logical ones")
			}
			free = max(free, m.logical[i-1].End())
		}
		if free >= p.Start {
			return fmt.Errorf("logical partition at %d leaves no room for its record", p.Start)
		}
		m.ebr = append(m.ebr, p.Start-min(p.Start-free, 1<<20))
	}
	return nil
}

func (m *newMBR) write(w io.WriterAt, signature uint32) error {
	b := m.record()
	binary.LittleEndian.PutUint32(b[440:], signature)
	for i, p := range m.primary {
		putMBREntry(b, i, p.Active, p.MBRType, uint32(p.Start/m.sector), uint32(p.Size/m.sector))
	}
	if len(m.logical) > 0 {
		end := m.logical[len(m.logical)-1].End()
		putMBREntry(b, len(m.primary), false, 0x0f, uint32(m.ebr[0]/m.sector), uint32((end-m.ebr[0])/m.sector))
	}
	if _, err := w.WriteAt(b, 0); err != nil {
		return fmt.Errorf("master boot record: %w", err)
	}
	for i := range m.logical {
		if _, err := w.WriteAt(m.extended(i), int64(m.ebr[i])); err != nil {
			return fmt.Errorf("extended boot record: %w", err)
		}
	}
	return nil
}

// extended is the record of logical partition i with its link to the next.
func (m *newMBR) extended(i int) []byte {
	b, p := m.record(), m.logical[i]
	putMBREntry(b, 0, p.Active, p.MBRType, uint32((p.Start-m.ebr[i])/m.sector), uint32(p.Size/m.sector))
	if i+1 < len(m.logical) {
		start, end := m.ebr[i+1], m.logical[i+1].End()
		putMBREntry(b, 1, false, 0x05, uint32((start-m.ebr[0])/m.sector), uint32((end-start)/m.sector))
	}
	return b
}

func (m *newMBR) record() []byte {
	b := make([]byte, m.sector)
	b[510], b[511] = 0x55, 0xaa
	return b
}

// putMBREntry writes one entry; its CHS addresses are the ones that say "use the sector numbers".
func putMBREntry(b []byte, slot int, active bool, kind byte, start, count uint32) {
	e := b[446+16*slot:]
	if active {
		e[0] = 0x80
	}
	copy(e[1:], []byte{0xfe, 0xff, 0xff, kind, 0xfe, 0xff, 0xff})
	binary.LittleEndian.PutUint32(e[8:], start)
	binary.LittleEndian.PutUint32(e[12:], count)
}
