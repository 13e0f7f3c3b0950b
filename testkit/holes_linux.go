package testkit

import "os"

// nextData is the first byte at or behind off that is not in a hole; -1: there is none.
func nextData(f *os.File, off int64) int64 {
	const seekData = 3
	at, err := f.Seek(off, seekData)
	if err != nil {
		return -1
	}
	return at
}
