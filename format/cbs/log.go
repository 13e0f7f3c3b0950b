package cbs

import (
	"time"

	"updoc/format/textlog"
)

// Log is what one CBS log says. Every list in it is bounded; where a list was
// cut, the count beside it still tells the whole number.
type Log struct {
	Encoding textlog.Encoding // UTF-8 on every build seen
	BOM      int              // bytes of byte order mark: 0, 2 or 3
	Bytes    int64            // bytes of the log that were looked at
	Lines    int64            // a last line without line end counts
	Stamped  int64            // lines that begin with a time stamp; the rest are continuations

	// FirstTime and LastTime are the first and the last time stamp in file
	// order. They show the local clock of the machine that wrote the log:
	// their location is UTC, but the log names no zone. Zero: no stamp at all.
	FirstTime, LastTime time.Time

	Levels map[string]int64 // stamped lines by level: "Info", "Warning", "Error", "" = other
	// HRESULTs counts the tags "[HRESULT = 0x…]" by value, successes too. At
	// most 65536 values; OtherHRESULTs counts tags with further values.
	HRESULTs      map[uint32]int64
	OtherHRESULTs int64
	Clients       map[string]int64 // sessions by client; at most 256 names

	Sessions       []Session // in order; failed ones and the newest are kept
	SessionCount   int64     // sessions begun in this log (lines "Session: … initialized by client …")
	FailedSessions int64     // failed sessions and failed start-up runs; the latter are not in SessionCount

	Corruption      []Corruption // summaries of DISM's store check; the newest are kept
	CorruptionCount int64
	SFC             SFC

	StackVersions    []string // servicing stacks loaded, in order of first appearance
	OriginalFailures []Entry  // lines that set or recall a failing "original failure status"

	// Notable holds lines that match the table of known signs (see Sign), of
	// each sign the first and the newest; NotableCounts how many there were.
	Notable       []Notable
	NotableCounts map[Sign]int64

	Unread []Range // parts of the file that could not be read; lines there are not counted
}

// Recognized reports whether the file looks like a CBS log at all.
func (l *Log) Recognized() bool {
	return l.Stamped > 0 || l.SessionCount > 0 || len(l.HRESULTs) > 0
}

// Entry is one line of the log that is worth showing.
type Entry struct {
	Line    int64     // 1-based
	Offset  int64     // byte offset of the line in the file
	Time    time.Time // local clock of the machine (see Log); of a continuation, its record's
	Level   textlog.Level
	HRESULT uint32 // the code the line states, also in the forms HRESULT_FROM_WIN32(n) and hr: 0x…; 0 = none
	Text    string // the line without time stamp and level; valid UTF-8, at most 400 bytes
}

// Range is a stretch of bytes in the file.
type Range struct{ Offset, Length int64 }

// Session is one servicing session, or the work done at start-up for an
// earlier one (Startup), which the log does not tie to a session.
type Session struct {
	ID      string // "30546173_4261722401"; "" of a start-up run
	Client  string // "WindowsUpdateAgent", "DISM Package Manager Provider", …; "" if it began before this log
	Startup bool
	Line    int64 // of its first line in this log
	Offset  int64
	Start   time.Time // local clock of the machine
	End     time.Time // last line known to belong to it

	Packages []string // package identities it worked on; at most 16
	KBs      []string // "KB5034441", from identities and names; at most 16
	UpdateID string   // "{guid}" when Windows Update created the package
	Revision int      // of UpdateID

	Ended          bool   // a final line was seen
	Result         uint32 // HRESULT of the final line, if Ended
	Failed         bool
	RebootRequired bool

	// OriginalFailure is the first line that set a failing "original failure
	// status". FirstFailure is the earliest line of the session that explains
	// its failing end: an error, or the code it ended with. Nil: not seen.
	OriginalFailure *Entry
	FirstFailure    *Entry
}

// Corruption is one summary "Checking System Update Readiness" as DISM's
// /ScanHealth and /RestoreHealth leave it.
type Corruption struct {
	Line      int64 // of the heading
	Offset    int64
	Time      time.Time
	Operation string // "Detect only", "Detect and Repair"
	Result    uint32
	LastStep  string // "Entire operation completes."
	Detected  int64
	Repaired  int64
	Counts    map[string]int64 // the detailed counts by their label, "CSI Payload Corruption"

	Items     []DamagedItem // at most 256
	ItemCount int64
	Unfixed   int64 // items without "(Fixed)"
	// ReverseDelta counts payload items in a component's "r" folder: copies
	// kept to undo an update. Builds of 2026 report such without any damage.
	ReverseDelta int64
}

// DamagedItem is one damaged part of the component store.
type DamagedItem struct {
	Line  int64
	Kind  string // "CSI Payload Corrupt", "CBS MUM Missing"
	Fixed bool
	Path  string // component folder and file, or package identity
	Error string // "Missing replacement payload.", if a repair failed
}

// SFC is what System File Checker left in the log.
type SFC struct {
	CannotRepair      []CannotRepair // distinct files, at most 256
	CannotRepairCount int64          // lines; SFC repeats itself
	Repaired          int64          // lines that tell of a repaired file
	Runs              int64          // "[SR] Repair complete"
}

// CannotRepair is a file that System File Checker gave up on.
type CannotRepair struct {
	Entry
	File      string // "shortname.dll"
	Component string // "Microsoft-Windows-Foo"
	Reason    string // "hash mismatch"
	Last      Entry  // the newest line that names it; Entry is the first
	Gone      bool   // a later run came to its end without naming it

	run int64 // which run named it last
}

// Notable is a line with a known sign.
type Notable struct {
	Entry
	Sign    Sign
	Subject string // what the sign is about: installer, package, file, version required
	Detail  string // second value: version present
}
