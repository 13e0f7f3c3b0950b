package evtx

import (
	"context"
	"errors"
	"io"
	"sort"
	"time"
)

// ErrNotEventLog means that neither a file header nor a single chunk or record
// was found.
var ErrNotEventLog = errors.New("not a Windows event log")

// maxIssues bounds the list of damaged chunks that Info keeps.
const maxIssues = 1000

// Log is an opened event log. It reads from its io.ReaderAt on every pass and
// holds no more than one chunk. It is not safe for concurrent use.
type Log struct {
	r      io.ReaderAt
	size   int64
	header Header
	slots  []slot
	info   Info
}

// slot is a place of 64 KiB that may hold a chunk.
type slot struct {
	offset   int64
	first    uint64 // id of its first record
	last     uint64 // id of its last record, as far as known without decoding
	overlaps bool   // another slot holds some of the same ids
	stale    bool
}

// Info tells what a log holds. The counts, First and Last are those of the last
// full pass of Records, and zero before it; the rest is known after Open.
type Info struct {
	Header   Header
	Problems []string // what is wrong with the file header, in plain words
	Dirty    bool     // the log was not closed
	Full     bool     // the log had reached its maximum size

	Slots  int // places of 64 KiB in the file, the last may be short
	Chunks int // of these, how many hold a chunk (by magic or by records)

	NextRecordID   uint64 // by the header: the id the next record would get
	OldestRecordID uint64 // lowest id found, 0 if no record
	NewestRecordID uint64 // highest id found

	Records          int // records decoded, Recovered included
	Recovered        int // of these, found behind damage or past a chunk's saved end
	DamagedRecords   int // records seen that could not be decoded
	MissingRecords   int // records a chunk's header promises and nothing is left of
	DuplicateRecords int // second copies, left out

	DamagedChunks int     // chunks with any problem below
	BadMagic      int     // records without a chunk header
	BadHeaderCRC  int     // the checksum of the chunk's header is wrong
	BadRecordsCRC int     // the checksum over its records is wrong
	ShortChunks   int     // cut off by the end of the file
	Unreadable    int     // the medium gave an error
	StaleChunks   int     // chunks of an older generation, beyond the header's range
	Issues        []Issue // of damaged chunks, the first 1000

	First, Last               time.Time // earliest and latest System/TimeCreated, UTC
	FirstWritten, LastWritten time.Time // the same of the record headers (1601 if one holds no time)
}

// Issue is damage of one chunk; its records may have been read all the same.
type Issue struct {
	Offset  int64  // of the chunk, in bytes from the start of the file
	Problem string // what is wrong, in English for the expert
}

// Open looks at a log of size bytes: its header and the headers of all chunks
// physically present. It fails only with ErrNotEventLog or when the file
// cannot be read at all; damage is reported by Info.
func Open(r io.ReaderAt, size int64) (*Log, error) {
	l := &Log{r: r, size: size}
	var err error
	if l.header, err = readHeader(r, size); err != nil {
		return nil, err
	}
	l.info.Slots = slotCount(size)
	l.scan()
	if !l.header.Present && len(l.slots) == 0 {
		return nil, ErrNotEventLog
	}
	l.order()
	l.describe()
	return l, nil
}

func slotCount(size int64) int {
	return int(max(0, size-headerBlockSize+chunkSize-1) / chunkSize)
}

// Info returns what is known of the log so far.
func (l *Log) Info() Info {
	info := l.info
	info.Problems = append([]string(nil), info.Problems...)
	info.Issues = append([]Issue(nil), info.Issues...)
	return info
}

func (l *Log) describe() {
	i := &l.info
	i.Header = l.header
	i.Problems = l.header.problems(i.Slots)
	i.Dirty, i.Full = l.header.Dirty, l.header.Full
	i.NextRecordID = l.header.NextRecordID
	i.Chunks = len(l.slots)
}

// scan finds the slots that hold a chunk. Slots a closed log does not use are
// only glanced at.
func (l *Log) scan() {
	buf := make([]byte, chunkSize)
	for i := range l.info.Slots {
		off := headerBlockSize + int64(i)*chunkSize
		head := buf[:chunkHeaderSize+recordHeadSize]
		n, err := readFullAt(l.r, head, off, l.size)
		if err != nil {
			l.slots = append(l.slots, slot{offset: off, first: ^uint64(0)})
			continue
		}
		h := parseChunkHeader(head[:n])
		switch {
		case h.trusted():
			l.slots = append(l.slots, slot{offset: off, first: h.firstID, last: h.lastID})
		case h.magicOK || l.mayHoldRecords(i):
			l.scanRecords(buf, off, h)
		}
	}
}

// mayHoldRecords tells whether a slot without magic deserves a full look: not
// if the log was closed and its header says that the slot was never used.
func (l *Log) mayHoldRecords(i int) bool {
	h := l.header
	return !h.CRCOK || h.Dirty || i < int(h.ChunkCount)
}

// scanRecords looks for records in a slot whose header cannot be trusted.
func (l *Log) scanRecords(buf []byte, off int64, h chunkHeader) {
	n, err := readFullAt(l.r, buf, off, l.size)
	if err != nil {
		l.slots = append(l.slots, slot{offset: off, first: ^uint64(0)})
		return
	}
	s := slot{offset: off, first: ^uint64(0)}
	w := newWalker(buf[:n], h)
	for r, ok := w.next(); ok; r, ok = w.next() {
		s.first, s.last = min(s.first, r.id), max(s.last, r.id)
	}
	if h.magicOK || w.found > 0 {
		l.slots = append(l.slots, s)
	}
}

// order sorts the chunks by record id, oldest first, and marks those that may
// repeat records of another.
func (l *Log) order() {
	sort.SliceStable(l.slots, func(i, j int) bool { return l.slots[i].first < l.slots[j].first })
	reach := -1 // index of the slot that reaches furthest so far
	for i := range l.slots {
		s := &l.slots[i]
		s.stale = l.header.CRCOK && !l.header.Dirty && s.first != ^uint64(0) && s.first >= l.header.NextRecordID
		if reach >= 0 && s.first <= l.slots[reach].last {
			s.overlaps, l.slots[reach].overlaps = true, true
		}
		if reach < 0 || s.last > l.slots[reach].last {
			reach = i
		}
	}
}

// KeepNewest leaves out the oldest chunks so that a pass reads no more than limit bytes,
// yet at least one chunk.
func (l *Log) KeepNewest(limit int64) {
	if n := max(1, int(limit/chunkSize)); len(l.slots) > n {
		l.slots = l.slots[len(l.slots)-n:]
	}
}

// Records decodes the records, chunk by chunk, lowest record id first. want, if
// not nil, decides on the Head whether a record is decoded further and handed
// to fn; it should be cheap. A record is only valid during fn, see Record. An
// error of fn ends the pass and is returned, as is ctx's. Damage never is an
// error: it is counted in Info.
func (l *Log) Records(ctx context.Context, want func(Head) bool, fn func(*Record) error) error {
	p := newPass(l, want, fn)
	defer p.finish()
	for i := range l.slots {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.chunk(i); err != nil {
			return err
		}
	}
	return nil
}
