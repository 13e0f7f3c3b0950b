package cbs

import "updoc/format/textlog"

// line interprets one marked line: summaries and sessions first, then what
// is left of it as a possible sign and as a possible first failure.
func (in *interp) line(l *line) {
	switch {
	case in.checkLine(l):
		return
	case l.component == "CSI" && has(l.text, "[SR] "):
		in.sfcLine(l)
		return
	case !l.stamped && l.component == "":
		in.signs(l)
		return
	}
	handled := in.sessionLine(l)
	if handled && !failing(l) || isNoise(l.text) {
		return
	}
	in.signs(l)
	if !handled && failing(l) {
		in.sessions.candidate(l)
	}
}

// failing reports whether the line states an error of its own.
func failing(l *line) bool {
	return l.level == textlog.LevelError || isFailure(l.code)
}

// noise lists beginnings of lines that healthy machines write, with failing
// codes though: the noise list of real logs of Windows 7 to 11.
var noise = []string{
	"Expecting attribute name",
	"Failed to get next element",
	"Failed to internally open package.",
	"Failed to OpenPackage using worker session",
	"Failed to create open package.",
	"InternalOpenPackage failed for Package_for_KB3025096",
	"Failed to initialize onesettings",
	"Not able to add ",
	"Not able to read ",
	"Failed to read RptTime", "Failed to read DoqTime", "Failed to read PoqTime",
	"Failed to read RptCount", "Failed to read DoqCount", "Failed to read PoqCount",
	"Failed reading PoqexecCmdline", "Failed reading SetupExecute",
	"WU: Windows update server selection group policy not set",
	"SQM: ",
	"Failed to clear CorruptionDetectedDuringAcr",
	"Failed to get merged pending executionsequence info",
	"Failed to report poqexec status",
	"The store corruption status report is incomplete",
	"Failed to write store corruption event",
	"Exec: Failed to read AutoRepairNeeded",
	"Failed to read AutoRepairNeeded",
	"Execute time performance datapoint is invalid",
	"Current tick count: ",
	"Failed to create backup log cab",
	"Failed to move ", // clean-up of CbsTemp meets another cleaner
}

func isNoise(text []byte) bool {
	for _, n := range noise {
		if has(text, n) {
			return true
		}
	}
	return false
}
