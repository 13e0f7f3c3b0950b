package msilog

import (
	"time"

	"updoc/format/textlog"
)

// Limits of what is kept of one log.
const (
	maxText   = 400 // bytes of a quoted line
	maxName   = 200 // bytes of a product, action or path
	maxErrors = 64  // distinct errors with their lines; real logs name a handful
)

// Results of Windows Installer that are successes: 1641 restarts at once, 3010
// asks for a restart.
var successes = map[int64]bool{0: true, 1641: true, 3010: true}

// Log is what one log says. Of a file with several runs appended the last one
// is described; Runs counts them.
type Log struct {
	Encoding textlog.Encoding
	Bytes    int64
	Lines    int64
	Marks    int64 // lines only Windows Installer writes: without any, this is no such log
	Runs     int64

	Product string
	Version string
	Code    string // product code, {…} as written

	Started Stamp
	Stopped Stamp // the last "logging stopped"

	Ended  bool  // a final result was seen
	Result int64 // of the last "MainEngineThread is returning", else of the status line
	At     Place // the line that gave it

	Action   string // of the first "Return value 3"; empty: none
	ActionAt Place
	Custom   Custom // the first custom action that failed the run

	Errors  []Error // telling errors and notes, in the order of the log
	Missing Missing // the first package or source that was not found
	Newer   Place   // a newer version of the product is there; Line 0: not said
}

// Failed tells whether the run ended, and not well.
func (l *Log) Failed() bool { return l.Ended && !successes[l.Result] }

// Place is a line of the log.
type Place struct {
	Line int64 // 1-based; 0: none
	At   int64 // byte offset
	Text string
}

// Stamp is a date and time as the log writes them: by the local clock and in the
// local order of day and month. Other is the second reading where day and month
// can be swapped; zero where there is one reading only.
type Stamp struct{ Time, Other time.Time }

// Custom is a custom action with the error that it returned.
type Custom struct {
	Name string
	Code int64
	Place
}

// Error is an error that the run met. Number is that of Windows Installer's
// messages (1714), System the system error behind it (1612), 0: none.
type Error struct {
	Number int64
	System int64
	Shown  bool // the person was told; else a "Note:" of the engine
	Place
}

// Missing is a file that was asked for and not found. Cached: it is the copy that
// Windows keeps below Installer.
type Missing struct {
	Path   string
	Cached bool
	Place
}

// Why returns the error behind a failed run and the line that names it: what lies
// deepest of what was met before the first action failed. That an old version cannot
// be removed (1714) is told by the error for which it cannot, and a missing source
// explains what follows from it. 0: none is named.
func (l *Log) Why() (int64, Place) {
	if !l.Failed() {
		return 0, Place{}
	}
	best, depth := Error{}, 0
	for _, e := range l.Errors {
		if l.Action != "" && e.Line > l.ActionAt.Line && depth > 0 {
			break
		}
		if d := e.depth(); d >= depth {
			best, depth = e, d
		}
	}
	switch {
	case best.System != 0:
		return best.System, best.Place
	case best.Number != 0:
		return best.Number, best.Place
	case telling[l.Result]:
		return l.Result, l.At
	}
	return 0, Place{}
}

// depth orders errors by how near they are to the reason.
func (e Error) depth() int {
	switch {
	case e.Number == 1714 && e.System != 0:
		return 4
	case e.Number == 1612 || e.Number == 1706 || e.Number == 2203:
		return 3
	case e.Shown:
		return 2
	}
	return 1
}
