package regf

import (
	"bytes"
	"fmt"
)

// entry reads and verifies the log entry at an offset. It returns nil at the end of the log and nil with an error for an
// entry that is broken, as a power failure leaves it.
func (f *logFile) entry(at int64) (*logEntry, error) {
	head, ok := f.entryHead(at)
	if !ok {
		return nil, nil
	}
	e := &logEntry{at: at, size: int64(u32(head, 4)), flags: u32(head, 8), seq: u32(head, 12), bins: u32(head, 16)}
	if marvinSum(head[:32]) != u64(head, 32) {
		return nil, fmt.Errorf("%w: the head of the log entry at 0x%x does not match its hash", ErrDamaged, at)
	}
	if e.size%sectorSize != 0 || e.size < entryHeader || at+e.size > f.Size || e.bins%pageSize != 0 {
		return nil, fmt.Errorf("%w: the log entry at 0x%x has an impossible size", ErrDamaged, at)
	}
	if sum, err := f.hash(at+entryHeader, e.size-entryHeader); err != nil || sum != u64(head, 24) {
		return nil, fmt.Errorf("%w: the log entry %d at 0x%x does not match its hash", ErrDamaged, e.seq, at)
	}
	if err := f.readPages(e, int64(u32(head, 20))); err != nil {
		return nil, err
	}
	return e, nil
}

// entryHead returns the fixed part of an entry, false if none begins there.
func (f *logFile) entryHead(at int64) ([]byte, bool) {
	head := make([]byte, entryHeader)
	if at+entryHeader > f.Size || readFull(f.R, head, at) != nil {
		return nil, false
	}
	return head, string(head[:4]) == "HvLE"
}

// hash computes the hash of a run of the log in small pieces.
func (f *logFile) hash(at, size int64) (uint64, error) {
	m := newMarvin()
	buf := make([]byte, min(size, 64<<10))
	for size > int64(len(buf)) {
		if err := readFull(f.R, buf, at); err != nil {
			return 0, err
		}
		m.words(buf)
		at, size = at+int64(len(buf)), size-int64(len(buf))
	}
	buf = buf[:size]
	if err := readFull(f.R, buf, at); err != nil {
		return 0, err
	}
	m.words(buf[:size&^3])
	return m.sum(buf[size&^3:]), nil
}

// readPages turns the page references of an entry into patches.
func (f *logFile) readPages(e *logEntry, count int64) error {
	if entryHeader+8*count > e.size {
		return fmt.Errorf("%w: log entry %d refers to %d pages", ErrDamaged, e.seq, count)
	}
	refs := make([]byte, 8*count)
	if err := readFull(f.R, refs, e.at+entryHeader); err != nil {
		return err
	}
	from := e.at + entryHeader + 8*count
	for ; len(refs) > 0; refs = refs[8:] {
		to, size := int64(u32(refs, 0)), int64(u32(refs, 4))
		if size == 0 || to+size > int64(e.bins) || from+size > e.at+e.size {
			return fmt.Errorf("%w: log entry %d refers to a page outside the hive", ErrDamaged, e.seq)
		}
		e.pages = append(e.pages, patch{f.R, from, baseSize + to, size})
		from += size
	}
	return nil
}

// laterEntry looks from an offset on for the head of an entry that is newer than seq.
func (f *logFile) laterEntry(at int64, seq uint32) (uint32, bool) {
	buf := make([]byte, 64<<10)
	for ; at < f.Size; at += int64(len(buf)) {
		b := buf[:min(int64(len(buf)), f.Size-at)]
		if readFull(f.R, b, at) != nil {
			return 0, false
		}
		for i := 0; i+entryHeader <= len(b); i += sectorSize {
			e := b[i:]
			if bytes.HasPrefix(e, []byte("HvLE")) && u32(e, 12) > seq && marvinSum(e[:32]) == u64(e, 32) {
				return u32(e, 12), true
			}
		}
	}
	return 0, false
}
