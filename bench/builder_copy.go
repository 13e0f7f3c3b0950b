package main

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// Values of lseek(2) that find data and holes of a sparse file.
const (
	seekData = 3
	seekHole = 4
)

// copyData copies what is no hole between from and to of in; it lands shift bytes
// further on in out.
func copyData(out, in *os.File, from, to, shift int64) error {
	for at := from; at < to; {
		start, end, err := nextData(in, at, to)
		if err != nil {
			return err
		}
		w := io.NewOffsetWriter(out, start+shift)
		if _, err := io.Copy(w, io.NewSectionReader(in, start, end-start)); err != nil {
			return err
		}
		at = end
	}
	return nil
}

// nextData returns the next stretch between from and to that may hold data; to, to if
// there is none.
func nextData(f *os.File, from, to int64) (start, end int64, err error) {
	start, err = f.Seek(from, seekData)
	if errors.Is(err, syscall.ENXIO) {
		return to, to, nil
	}
	if err != nil {
		return 0, 0, err
	}
	end, err = f.Seek(start, seekHole)
	return min(start, to), min(end, to), err
}
