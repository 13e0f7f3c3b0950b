package burnlog

import (
	"time"

	"updoc/format/textlog"
)

// Limits of what is kept of one log.
const (
	maxText   = 400 // bytes of a quoted line
	maxName   = 200 // bytes of a product or package
	maxErrors = 64  // error lines; the first tell, the rest repeat them on the way out
)

// NewerInstalled is what bundles end with when a newer version is there:
// HRESULT_FROM_WIN32(ERROR_PRODUCT_VERSION).
const NewerInstalled = 0x80070666

// Log is what one log says. Times show the local clock of the machine; their
// location is UTC, but the log names no zone.
type Log struct {
	Encoding textlog.Encoding
	Bytes    int64
	Lines    int64
	Entries  int64 // lines with the head that only Burn writes

	Product     string // WixBundleName
	Version     string // WixBundleVersion
	First, Last time.Time

	Ended   bool   // a final result was seen
	Result  uint32 // HRESULT or exit code: "Exit code", else "Apply complete", else "Shutting down"
	At      Place
	Package string // the first package that could not be installed
	Failed  Place  // the line that says so; Line 0: none
	Errors  []Error
	Newer   Place  // a newer bundle or package was found, for which this one is a downgrade
	Have    string // its version
	Source  string // the file or folder that was asked for
}

// Place is a line of the log.
type Place struct {
	Line int64 // 1-based; 0: none
	At   int64 // byte offset
	Text string
}

// Error is an error line (e…) with the code it names, 0 if none.
type Error struct {
	Code uint32
	Place
}

// Bad tells whether the bundle ended, and not well.
func (l *Log) Bad() bool { return l.Ended && bad(l.Result) }

// bad tells failures from successes: 3010 and 1641 ask for a restart, an HRESULT of
// the success class is none.
func bad(code uint32) bool {
	const wantsRestart, restarts = 3010, 1641
	return code != 0 && code != wantsRestart && code != restarts && (code>>31 == 1 || code < 0x10000)
}
