package ntfs

import "fmt"

// readUnits reads a stream that NTFS compressed unit by unit.
func (s *stream) readUnits(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	done := 0
	for done < len(p) {
		at := off + int64(done)
		if err := s.loadUnit(at / s.unit); err != nil {
			return done, err
		}
		done += copy(p[done:], s.unpacked[at%s.unit:])
	}
	return done, nil
}

// loadUnit unpacks one unit: all clusters allocated means stored, none means zeros, some means compressed.
func (s *stream) loadUnit(unit int64) error {
	if s.unitAt == unit {
		return nil
	}
	if s.unpacked == nil {
		s.unpacked = make([]byte, s.unit)
	}
	s.unitAt = -1
	have, err := s.allocated(unit * s.unit)
	if err != nil {
		return err
	}
	switch have {
	case 0:
		clear(s.unpacked)
	case s.unit:
		if _, err := s.readRuns(s.unpacked, unit*s.unit); err != nil {
			return err
		}
	default:
		packed := make([]byte, have)
		if _, err := s.readRuns(packed, unit*s.unit); err != nil {
			return err
		}
		if err := lznt1(s.unpacked, packed); err != nil {
			return err
		}
	}
	s.unitAt = unit
	return nil
}

// allocated is how many bytes at the front of a unit have clusters. A unit that the run list does not
// reach any more has none.
func (s *stream) allocated(off int64) (int64, error) {
	var have int64
	for have < s.unit {
		r, in, ok := s.find(off + have)
		if !ok && off+have < s.mapped() {
			return 0, fmt.Errorf("no cluster for offset %d: %w", off+have, ErrDamaged)
		}
		if !ok || r.LCN == Sparse {
			break
		}
		have += min(r.Count*s.v.boot.cluster-in, s.unit-have)
	}
	return have, nil
}

// mapped is the offset up to which runs are known.
func (s *stream) mapped() int64 {
	if len(s.runs) == 0 {
		return 0
	}
	last := s.runs[len(s.runs)-1]
	return (last.VCN + last.Count) * s.v.boot.cluster
}
