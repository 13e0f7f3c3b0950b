package reagentlog

import (
	"time"

	"updoc/format/textlog"
)

// Log is what one ReAgent.log says. Of every list the newest entries are kept
// (see the bounds below); the counts tell the whole number.
type Log struct {
	Encoding textlog.Encoding
	Bytes    int64
	Lines    int64
	Stamped  int64 // lines that begin with a time stamp

	// FirstTime and LastTime show the local clock of the machine: their
	// location is UTC, but the log names no zone. Zero: no stamp.
	FirstTime, LastTime time.Time

	Commands       []Command
	CommandCount   int64
	Partitions     []Partition
	PartitionCount int64
	Checks         []Check
	CheckCount     int64
	Calls          []Call // failed ones
	CallCount      int64
	Verdicts       []Verdict
	VerdictCount   int64
	Problems       []Entry // lines of level Warning or Error that are no known noise
	ProblemCount   int64
}

// How many entries of each kind are kept.
const (
	maxCommands   = 128
	maxPartitions = 256
	maxChecks     = 128
	maxCalls      = 128
	maxVerdicts   = 128
	maxProblems   = 128
	maxText       = 400
)

// Entry is one line of the log.
type Entry struct {
	Line    int64     // 1-based
	At      int64     // byte offset of the line in the log
	Time    time.Time // local clock of the machine, see Log; zero if the line has no stamp
	Level   textlog.Level
	Process string // "ReAgentc.exe", "RelPost.exe", "bootim.exe", …
	Text    string // behind the process; at most 400 bytes
}

// Command is one run of a command line, as it stands between the frames
// "Executing command line" and "Exiting command line".
type Command struct {
	Entry                 // of the first frame
	CommandLine string    // `"C:\WINDOWS\system32\ReAgentc.exe" /disable`
	Ended       bool      // the second frame was found
	EndLine     int64     // its line
	End         time.Time // its time
	Result      string    // the number behind "Error: ", as written; "0" = success
	Failed      bool      // Ended, and Result is another than 0
}

// Partition is one record of a partition: what a program saw at that time.
type Partition struct {
	Entry              // of the record's first line
	Volume      string // "{ec100305-…}", lower case; "" if not stated
	Device      string // `\\?\GLOBALROOT\device\harddisk0\partition4`
	Number      int    // as Windows counts, from 1; 0 if not stated
	Start       uint64 // bytes from the beginning of the disk
	Free, Total uint64 // bytes
	Disk        int    // -1 if not stated
	HasFlags    bool   // the line with the flags below was found
	NTFS        bool
	MBR         bool
	Active      bool
	Boot        bool
	BitLocker   bool
	TypeGUID    string // GPT type, "{de94bba4-…}", lower case; "" if not stated
	DiskID      string // GPT disk, lower case
}

// Check is one look whether a partition can take winre.wim. Required was the
// wim and 52 MiB in every log seen.
type Check struct {
	Entry              // of its first line
	Start       uint64 // of the partition, bytes from the beginning of the disk
	Free, Total uint64 // bytes
	WimSize     uint64 // bytes; 0 if not stated
	Required    uint64 // bytes that had to be free; 0 if not stated
	BitLocker   bool   // refused because the volume is encrypted
	Meets       bool   // accepted
	Refused     bool   // refused; neither: the log does not say
}

// Call is a function that ended with a failure.
type Call struct {
	Entry
	Function string // "WinReInstall"
	Code     uint32 // last error or error code, as a Win32 number or HRESULT
}

// Verdict is a sentence that settles something, as "No suitable partition could be found for installing WinRE".
type Verdict struct {
	Entry
	Kind VerdictKind
}

// VerdictKind names what a Verdict settles. The values are part of the output
// and stay as they are.
type VerdictKind string

// The verdicts seen in real logs.
const (
	VerdictBitLocker     VerdictKind = "partition-encrypted"
	VerdictUnfit         VerdictKind = "partition-unfit"
	VerdictNoPartition   VerdictKind = "no-suitable-partition"
	VerdictSelected      VerdictKind = "partition-selected"
	VerdictInUse         VerdictKind = "partition-in-use"
	VerdictNotConfigured VerdictKind = "winre-not-configured" // bootim.exe, at boot: the recovery environment is off
)
