package casekit

import (
	"fmt"
	"sort"
	"time"

	"updoc/format/reportingevents"
)

const zeroGUID = "00000000-0000-0000-0000-000000000000"

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
			lines = append(lines, reportLine{at: t.Add(w.shift("scan"+t.String(), 0, 3*time.Hour)), id: 147, name: reportingevents.DetectionFinished,
				result: "Success", work: "Software Synchronization", message: "Windows Update Client successfully detected 0 updates."})
		}
	}
	sort.SliceStable(lines, func(i, j int) bool { return lines[i].at.Before(lines[j].at) })
	return lines
}

func (a *attempt) reports() []reportLine {
	began := reportLine{a.start, 167, reportingevents.DownloadStarted, a, 0, "Success", "Content Download", "Download started."}
	if !a.installs() {
		failed := reportLine{a.end, 161, reportingevents.DownloadFailed, a, a.Code, "Failure", "Content Download", fmt.Sprintf("Error: Download failed: error %s.", a.Code)}
		return []reportLine{began, failed}
	}
	lines := []reportLine{began,
		{a.downloaded, 162, reportingevents.DownloadSucceeded, a, 0, "Success", "Content Download", "Download succeeded."},
		{a.downloaded.Add(2 * time.Second), 181, reportingevents.InstallingStarted, a, 0, "Success", "Content Install", "Installation Started: Windows has started installing the following update: " + a.title}}
	if !a.restart.IsZero() || a.Outcome == outcomePending {
		lines = append(lines, reportLine{a.end, 201, reportingevents.InstallingPending, a, 0x240005, "Success", "Content Install",
			"Installation pending: a restart is needed to complete the installation of the following update: " + a.title})
	}
	return append(lines, a.reportEnd()...)
}

func (a *attempt) reportEnd() []reportLine {
	switch a.Outcome {
	case outcomeInstalled:
		return []reportLine{{a.finished, 183, reportingevents.InstallingSucceeded, a, 0, "Success", "Content Install",
			"Installation Successful: Windows successfully installed the following update: " + a.title}}
	case outcomeFailed:
		return []reportLine{{a.finished, 182, reportingevents.InstallingFailed, a, a.Code, "Failure", "Content Install",
			fmt.Sprintf("Installation Failure: Windows failed to install the following update with error %s: %s", a.Code, a.title)}}
	case outcomeCancelled:
		return []reportLine{{a.finished, 186, "AGENT_INSTALL_CANCEL", a, 0x8024000b, "Failure", "Content Install", "Installation cancelled: " + a.title}}
	}
	return nil
}

// reportLog writes ReportingEvents.log; its times carry the PC's own distance from UTC.
func (w *world) reportLog() []byte {
	log := []byte{0xff, 0xfe}
	from := w.Logs["ReportingEvents"].from(w)
	for i, l := range w.reportLines() {
		if !l.at.Before(from) && !l.at.After(w.now) {
			log = reportingevents.Append(log, w.reportEvent(i, l))
		}
	}
	return log
}

func (w *world) reportEvent(i int, l reportLine) reportingevents.Event {
	_, zone := w.local(l.at).Zone()
	d := w.digest(fmt.Sprint("tracking", i))
	e := reportingevents.Event{
		GUID: braced(w.guid(fmt.Sprint("report ", i))), Time: l.at, Zone: zone, ID: l.id, Name: l.name, Category: 101,
		UpdateID: braced(zeroGUID), HRESULT: uint32(l.code), Client: "MoUpdateOrchestrator", Status: l.result, Content: l.work,
		Message: l.message, Tracking: fmt.Sprintf("%X.1.%d.0.3.0", d[:8], i%7+1),
	}
	if l.a == nil {
		return e
	}
	e.UpdateID, e.Revision, e.Client = braced(l.a.id), l.a.Revision, l.a.Client
	if l.a.Kind == kindDriver {
		e.Category = 200
	}
	return e
}
