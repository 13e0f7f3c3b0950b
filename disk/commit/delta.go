package commit

import "sync"

// growth is how many bytes the delta grows by: a full disk is noticed soon.
const growth = 16 << 20

// store is the delta while an overlay writes to it, safe for several goroutines.
type store struct {
	file File
	mu   sync.Mutex
	room int64 // bytes allocated
}

// ReadAt reads what was written before.
func (s *store) ReadAt(p []byte, off int64) (int, error) { return s.file.ReadAt(p, off) }

// WriteAt writes where there is room, and makes room first. No room is an error.
func (s *store) WriteAt(p []byte, off int64) (int, error) {
	if err := s.grow(off + int64(len(p))); err != nil {
		return 0, err
	}
	return s.file.WriteAt(p, off)
}

func (s *store) grow(need int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if need <= s.room {
		return nil
	}
	room := (need + growth - 1) / growth * growth
	if err := s.file.Allocate(room); err != nil {
		return err
	}
	s.room = room
	return nil
}
