package evtx

import "bytes"

var recordSignature = []byte{0x2a, 0x2a, 0, 0}

// walker goes through the records of one chunk, over damage and into records
// that were written after the header was last saved, but not into the remains
// of older records behind the free offset.
type walker struct {
	b       []byte
	h       chunkHeader
	pos     int
	lastID  uint64
	found   uint64
	damaged uint64 // records seen whose frame is broken and cannot be mended
	lost    bool   // damage was met: what follows was recovered
	queued  rawRecord
	hasNext bool
}

func newWalker(b []byte, h chunkHeader) walker {
	return walker{b: b, h: h, pos: chunkHeaderSize, lost: !h.magicOK}
}

// next returns the next record; ok is false at the end of the chunk.
func (w *walker) next() (rawRecord, bool) {
	if w.hasNext {
		w.hasNext = false
		return w.take(w.queued), true
	}
	r, ok := recordAt(w.b, w.pos)
	switch {
	case ok && w.belongs(r):
		return w.take(r), true
	case w.atEnd():
		return rawRecord{}, false
	}
	return w.resync()
}

func (w *walker) take(r rawRecord) rawRecord {
	behind := w.h.trusted() && r.pos >= w.h.free
	r.recovered = r.recovered || w.lost || behind
	w.pos, w.lastID = r.end, r.id
	w.found++
	return r
}

// belongs tells current records from remains of older ones: inside the used
// part everything counts, behind it only what continues the numbering.
func (w *walker) belongs(r rawRecord) bool {
	if w.h.trusted() && r.pos < w.h.free {
		return true
	}
	if w.found == 0 {
		return !w.h.trusted()
	}
	return r.id == w.lastID+1
}

func (w *walker) atEnd() bool {
	return w.pos+minRecordSize > len(w.b) || w.h.trusted() && w.pos >= w.h.free
}

// resync looks for the next readable record behind damage.
func (w *walker) resync() (rawRecord, bool) {
	broken := bytes.HasPrefix(w.b[w.pos:], recordSignature)
	next, ok := w.search(w.pos + 1)
	if !ok {
		if broken || w.h.trusted() {
			w.damaged++
		}
		w.pos = len(w.b)
		return rawRecord{}, false
	}
	w.lost = w.lost || w.h.trusted() || w.found > 0
	if mended, ok := w.mend(next); broken && ok {
		w.queued, w.hasNext = next, true
		return w.take(mended), true
	}
	if broken || w.h.trusted() {
		w.damaged++
	}
	return w.take(next), true
}

func (w *walker) search(from int) (rawRecord, bool) {
	limit := len(w.b)
	if w.h.trusted() {
		limit = min(limit, w.h.free)
	}
	for from < limit {
		i := bytes.Index(w.b[from:limit], recordSignature)
		if i < 0 {
			break
		}
		from += i
		if r, ok := recordAt(w.b, from); ok && w.plausible(r) {
			return r, true
		}
		from++
	}
	return rawRecord{}, false
}

func (w *walker) plausible(r rawRecord) bool {
	if w.h.trusted() {
		return r.id >= w.h.firstID && r.id <= w.h.lastID && r.id > w.lastID
	}
	return w.found == 0 || r.id > w.lastID && r.id-w.lastID < chunkSize
}

// mend saves a record whose leading size is destroyed when the next record
// shows where it ends: by the copy of the size in front of it or, if that is
// zero as well, by being the next in number.
func (w *walker) mend(next rawRecord) (rawRecord, bool) {
	size := next.pos - w.pos
	if size < minRecordSize {
		return rawRecord{}, false
	}
	r := rawRecord{pos: w.pos, end: next.pos, recovered: true}
	r.id = le.Uint64(w.b[w.pos+8:])
	r.written = le.Uint64(w.b[w.pos+16:])
	head, tail := int(le.Uint32(w.b[w.pos+4:])), int(le.Uint32(w.b[next.pos-4:]))
	zeroed := head == 0 && tail == 0 && r.id+1 == next.id
	return r, zeroed || tail == size && r.id < next.id
}
