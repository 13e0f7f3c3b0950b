package image

import "updoc/source"

// edgeSize covers both tables of a GPT on disks with sectors of 4096 bytes, and the
// gap before the first partition, in which some boot loaders lie.
const edgeSize = 1 << 20

// Edges implements source.Edged. Where an end cannot be read, what was read of it is given.
func (s *Source) Edges() []source.Edge {
	if s.disk == nil {
		return nil
	}
	size := s.disk.Size()
	n := min(edgeSize, size)
	first, last := make([]byte, n), make([]byte, n)
	a, _ := s.disk.ReadAt(first, 0)
	b, _ := s.disk.ReadAt(last, size-n)
	return []source.Edge{{Disk: int64(s.number), Size: size, SectorSize: int64(s.disk.SectorSize()), First: first[:a], Last: last[:b]}}
}
