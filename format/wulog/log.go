package wulog

import (
	"time"

	"updoc/format/textlog"
)

// Kind says what a line reports. The values are part of the output and stay as they are.
type Kind string

// The kinds of lines that are kept.
const (
	ScanFailed       Kind = "scan-failed"
	DownloadFailed   Kind = "download-failed"
	InstallFailed    Kind = "install-failed"
	ConnectionFailed Kind = "connection-failed" // Subject: the address asked for
	SpaceCheckFailed Kind = "space-check-failed"
	Disabled         Kind = "updates-disabled" // Subject: policy or user
)

// Log is what one WindowsUpdate.log says.
type Log struct {
	Encoding textlog.Encoding
	Bytes    int64
	Lines    int64
	Stamped  int64 // lines that begin with a time stamp and name a component
	Tabs     int64 // of these, lines of the old form

	// FirstTime and LastTime show the local clock of the machine: their location is
	// UTC, but the log names no zone. Zero: no stamp.
	FirstTime, LastTime time.Time

	Components map[string]int64 // lines by component; "other" when there are too many
	Notes      []Note           // the newest of each kind, in file order
	Counts     map[Kind]int64   // of all
}

const (
	maxNotes      = 200 // of each kind
	maxComponents = 64
	maxThreads    = 256 // whose operation is remembered
	maxText       = 400 // bytes of a line that are kept
	maxSubject    = 200
)

// Note is one line that is kept.
type Note struct {
	Line    int64     // 1-based
	At      int64     // byte offset of the line in the log
	Time    time.Time // local clock, see Log
	Kind    Kind
	Code    uint32 // 0: the line names none
	Subject string // id of the update, caller or address; "" if not stated
	Text    string
}

// entry is a line taken apart.
type entry struct {
	time      time.Time
	thread    string // process and thread
	component string
	text      string
}
