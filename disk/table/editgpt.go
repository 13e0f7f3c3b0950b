package table

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"unicode/utf16"
)

// gptEdits changes the entries, which both copies have in common, and both headers' checksums.
type gptEdits struct {
	t               *Table
	primary, backup *gptCopy
	entries         []byte // as edited
	size            int
}

func newGPTEdits(r *reader) (*gptEdits, error) {
	if err := r.checkAreas(); err != nil {
		return nil, err
	}
	return &gptEdits{r.t, r.primary, r.backup, bytes.Clone(r.primary.entries), int(r.primary.entrySize)}, nil
}

// checkAreas refuses headers whose checksums fit but whose entries lie where they would be written over
// something else.
func (r *reader) checkAreas() error {
	p, b := r.primary, r.backup
	sectors := (uint64(len(p.entries)) + uint64(p.sector) - 1) / uint64(p.sector)
	if p.entriesAt < 2 || p.entriesAt+sectors > p.first || b.entriesAt <= b.last || b.entriesAt+sectors > b.mine ||
		!bytes.Equal(p.entries, b.entries) || b.other != p.mine {
		r.log.Add(CodeCopiesDiffer, p.at, "the entries do not lie beside the usable range, or the copies do not name each other")
		return &UnsoundError{r.log.All()}
	}
	return nil
}

func (g *gptEdits) entry(slot int) []byte { return g.entries[slot*g.size:][:g.size] }

func (g *gptEdits) set(i int, p Partition) error {
	if p.TypeGUID.IsZero() {
		return fmt.Errorf("slot %d: %w", p.Slot, ErrType)
	}
	q := &g.t.Partitions[i]
	q.Start, q.Size, q.TypeGUID, q.Attributes = p.Start, p.Size, p.TypeGUID, p.Attributes
	g.put(*q)
	return nil
}

// put writes what Set may change.
func (g *gptEdits) put(p Partition) {
	e, ss := g.entry(p.Slot), uint64(g.t.SectorSize)
	copy(e, p.TypeGUID[:])
	binary.LittleEndian.PutUint64(e[32:], p.Start/ss)
	binary.LittleEndian.PutUint64(e[40:], p.End()/ss-1)
	binary.LittleEndian.PutUint64(e[48:], p.Attributes)
}

func (g *gptEdits) add(p Partition) (int, error) {
	name := utf16.Encode([]rune(p.Name))
	taken := slices.ContainsFunc(g.t.Partitions, func(q Partition) bool { return q.GUID == p.GUID })
	if p.TypeGUID.IsZero() || p.GUID.IsZero() || taken || len(name) > 36 {
		return 0, fmt.Errorf("type %s, GUID %s, name %q: %w", p.TypeGUID, p.GUID, p.Name, ErrType)
	}
	used := make([]bool, len(g.entries)/g.size)
	for _, q := range g.t.Partitions {
		used[q.Slot] = true
	}
	slot, err := freeSlot(used)
	if err != nil {
		return 0, err
	}
	e := g.entry(slot)
	clear(e)
	copy(e[16:], p.GUID[:])
	for i, unit := range name {
		binary.LittleEndian.PutUint16(e[56+2*i:], unit)
	}
	p.Slot, p.MBRType, p.Active, p.Logical = slot, 0, false, false
	g.put(p)
	insert(g.t, p)
	return slot, nil
}

// insert puts a partition where its slot belongs, and numbers all anew.
func insert(t *Table, p Partition) {
	at := slices.IndexFunc(t.Partitions, func(q Partition) bool { return q.Slot > p.Slot || q.Logical })
	if at < 0 {
		at = len(t.Partitions)
	}
	t.Partitions = slices.Insert(t.Partitions, at, p)
	for i := range t.Partitions {
		t.Partitions[i].Index = i + 1
	}
}

func (g *gptEdits) writes() []Write {
	primary, backup := g.copyWrites(g.primary, PrimaryEntries), g.copyWrites(g.backup, BackupEntries)
	return append(primary, backup...)
}

// copyWrites are the writes of one copy: entries, then the header, whose part is the next one.
func (g *gptEdits) copyWrites(c *gptCopy, entries Part) []Write {
	out := changedSectors(c.entries, g.entries, int64(c.entriesAt)*int64(c.sector), c.sector, entries)
	if len(out) == 0 {
		return nil
	}
	h := bytes.Clone(c.raw)
	binary.LittleEndian.PutUint32(h[88:], crc32.ChecksumIEEE(g.entries))
	binary.LittleEndian.PutUint32(h[16:], headerSum(h[:binary.LittleEndian.Uint32(h[12:])]))
	return append(out, Write{c.at, h, entries + 1})
}

func (g *gptEdits) areas() []Area {
	out := []Area{{0, 512, MasterRecord}}
	for i, c := range []*gptCopy{g.primary, g.backup} {
		entries := PrimaryEntries + Part(2*i)
		out = append(out, Area{int64(c.entriesAt) * int64(c.sector), int64(len(c.entries)), entries},
			Area{c.at, int64(len(c.raw)), entries + 1})
	}
	return out
}
