package mpsigstub

import (
	"time"

	"updoc/format/textlog"
)

// Limits: a log grows by some 80 lines a day and is a few hundred kilobytes; what a
// run says in one field is a path or a version.
const (
	maxRuns  = 500
	maxField = 300
)

// Log is what one log says.
type Log struct {
	Encoding textlog.Encoding // UTF-16LE on every disk seen
	Bytes    int64
	Lines    int64
	Count    int64 // runs in the file
	Runs     []Run // the newest of them, in file order
}

// Run is one block of the log: a package that ran. Empty strings and zero times mean
// that the block does not say.
type Run struct {
	Line, Offset int64     // of its line "Start time"
	Start, End   time.Time // UTC
	Command      string    // what the stub was called with
	Package      string    // file name of the package, AM_Delta_Patch_1.407.828.0.exe
	Payload      string    // version that the package brings
	Platform     string    // of the product that was found, before the run
	Engine       string    // the same
	Updated      bool      // "MpSigStub successfully updated" is its last word on success
	Nothing      bool      // it found no product to update

	Error     uint32 // first failing code
	ErrorLine int64  // where it stands
	Function  string // FailedFunction, else what stands behind the first error
	Need      string // engine version of the package, where the run says that it is not in
	Have      string // engine version that the PC has instead
}

// Failed reports whether the run ended without success and with an error.
func (r *Run) Failed() bool { return r.Error != 0 && !r.Updated }
