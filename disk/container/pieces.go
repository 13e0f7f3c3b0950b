package container

import "io"

// readPieces splits a read at block borders and at the disk's end. What lies past the end gives
// io.ErrUnexpectedEOF, as a partition that reaches beyond its disk must not look like a short one.
func readPieces(p []byte, off, size, block int64, read func(p []byte, off int64) (int, error)) (int, error) {
	if off < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	done := 0
	for done < len(p) {
		at := off + int64(done)
		if at >= size {
			return done, io.ErrUnexpectedEOF
		}
		n := min(int64(len(p)-done), block-at%block, size-at)
		got, err := read(p[done:done+int(n)], at)
		done += got
		if err != nil {
			return done, err
		}
	}
	return done, nil
}
