package wim

import (
	"crypto/sha1"
	"encoding"
	"sync"
)

// zeroStep is how many zeros lie between two states that are kept, bytes; maxZeroSteps
// bounds how many are kept.
const (
	zeroStep     = 1 << 20
	maxZeroSteps = 4 << 10
)

// zeroSums are the states of SHA-1 behind 1, 2, 3, … steps of zeros: of images that differ
// only in how many zeros they hold, each byte is hashed once.
var zeroSums struct {
	sync.Mutex
	states [][]byte
}

// zeroSum is the SHA-1 of size zeros.
func zeroSum(size int64) (hash, error) {
	zeroSums.Lock()
	defer zeroSums.Unlock()
	h, zeros := sha1.New(), make([]byte, zeroStep)
	known := min(int64(len(zeroSums.states)), size/zeroStep)
	if known > 0 {
		if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(zeroSums.states[known-1]); err != nil {
			return hash{}, err
		}
	}
	for left := size - known*zeroStep; left > 0; left -= zeroStep {
		h.Write(zeros[:min(left, zeroStep)])
		if left < zeroStep || len(zeroSums.states) == maxZeroSteps {
			continue
		}
		state, err := h.(encoding.BinaryMarshaler).MarshalBinary()
		if err != nil {
			return hash{}, err
		}
		zeroSums.states = append(zeroSums.states, state)
	}
	return hash(h.Sum(nil)), nil
}
