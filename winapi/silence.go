package winapi

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// silence knows the services of Windows that were given up and still have not answered.
// A look asks one of them several times, and a repair looks again and again: the limit is
// waited for once, not each time. The zero value knows of none.
type silence struct {
	mu    sync.Mutex
	calls map[string]int // that were left behind and have not ended, by service
}

func (s *silence) of(service string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[service] > 0
}

func (s *silence) add(service string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	s.calls[service] += n
}

// States of a call.
const (
	underWay int32 = iota
	over
	givenUp
)

// breaking asks a service by call, which runs do within a limit and answers
// context.DeadlineExceeded when that is over. So it answers at once while an earlier do for
// the same service has been left behind and has not ended; when it ends, the service is
// asked again.
func breaking[T any](s *silence, service string, do func() (T, error), call func(do func() (T, error)) (T, error)) (T, error) {
	if s.of(service) {
		var none T
		return none, context.DeadlineExceeded
	}
	var state atomic.Int32
	got, err := call(func() (T, error) {
		defer func() {
			if !state.CompareAndSwap(underWay, over) {
				s.add(service, -1)
			}
		}()
		return do()
	})
	if errors.Is(err, context.DeadlineExceeded) && state.CompareAndSwap(underWay, givenUp) {
		s.add(service, 1)
	}
	return got, err
}
