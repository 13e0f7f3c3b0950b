package cli

import (
	"fmt"
	"io"
	"regexp"
	"strings"
)

var (
	reportingPattern = regexp.MustCompile(`(?m)^\{[0-9A-Fa-f-]{36}\}\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}[+-]\d{4}\t`)
	driverPattern    = regexp.MustCompile(`(?m)^>>>  \[[^\r\n]+\]\r?\n>>>  Section start \d{4}/`)
	stampPattern     = regexp.MustCompile(`(?m)^\d{4}[-/]\d\d[-/]\d\d \d\d:\d\d:\d\d, +[A-Za-z]`)
	cbsPattern       = regexp.MustCompile(`(?m)^(?:\d{4}[-/]\d\d[-/]\d\d \d\d:\d\d:\d\d, +)?(?:Info|Warning|Error|Fatal|Perf) +(?:\[0x[0-9a-fA-F]+\] +)?(?:CBS|CSI|DPX) `)
	reagentPattern   = regexp.MustCompile(`(?m)^\d{4}[-/]\d\d[-/]\d\d \d\d:\d\d:\d\d, +[A-Za-z]+ +\[[^\]\r\n]+\.exe\] `)
)

func isReportingEvents(text string) bool { return reportingPattern.MatchString(text) }

func isDriverLog(text string) bool {
	return strings.HasPrefix(strings.TrimLeft(text, "\ufeff"), "[Device Install Log]") || driverPattern.MatchString(text)
}

// logFamily tells the logs apart that begin each line with a stamp and a level. Setup's
// logs may contain lines of CBS, and a file named setupact.log is one of Setup's
// whatever its lines are.
func logFamily(text, name string) string {
	stamped := len(stampPattern.FindAllString(text, -1))
	servicing := len(cbsPattern.FindAllString(text, -1))
	recovery := len(reagentPattern.FindAllString(text, -1))
	switch {
	case recovery > 0 && recovery*2 >= stamped:
		return "reagentlog"
	case stamped > 0 && strings.HasPrefix(strings.ToLower(name), "setup"):
		return "setupact"
	case servicing > 0 && servicing*2 >= stamped:
		return "cbs"
	case stamped > 0:
		return "setupact"
	}
	return ""
}

func (s *subject) reader() io.Reader { return io.NewSectionReader(s.file, 0, s.size) }

// logLine is one line of a text log. Local is the clock of the machine that wrote it;
// these logs name no zone.
type logLine struct {
	Line  int64  `json:"line"`
	Local string `json:"local,omitempty"`
	Level string `json:"level,omitempty"`
	Code  string `json:"code,omitempty"`
	Text  string `json:"text"`
}

func textLines(list []logLine) []string {
	var out []string
	for _, l := range list {
		out = append(out, fmt.Sprintf("%s: %s", commas(l.Line), l.Text))
	}
	return out
}

func codeText(code uint32) string {
	if code == 0 {
		return ""
	}
	return hex32(code)
}

// tallyOf is a count by name that is never null.
func tallyOf(counts map[string]int64) tally {
	if counts == nil {
		return tally{}
	}
	return counts
}
