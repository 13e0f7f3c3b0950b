package cbs

import (
	"bytes"
	"encoding/binary"
	"slices"

	"updoc/format/textlog"
)

// Columns of the usual line:
//
//	2015-02-23 21:47:27, Info                  CBS    Session: …
//	0                    21                    43     50
const (
	levelColumn     = 21
	componentColumn = 43
	textColumn      = 50
	csiTextColumn   = 59 // after CSI's sequence number "00000b75 " or "00000b75@2019/7/29:15:36:17.166 "
)

// shortest is the length of the shortest text that can mean anything. It keeps
// files that are no logs from being marked line by line.
const shortest = len("WinRE")

// Words as they stand in memory, for comparison in one step.
const (
	wordInfo = 'I' | 'n'<<8 | 'f'<<16 | 'o'<<24
	wordCBS  = 'C' | 'B'<<8 | 'S'<<16 | ' '<<24
	wordCSI  = 'C' | 'S'<<8 | 'I'<<16 | ' '<<24
)

// mark is a line that the interpreter has to see.
type mark struct {
	off   int32  // of the line in the region's buffer
	end   int32  // of its text, without line end
	rel   int32  // line ends in the region before it
	stamp int32  // offset of the newest stamped line, itself or before; -1: in an earlier region
	code  uint32 // first failing [HRESULT = …] of the line, 0 if none
	full  bool   // not an ordinary line: look for every sign
}

// tag is a failing HRESULT at a place of the buffer.
type tag struct {
	pos  int32
	code uint32
}

// scanner looks at one region. It keeps no state between regions but its
// allocations.
type scanner struct {
	buf       []byte
	marks     []mark
	tags      []tag
	tag       int // index of the next tag
	hresults  map[uint32]int64
	lastCode  uint32
	lastCount int64

	newlines int64
	stamped  int64
	levels   [6]int64 // by textlog.Level
	first    int32    // offset of the first stamped line, -1 if none
	last     int32    // offset of the newest stamped line, -1 if none
	ends     bool     // the region's last byte is a line end

	s0, s1 uint64 // the newest stamp in memory form
	s2     uint32
}

func (s *scanner) reset() {
	s.marks, s.tags, s.tag = s.marks[:0], s.tags[:0], 0
	if s.hresults == nil {
		s.hresults = map[uint32]int64{}
	}
	clear(s.hresults)
	s.lastCode, s.lastCount = 0, 0
	s.newlines, s.stamped, s.levels = 0, 0, [6]int64{}
	s.first, s.last, s.ends = -1, -1, false
	s.s0, s.s1, s.s2 = 0, 0, 0
}

// scan looks at the lines that begin in the region, counts the line ends and
// tags that lie in it, and marks what has to be interpreted.
func (s *scanner) scan(r *region) {
	s.reset()
	s.buf = r.buf
	s.findTags(r.lo, r.hi)
	s.foldCount()
	p := r.lo
	if !r.lineStart {
		p = s.skipLine(r)
	}
	for p < r.hi {
		p = s.ordinary(p, r.hi)
		if p < r.hi {
			p = s.next(p, r.hi)
		}
	}
	s.ends = r.hi > r.lo && s.buf[r.hi-1] == '\n'
}

// ordinary passes the lines from p on that need no second look: the stamp of
// the line before, level Info, component CBS or CSI, a beginning that nobody
// waits for, no tag of a failure. It returns where another line begins. Nearly
// all lines of a log end here.
func (s *scanner) ordinary(p, hi int) int {
	buf, s0, s1, s2 := s.buf, s.s0, s.s1, s.s2
	tagAt := len(buf)
	if len(s.tags) > s.tag {
		tagAt = int(s.tags[s.tag].pos)
	}
	lines := int64(0)
	start := p
	for p < hi {
		end := p + bytes.IndexByte(buf[p:], '\n')
		if end >= hi || end-p < csiTextColumn+8 || end > tagAt {
			break
		}
		b := buf[p:end]
		if binary.LittleEndian.Uint64(b) != s0 || binary.LittleEndian.Uint64(b[8:]) != s1 || binary.LittleEndian.Uint32(b[15:]) != s2 {
			break
		}
		if binary.LittleEndian.Uint32(b[levelColumn:]) != wordInfo {
			break
		}
		c := binary.LittleEndian.Uint32(b[componentColumn:])
		if c == wordCBS {
			if firstCBS[b[textColumn]] && wantCBS(b[textColumn:]) {
				break
			}
		} else if c != wordCSI || b[csiTextColumn-1] != ' ' || firstCSI[b[csiTextColumn]] && wantCSI(b) {
			break
		}
		lines++
		start, p = p, end+1
	}
	if lines > 0 {
		s.last = int32(start)
	}
	s.newlines += lines
	s.stamped += lines
	s.levels[textlog.LevelInfo] += lines
	return p
}

// next looks at the line at p and returns where the one after it begins.
func (s *scanner) next(p, hi int) int {
	end := bytes.IndexByte(s.buf[p:], '\n')
	if end < 0 {
		end = len(s.buf)
	} else {
		end += p
	}
	code := s.tagOf(p, end)
	if end >= hi {
		code = s.overhang(code, hi, end)
	}
	s.line(p, end, code)
	if end < hi {
		s.newlines++
	}
	return end + 1
}

// tagOf returns the first failing tag in [p, end) and passes those before end.
func (s *scanner) tagOf(p, end int) uint32 {
	code := uint32(0)
	for ; s.tag < len(s.tags) && int(s.tags[s.tag].pos) < end; s.tag++ {
		if code == 0 && int(s.tags[s.tag].pos) >= p {
			code = s.tags[s.tag].code
		}
	}
	return code
}

// skipLine passes the rest of a line that began in an earlier region.
func (s *scanner) skipLine(r *region) int {
	i := bytes.IndexByte(s.buf[r.lo:r.hi], '\n')
	if i < 0 {
		return r.hi
	}
	s.newlines++
	return r.lo + i + 1
}

// overhang finds the tag of a line that goes on after the region. It is
// counted by the next region; here it only tells that the line matters.
func (s *scanner) overhang(code uint32, hi, end int) uint32 {
	if code != 0 {
		return code
	}
	from := max(0, hi-len(tagOpen))
	i := bytes.Index(s.buf[from:end], tagOpen)
	if i < 0 {
		return 0
	}
	v, ok := hexAt(s.buf[from+i+len(tagOpen) : end])
	if !ok || v&0x80000000 == 0 {
		return 0
	}
	return v
}

// findTags counts "[HRESULT = 0x…" tags whose '=' lies in [lo, hi). '=' is the
// rarest byte of the tag in real logs, so looking for it costs next to nothing.
func (s *scanner) findTags(lo, hi int) {
	for p := lo; p < hi; p++ {
		i := bytes.IndexByte(s.buf[p:hi], '=')
		if i < 0 {
			return
		}
		p += i
		begin := p - 9
		if begin < 0 || begin+len(tagOpen) > len(s.buf) {
			continue
		}
		if string(s.buf[begin:begin+len(tagOpen)]) == string(tagOpen) {
			s.countTag(p, s.buf[begin+len(tagOpen):])
		} else if begin >= 0 && string(s.buf[p-6:p]) == "Error " {
			s.tags = append(s.tags, tag{int32(p), unstated})
		}
	}
}

// unstated marks a line that reports an error by other words than a tag. As
// an HRESULT it would be a success, so it cannot be mistaken for one.
const unstated = 1

func (s *scanner) countTag(pos int, digits []byte) {
	v, ok := hexAt(digits[:min(8, len(digits))])
	if !ok {
		return
	}
	if v&0x80000000 != 0 {
		s.tags = append(s.tags, tag{int32(pos), v})
	}
	if v != s.lastCode {
		s.foldCount()
		s.lastCode = v
	}
	s.lastCount++
}

func (s *scanner) foldCount() {
	if s.lastCount > 0 {
		s.hresults[s.lastCode] += s.lastCount
	}
	s.lastCount = 0
}

// line looks at the line buf[p:end] and marks it if it can matter.
func (s *scanner) line(p, end int, code uint32) {
	b := s.buf[p:end]
	if len(b) < textColumn+8 || !s.isStamped(b, p) {
		s.oddLine(p, b, code)
		return
	}
	s.stamped++
	s.last = int32(p)
	if binary.LittleEndian.Uint32(b[levelColumn:]) != wordInfo {
		s.stampedOdd(p, b, code)
		return
	}
	var wanted bool
	switch binary.LittleEndian.Uint32(b[componentColumn:]) {
	case wordCBS:
		wanted = wantCBS(b[textColumn:]) || code > unstated && !isNoise(b[textColumn:])
	case wordCSI:
		wanted = wantCSI(b) || code > unstated
	default:
		s.stampedOdd(p, b, code)
		return
	}
	s.levels[textlog.LevelInfo]++
	if wanted || code == unstated {
		s.mark(p, b, code, code == unstated)
	}
}

// isStamped reports whether b, at least 19 bytes, begins with a time stamp.
// Most lines repeat the stamp of the line before.
func (s *scanner) isStamped(b []byte, p int) bool {
	w0 := binary.LittleEndian.Uint64(b)
	w1 := binary.LittleEndian.Uint64(b[8:])
	w2 := binary.LittleEndian.Uint32(b[15:])
	if w2 == s.s2 && w1 == s.s1 && w0 == s.s0 {
		return true
	}
	if !textlog.IsStamp(b) {
		return false
	}
	s.s0, s.s1, s.s2 = w0, w1, w2
	if s.first < 0 {
		s.first = int32(p)
	}
	return true
}

// oddLine handles short lines and lines without a stamp.
func (s *scanner) oddLine(p int, b []byte, code uint32) {
	if len(b) >= textlog.StampLen && s.isStamped(b, p) {
		s.stamped++
		s.last = int32(p)
		s.stampedOdd(p, b, code)
		return
	}
	if code != 0 || len(bytes.TrimSpace(b)) >= shortest {
		s.mark(p, b, code, true)
	}
}

// stampedOdd handles stamped lines of another form than the usual one.
func (s *scanner) stampedOdd(p int, b []byte, code uint32) {
	h := textlog.ParseHead(b)
	s.levels[h.Level]++
	usual := h.Level == textlog.LevelInfo && len(b) >= textColumn && len(b) < textColumn+8 &&
		string(b[componentColumn:componentColumn+3]) == "CBS"
	if usual && code == 0 && !wantCBS(b[textColumn:]) {
		return
	}
	s.mark(p, b, code, true)
}

func (s *scanner) mark(p int, b []byte, code uint32, full bool) {
	end := p + len(b)
	if end > p && s.buf[end-1] == '\r' {
		end--
	}
	if len(s.marks) == cap(s.marks) {
		s.marks = slices.Grow(s.marks, max(256, len(s.marks)))
	}
	s.marks = append(s.marks, mark{off: int32(p), end: int32(end), rel: int32(s.newlines), stamp: s.last, code: code, full: full})
}
