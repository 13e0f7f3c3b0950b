package ntfs

import (
	"bytes"
	"fmt"
)

// LogState is what the journal tells about the last use of the volume.
type LogState string

// States of the journal. Only LogClean allows to trust that the volume holds all that was written.
const (
	LogClean   LogState = "clean"
	LogUnclean LogState = "unclean"
	LogUnknown LogState = "unknown"
)

// LogFile is the $LogFile's state and the version of its restart pages; 2.0 with LogUnclean usually
// means that Windows hibernated or used fast startup. Checked tells that chkdsk wrote it last.
type LogFile struct {
	State        LogState
	Major, Minor int
	Checked      bool
	Reason       string // why the state is what it is, in English for the expert
}

// LogFileState is LogFile's state alone: whether all that was written is in place.
func (v *Volume) LogFileState() LogState { return v.LogFile().State }

// LogFile judges the two restart pages: clean if the log is empty, if no client uses it, or if it is
// flagged clean; the newer page counts. Anything that cannot be read is unknown.
func (v *Volume) LogFile() LogFile {
	s, err := v.system(recordLogFile)
	if err != nil {
		return LogFile{State: LogUnknown, Reason: err.Error()}
	}
	first := make([]byte, 4096)
	if err := s.readFull(first, 0); err != nil {
		return LogFile{State: LogUnknown, Reason: err.Error()}
	}
	if allOnes(first) {
		return v.emptyLog(s)
	}
	best := newerPage(restartAt(s, 0, first), v.secondPage(s, first))
	if best == nil {
		return LogFile{State: LogUnknown, Reason: "neither restart page is readable"}
	}
	return best.judge()
}

// secondPage reads the other restart page; it lies one system page further, 4096 bytes unless the
// first says otherwise.
func (v *Volume) secondPage(s *stream, first []byte) *restartPage {
	at := int64(4096)
	if size := int64(le.Uint32(first[16:])); size > 4096 && size <= 64<<10 && bytes.HasPrefix(first, []byte("RSTR")) {
		at = size
	}
	b := make([]byte, 4096)
	if s.readFull(b, at) != nil {
		return nil
	}
	return restartAt(s, at, b)
}

// emptyLog tells a log that was wiped from one with a wiped beginning.
func (v *Volume) emptyLog(s *stream) LogFile {
	b := make([]byte, 4096)
	for off := int64(4096); off < min(s.size, 64<<10); off += 4096 {
		if s.readFull(b, off) != nil || !allOnes(b) {
			return LogFile{State: LogUnknown, Reason: "the log begins empty but is not"}
		}
	}
	return LogFile{State: LogClean, Reason: "the log is empty"}
}

func allOnes(b []byte) bool {
	for _, c := range b {
		if c != 0xff {
			return false
		}
	}
	return true
}

// restartPage is one readable restart page.
type restartPage struct {
	lsn          uint64
	inUse, flags uint16
	major, minor int
	checked      bool
}

// restartAt parses the page that begins at off with the bytes given; nil if it is none or torn.
func restartAt(s *stream, off int64, b []byte) *restartPage {
	magic := string(b[:4])
	if magic != "RSTR" && magic != "CHKD" {
		return nil
	}
	if size := int64(le.Uint32(b[16:])); size > 4096 && size <= 64<<10 {
		whole := make([]byte, size)
		if s.readFull(whole, off) != nil {
			return nil
		}
		b = whole
	} else if size < 512 || size > 4096 || size&(size-1) != 0 {
		return nil
	} else {
		b = b[:size]
	}
	area := int(le.Uint16(b[24:]))
	if Fixup(b, magic) != nil || area+16 > len(b) {
		return nil
	}
	r := b[area:]
	return &restartPage{
		lsn: le.Uint64(r), inUse: le.Uint16(r[12:]), flags: le.Uint16(r[14:]),
		minor: int(int16(le.Uint16(b[26:]))), major: int(int16(le.Uint16(b[28:]))), checked: magic == "CHKD",
	}
}

func newerPage(a, b *restartPage) *restartPage {
	if a == nil || b != nil && b.lsn > a.lsn {
		return b
	}
	return a
}

const (
	noClient     = 0xffff
	restartClean = 0x0002
)

func (p *restartPage) judge() LogFile {
	l := LogFile{State: LogUnclean, Major: p.major, Minor: p.minor, Checked: p.checked}
	switch {
	case p.inUse == noClient:
		l.State, l.Reason = LogClean, "no client uses the log"
	case p.flags&restartClean != 0:
		l.State, l.Reason = LogClean, "the log is flagged clean"
	default:
		l.Reason = fmt.Sprintf("a client uses the log, flags %#x", p.flags)
	}
	return l
}
