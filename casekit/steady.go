package casekit

import (
	"encoding/binary"
	"os"
	"time"
)

// steady puts moment at in place of every time between from and to that the NTFS tools
// took from the clock, in file records and folders, so that the same text gives the
// same bytes.
func steady(f *os.File, size int64, from, to, at time.Time) error {
	span := clockSpan{fileTime(from), fileTime(to), fileTime(at)}
	buf := make([]byte, 1<<20)
	for off := int64(0); off < size; {
		lo, hi, err := nextData(f, off, size)
		if err != nil {
			return err
		}
		off = lo / cluster * cluster
		for ; off < hi; off += int64(len(buf)) {
			b := buf[:min(int64(len(buf)), size-off)]
			if _, err := f.ReadAt(b, off); err != nil {
				return err
			}
			if !span.fix(b) {
				continue
			}
			if _, err := f.WriteAt(b, off); err != nil {
				return err
			}
		}
		off = max(hi, off)
	}
	return nil
}

// clockSpan is a span of FILETIMEs and what to put in their place.
type clockSpan struct{ from, to, at uint64 }

// fix mends all records and index blocks of b and reports whether there were any.
func (s clockSpan) fix(b []byte) bool {
	mended := false
	for i := 0; i+1024 <= len(b); i += 1024 {
		switch string(b[i : i+4]) {
		case "FILE":
			mended = s.mend(b[i:i+1024]) || mended
		case "INDX":
			mended = s.mend(b[i:min(i+cluster, len(b))]) || mended
		}
	}
	return mended
}

// mend replaces the times of one record. The last two bytes of each 512 are a check
// mark and their own value stands elsewhere, so there six bytes decide.
func (s clockSpan) mend(r []byte) bool {
	const low = 1<<48 - 1
	mended := false
	for i := 0; i+8 <= len(r); i += 8 {
		v := binary.LittleEndian.Uint64(r[i:])
		switch {
		case v >= s.from && v <= s.to:
			binary.LittleEndian.PutUint64(r[i:], s.at)
			mended = true
		case i%512 == 504 && v&low >= s.from&low && v&low <= s.to&low:
			binary.LittleEndian.PutUint64(r[i:], v&^low|s.at&low)
			mended = true
		}
	}
	return mended
}
