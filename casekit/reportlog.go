package casekit

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// reportLine is one line of ReportingEvents.log.
type reportLine struct {
	at      time.Time
	id      int
	name    string
	a       *attempt // nil: a scan
	code    Code
	result  string // Success, Failure
	work    string // Content Install, Content Download, …
	message string
}

// reportLines are what every attempt left, and a scan a day. Source of ids and names:
// artifacts.md §6.
func (w *world) reportLines() []reportLine {
	var lines []reportLine
	for i := range w.attempts {
		if a := &w.attempts[i]; !a.silent("reporting") {
			lines = append(lines, a.reports()...)
		}
	}
	if w.Noise.or(true) {
		for t := w.since; t.Before(w.now.Add(-2 * time.Hour)); t = t.Add(22 * time.Hour) {
			lines = append(lines, reportLine{at: t.Add(w.shift("scan"+t.String(), 0, 3*time.Hour)), id: 147, name: "AGENT_DETECTION_FINISHED",
				result: "Success", work: "Software Synchronization", message: "Windows Update Client successfully detected 0 updates."})
		}
	}
	sort.SliceStable(lines, func(i, j int) bool { return lines[i].at.Before(lines[j].at) })
	return lines
}

func (a *attempt) reports() []reportLine {
	began := reportLine{a.start, 167, "AGENT_DOWNLOAD_STARTED", a, 0, "Success", "Content Download", "Download started."}
	if !a.installs() {
		failed := reportLine{a.end, 161, "AGENT_DOWNLOAD_FAILED", a, a.Code, "Failure", "Content Download", fmt.Sprintf("Error: Download failed: error %s.", a.Code)}
		return []reportLine{began, failed}
	}
	lines := []reportLine{began,
		{a.downloaded, 162, "AGENT_DOWNLOAD_SUCCEEDED", a, 0, "Success", "Content Download", "Download succeeded."},
		{a.downloaded.Add(2 * time.Second), 181, "AGENT_INSTALLING_STARTED", a, 0, "Success", "Content Install", "Installation Started: Windows has started installing the following update: " + a.title}}
	if !a.restart.IsZero() || a.Outcome == outcomePending {
		lines = append(lines, reportLine{a.end, 201, "AGENT_INSTALLING_PENDING", a, 0x240005, "Success", "Content Install",
			"Installation pending: a restart is needed to complete the installation of the following update: " + a.title})
	}
	return append(lines, a.reportEnd()...)
}

func (a *attempt) reportEnd() []reportLine {
	switch a.Outcome {
	case outcomeInstalled:
		return []reportLine{{a.finished, 183, "AGENT_INSTALLING_SUCCEEDED", a, 0, "Success", "Content Install",
			"Installation Successful: Windows successfully installed the following update: " + a.title}}
	case outcomeFailed:
		return []reportLine{{a.finished, 182, "AGENT_INSTALLING_FAILED", a, a.Code, "Failure", "Content Install",
			fmt.Sprintf("Installation Failure: Windows failed to install the following update with error %s: %s", a.Code, a.title)}}
	case outcomeCancelled:
		return []reportLine{{a.finished, 186, "AGENT_INSTALL_CANCEL", a, 0x8024000b, "Failure", "Content Install", "Installation cancelled: " + a.title}}
	}
	return nil
}

// reportLog writes ReportingEvents.log: UTF-16LE with byte order mark, fields divided
// by tabs, local time with its own offset and a colon before the milliseconds.
func (w *world) reportLog() []byte {
	var b strings.Builder
	from := w.Logs["ReportingEvents"].from(w)
	for i, l := range w.reportLines() {
		if !l.at.Before(from) && !l.at.After(w.now) {
			b.WriteString(w.reportText(i, l))
		}
	}
	return utf16File(b.String())
}

func (w *world) reportText(i int, l reportLine) string {
	id, revision, caller := "00000000-0000-0000-0000-000000000000", 0, "MoUpdateOrchestrator"
	category := 101
	if l.a != nil {
		id, revision, caller = l.a.id, l.a.Revision, l.a.Client
		if l.a.Kind == kindDriver {
			category = 200
		}
	}
	t := w.local(l.at)
	stamp := fmt.Sprintf("%s:%03d%s", t.Format("2006-01-02 15:04:05"), t.Nanosecond()/1e6, t.Format("-0700"))
	d := w.digest(fmt.Sprint("tracking", i))
	fields := []string{braced(strings.ToUpper(w.guid(fmt.Sprint("report ", i)))), stamp, "1", fmt.Sprintf("%d [%s]", l.id, l.name), itoa(category),
		braced(strings.ToUpper(id)), itoa(revision), fmt.Sprintf("%x", uint32(l.code)), caller, l.result, l.work, l.message,
		fmt.Sprintf("%X.1.%d.0.3.0", d[:8], i%7+1)}
	return strings.Join(fields, "\t") + "\r\n"
}
