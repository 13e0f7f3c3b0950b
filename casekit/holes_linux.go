package casekit

import (
	"errors"
	"os"
	"syscall"
)

// Values of lseek(2) that find data and holes.
const (
	seekData = 3
	seekHole = 4
)

// nextData returns the next stretch of a sparse file that may hold data, at or behind
// off; size, size if there is none.
func nextData(f *os.File, off, size int64) (from, to int64, err error) {
	from, err = f.Seek(off, seekData)
	if errors.Is(err, syscall.ENXIO) {
		return size, size, nil
	}
	if err != nil {
		return 0, 0, err
	}
	to, err = f.Seek(from, seekHole)
	return from, min(to, size), err
}
