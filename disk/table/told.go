package table

// Told completes a table that somebody else has read (Windows, for who may not read the
// disk): the numbers of its partitions, and the gaps by the usual bounds.
func Told(t *Table, size uint64) *Table {
	sector := uint64(max(t.SectorSize, 512))
	t.FirstUsable, t.LastUsable = sector, size-1
	if t.Kind == GPT { // a table of 128 entries at both ends
		entries := (128*128 + sector - 1) / sector * sector
		t.FirstUsable = 2*sector + entries
		t.LastUsable = max(size, entries+sector) - entries - sector - 1
	}
	for i := range t.Partitions {
		t.Partitions[i].Index = i + 1
	}
	if t.Kind != None && size > 0 {
		t.Gaps = gaps(t)
	}
	return t
}
