package setupapi

import (
	"time"

	"updoc/format/textlog"
)

// How much is kept.
const (
	maxFailures = 256
	maxText     = 400
	maxName     = 260
)

// Log is what one log says. Of the failures the newest are kept.
type Log struct {
	Encoding textlog.Encoding
	Bytes    int64
	Lines    int64
	Sections int64 // that began
	Failed   int64
	Open     int64 // began and did not end

	// FirstTime and LastTime show the local clock of the machine: their location is UTC, but
	// the log names no zone. Zero: no section has a time.
	FirstTime, LastTime time.Time

	Failures []Section
}

// Section is one operation: a driver that was imported, a device that was installed.
type Section struct {
	Line       int64 // 1-based, where it begins
	At         int64 // byte offset of that line
	Title      string
	Start, End time.Time // local clock, see Log
	INF        string    // the package it is about, without its folder: example.inf; "" if none is named
	Code       uint32    // as the exit status has it: an error of Windows, of SetupAPI (0xe0000…) or an HRESULT
	Error      string    // first line that is marked as an error; "" if none is
}
