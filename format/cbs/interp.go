package cbs

import (
	"time"

	"updoc/format/textlog"
)

// Bounds of a Log's lists.
const (
	maxText      = 400
	maxEntries   = 256
	maxCodes     = 65536
	maxClients   = 256
	maxVersions  = 64
	keepSessions = 1024
	keepFailed   = 256
)

// interp turns marked lines, in order, into a Log.
type interp struct {
	log       *Log
	lines     int64 // line ends seen before the current region
	lastEnds  bool  // the newest region ended with a line end
	stamp     [textlog.StampLen]byte
	haveStamp bool

	sessions sessions
	clients  clientCounts
	check    *Corruption // summary being read
	sfcSeen  map[string]int
	cur      line  // the line being interpreted
	clock    clock // remembers the newest time
}

func newInterp(enc textlog.Encoding, bom int) *interp {
	return &interp{lastEnds: true, log: &Log{
		Encoding:      enc,
		BOM:           bom,
		Bytes:         int64(bom),
		Levels:        map[string]int64{},
		HRESULTs:      map[uint32]int64{},
		NotableCounts: map[Sign]int64{},
	}}
}

// line is one marked line, taken apart.
type line struct {
	number, offset int64
	time           time.Time // of the line, or of the record it continues; zero if unknown
	stamped        bool
	level          textlog.Level
	component      string // "CBS", "CSI", "DPX", …; "" of a continuation
	text           []byte // after component and CSI's number
	shown          []byte // after the level
	code           uint32 // first failing tag, or unstated
}

// take interprets one region.
func (in *interp) take(r *region, progress func(int64)) error {
	s := &r.scanner
	in.count(s)
	for i := range s.marks {
		in.mark(r, &s.marks[i])
	}
	in.lines += s.newlines
	if r.hi > r.lo {
		in.lastEnds = s.ends
	}
	if s.last >= 0 {
		in.setStamp(s.buf[s.last:])
	}
	in.log.Bytes = r.base + int64(r.hi)
	if r.unread > 0 {
		in.log.Unread = append(in.log.Unread, Range{in.log.Bytes, r.unread})
		in.log.Bytes += r.unread
	}
	if progress != nil {
		progress(in.log.Bytes)
	}
	if len(in.log.Unread) >= maxUnread {
		return errGivenUp
	}
	return nil
}

// count adds up what the scanner counted.
func (in *interp) count(s *scanner) {
	in.log.Stamped += s.stamped
	for level, n := range s.levels {
		if n > 0 {
			in.log.Levels[textlog.Level(level).String()] += n
		}
	}
	for code, n := range s.hresults {
		if _, known := in.log.HRESULTs[code]; known || len(in.log.HRESULTs) < maxCodes {
			in.log.HRESULTs[code] += n
		} else {
			in.log.OtherHRESULTs += n
		}
	}
	if s.first >= 0 && !in.haveStamp {
		in.log.FirstTime, _ = textlog.ParseTime(s.buf[s.first:])
	}
}

func (in *interp) setStamp(b []byte) {
	copy(in.stamp[:], b)
	in.haveStamp = true
}

// mark interprets one marked line of a region.
func (in *interp) mark(r *region, m *mark) {
	raw := r.buf[m.off:m.end]
	l := &in.cur
	*l = line{number: in.lines + int64(m.rel) + 1, offset: r.base + int64(m.off), code: m.code}
	var stamp []byte
	switch {
	case m.stamp >= 0:
		stamp = r.buf[m.stamp : int(m.stamp)+textlog.StampLen]
	case in.haveStamp:
		stamp = in.stamp[:]
	}
	l.time = in.clock.read(stamp)
	if m.full {
		l.split(raw)
	} else {
		l.splitUsual(raw)
	}
	in.line(l)
}

// clock reads time stamps. Lines come many to a second.
type clock struct {
	stamp [textlog.StampLen]byte
	time  time.Time
}

func (c *clock) read(stamp []byte) time.Time {
	if stamp == nil {
		return time.Time{}
	}
	if string(stamp) != string(c.stamp[:]) {
		copy(c.stamp[:], stamp)
		c.time, _ = textlog.ParseTime(stamp)
	}
	return c.time
}

// splitUsual takes apart a line of the usual form: everything has its column.
func (l *line) splitUsual(raw []byte) {
	l.stamped, l.level = true, textlog.LevelInfo
	l.shown = raw[componentColumn:]
	l.text = raw[textColumn:]
	l.component = "CBS"
	if l.shown[1] == 'S' {
		l.component = "CSI"
		l.text = afterNumber(l.text)
	}
}

// split takes the head, the component and CSI's number off a line.
func (l *line) split(raw []byte) {
	h := textlog.ParseHead(raw)
	l.stamped, l.level, l.shown, l.text = h.Stamped, h.Level, h.Rest, h.Rest
	if !h.Stamped {
		l.splitBare()
		return
	}
	l.text = afterCode(l.text)
	l.component, l.text = component(l.text)
	if l.component == "CSI" {
		l.text = afterNumber(l.text)
	}
}

// splitBare recognises "Error                 CBS    text": a line whose time
// stamp was lost when somebody copied it.
func (l *line) splitBare() {
	for _, level := range [...]textlog.Level{textlog.LevelError, textlog.LevelWarning, textlog.LevelInfo} {
		if !has(l.text, level.String()) {
			continue
		}
		name, text := component(trimLeft(afterCode(trimLeft(l.text[len(level.String()):]))))
		if name == "CBS" || name == "CSI" {
			l.level, l.component, l.text = level, name, text
		}
		return
	}
}

// entry keeps a line.
func (l *line) entry() Entry {
	e := Entry{Line: l.number, Offset: l.offset, Time: l.time, Level: l.level, HRESULT: codeOf(l.text)}
	e.Text = textlog.Clip(l.shown, maxText)
	return e
}

// finish closes what is open and hands the Log out.
func (in *interp) finish() *Log {
	log := in.log
	log.Lines = in.lines
	if !in.lastEnds {
		log.Lines++
	}
	if in.haveStamp {
		log.LastTime, _ = textlog.ParseTime(in.stamp[:])
	}
	in.endCheck()
	log.Sessions = in.sessions.finish()
	log.FailedSessions = in.sessions.failed
	log.Clients = in.clients.finish()
	return log
}
