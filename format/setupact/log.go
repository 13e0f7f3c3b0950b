package setupact

import (
	"time"

	"updoc/format/textlog"
)

// How many entries are kept.
const (
	maxProblems = 256
	maxCoded    = 256
	maxTail     = 64
	maxCodes    = 4096
	maxText     = 400
)

// Log is what one log says. Of the lists the newest entries are kept.
type Log struct {
	Encoding textlog.Encoding
	Bytes    int64
	Lines    int64
	Stamped  int64 // lines that begin with a time stamp; the rest are continuations

	// FirstTime and LastTime show the local clock of the machine, in Setup
	// often that of Windows PE: their location is UTC, but the log names no
	// zone. Zero: no stamp.
	FirstTime, LastTime time.Time

	Levels map[string]int64 // stamped lines by level: "Info", "Warning", "Error", … "" = other
	// Codes counts failing codes, HRESULT or NTSTATUS, written as "0x" and
	// eight digits; at most 4096 values.
	Codes map[uint32]int64

	Problems     []Entry // stamped lines of level Warning, Error or FatalError
	ProblemCount int64
	Coded        []Entry // the newest lines of any level with a failing code
	CodedCount   int64
	Tail         []Entry // the last lines of any level
}

// Entry is one line of the log.
type Entry struct {
	Line      int64     // 1-based
	At        int64     // byte offset of the line in the log
	Time      time.Time // local clock of the machine, see Log; zero if the line has no stamp
	Level     textlog.Level
	Component string // "IBS", "SYSPRP", "CBS", …; "" if the line names none
	Code      uint32 // first failing code of the line, 0 if none
	Text      string // behind the level; at most 400 bytes
}
