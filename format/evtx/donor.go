package evtx

const (
	maxDonorReads  = 256 // chunks read per pass in search of lost templates
	maxDonorChunks = 16  // chunks kept because something was found in them
	maxDonorIDs    = 4096
	maxChain       = 256 // definitions followed in one bucket
)

// donors finds template definitions that damage destroyed in other chunks of
// the same log: a record names its template by the first four bytes of a GUID,
// and Windows repeats each definition in every chunk that uses it.
type donors struct {
	l     *Log
	at    int // index of the damaged chunk's slot
	reads int
	kept  map[int][]byte // by slot index
	found map[uint32]definition
}

// definition is a template definition in a healthy chunk; chunk is nil if none
// was found.
type definition struct {
	chunk []byte
	off   int
}

func newDonors(l *Log) *donors {
	return &donors{l: l, kept: map[int][]byte{}, found: map[uint32]definition{}}
}

// find returns a definition with that id, from the nearest chunk that has it.
func (s *donors) find(id uint32) (definition, bool) {
	if def, ok := s.found[id]; ok {
		return def, def.chunk != nil
	}
	def := s.search(id)
	if len(s.found) < maxDonorIDs {
		s.found[id] = def
	}
	return def, def.chunk != nil
}

func (s *donors) search(id uint32) definition {
	for _, chunk := range s.kept {
		if off := findTemplate(chunk, id); off > 0 {
			return definition{chunk, off}
		}
	}
	for d := 1; d < len(s.l.slots) && s.reads < maxDonorReads; d++ {
		for _, i := range [2]int{s.at - d, s.at + d} {
			if def := s.look(i, id); def.chunk != nil {
				return def
			}
		}
	}
	return definition{}
}

// look searches one chunk, if it is healthy.
func (s *donors) look(i int, id uint32) definition {
	if i < 0 || i >= len(s.l.slots) || s.kept[i] != nil || len(s.kept) >= maxDonorChunks {
		return definition{}
	}
	s.reads++
	b := make([]byte, chunkSize)
	n, err := readFullAt(s.l.r, b, s.l.slots[i].offset, s.l.size)
	if h := parseChunkHeader(b[:n]); err != nil || !h.trusted() || !h.recordsCRCOK(b[:n]) {
		return definition{}
	}
	off := findTemplate(b[:n], id)
	if off == 0 {
		return definition{}
	}
	s.kept[i] = b[:n]
	return definition{b[:n], off}
}

// findTemplate follows the chunk's template table; 0 if the id is not there.
func findTemplate(b []byte, id uint32) int {
	for bucket := range templateBuckets {
		off := int(le.Uint32(b[384+4*bucket:]))
		for range maxChain {
			if off < chunkHeaderSize || off+24 > len(b) {
				break
			}
			if le.Uint32(b[off+4:]) == id {
				return off
			}
			off = int(le.Uint32(b[off:]))
		}
	}
	return 0
}
