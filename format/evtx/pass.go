package evtx

import (
	"strings"
)

// maxSeen bounds the memory spent on telling duplicates.
const maxSeen = 1 << 18

// pass is one run over all records of a log.
type pass struct {
	l    *Log
	want func(Head) bool
	fn   func(*Record) error
	d    decoder
	buf  []byte
	seen map[seenKey]struct{}

	created, written span
}

// span is a range of FILETIMEs.
type span struct{ min, max uint64 }

func (s *span) add(t uint64, first bool) {
	if first || t < s.min {
		s.min = t
	}
	s.max = max(s.max, t)
}

type seenKey struct{ id, written uint64 }

func newPass(l *Log, want func(Head) bool, fn func(*Record) error) *pass {
	l.info = Info{Slots: l.info.Slots}
	l.describe()
	d := decoder{donors: newDonors(l)}
	return &pass{l: l, want: want, fn: fn, buf: make([]byte, chunkSize), d: d}
}

// chunk decodes one chunk.
func (p *pass) chunk(i int) error {
	s := &p.l.slots[i]
	p.d.donors.at = i
	n, err := readFullAt(p.l.r, p.buf, s.offset, p.l.size)
	if err != nil {
		p.l.info.Unreadable++
		p.issue(s.offset, "cannot be read: "+err.Error())
		return nil
	}
	h := parseChunkHeader(p.buf[:n])
	p.judge(s, h, n)
	return p.records(s, h, p.buf[:n])
}

// judge notes what is wrong with a chunk.
func (p *pass) judge(s *slot, h chunkHeader, n int) {
	var what []string
	note := func(count *int, text string) {
		*count++
		what = append(what, text)
	}
	info := &p.l.info
	switch {
	case !h.magicOK:
		note(&info.BadMagic, "records without a chunk header")
	case !h.crcOK:
		note(&info.BadHeaderCRC, "header checksum does not match")
	}
	if n < chunkSize {
		note(&info.ShortChunks, "cut off by the end of the file")
	}
	if h.trusted() && !h.recordsCRCOK(p.buf[:n]) {
		note(&info.BadRecordsCRC, "records checksum does not match")
	}
	if s.stale {
		info.StaleChunks++
	}
	if what != nil {
		p.issue(s.offset, strings.Join(what, ", "))
	}
}

func (p *pass) issue(off int64, text string) {
	info := &p.l.info
	info.DamagedChunks++
	if len(info.Issues) < maxIssues {
		info.Issues = append(info.Issues, Issue{off, text})
	}
}

func (p *pass) records(s *slot, h chunkHeader, b []byte) error {
	p.d.load(b)
	w := newWalker(b, h)
	for raw, ok := w.next(); ok; raw, ok = w.next() {
		if s.overlaps && p.duplicate(raw) {
			p.l.info.DuplicateRecords++
			continue
		}
		if err := p.record(raw, s.offset+int64(raw.pos), s.stale); err != nil {
			return err
		}
	}
	p.l.info.DamagedRecords += int(w.damaged)
	p.missing(h, &w)
	return nil
}

// missing counts what a trusted header promises beyond what was seen.
func (p *pass) missing(h chunkHeader, w *walker) {
	if !h.trusted() || h.lastID < h.firstID || h.lastID-h.firstID >= chunkSize/minRecordSize {
		return
	}
	if promised, seen := h.lastID-h.firstID+1, w.found+w.damaged; promised > seen {
		p.l.info.MissingRecords += int(promised - seen)
	}
}

func (p *pass) duplicate(raw rawRecord) bool {
	key := seenKey{raw.id, raw.written}
	if _, ok := p.seen[key]; ok {
		return true
	}
	if p.seen == nil {
		p.seen = make(map[seenKey]struct{})
	}
	if len(p.seen) < maxSeen {
		p.seen[key] = struct{}{}
	}
	return false
}

func (p *pass) record(raw rawRecord, offset int64, stale bool) error {
	keep, ok := p.d.record(raw, offset, p.want)
	if !ok {
		p.l.info.DamagedRecords++
		return nil
	}
	p.count(raw)
	if !keep {
		return nil
	}
	p.d.rec.Stale = stale
	if p.d.rec.Damaged {
		p.l.info.DamagedRecords++
	}
	return p.fn(&p.d.rec)
}

// count keeps the totals of Info.
func (p *pass) count(raw rawRecord) {
	info := &p.l.info
	info.Records++
	if p.d.rec.Recovered {
		info.Recovered++
	}
	if info.OldestRecordID == 0 || raw.id < info.OldestRecordID {
		info.OldestRecordID = raw.id
	}
	info.NewestRecordID = max(info.NewestRecordID, raw.id)
	p.created.add(p.d.rec.timeCreated, info.Records == 1)
	p.written.add(raw.written, info.Records == 1)
}

// finish writes the time ranges into Info.
func (p *pass) finish() {
	info := &p.l.info
	if info.Records == 0 {
		return
	}
	info.First, info.Last = fromFiletime(p.created.min), fromFiletime(p.created.max)
	info.FirstWritten, info.LastWritten = fromFiletime(p.written.min), fromFiletime(p.written.max)
}
