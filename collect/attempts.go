package collect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"updoc/model"
)

const (
	attemptLimit = 2000
	recordLimit  = 40 // records kept of one attempt
)

// What a history says happened. These are the words of model.Record.What.
const (
	whatDownloadStarted = "download-started"
	whatDownloaded      = "downloaded"
	whatDownloadFailed  = "download-failed"
	whatInstallStarted  = "install-started"
	whatInstallFailed   = "install-failed"
	whatInstalled       = "installed"
	whatPending         = "install-pending"
	whatRestart         = "restart-required"
	whatCancelled       = "cancelled"
	whatScanFailed      = "scan-failed"
	whatScanned         = "scanned"
	whatServicingStart  = "servicing-started"
	whatServicingFailed = "servicing-failed"
	whatServicingDone   = "servicing-done"
	whatServicingReboot = "servicing-restart-required"
	whatWinREServiced   = "winre-serviced"
	whatWinREFailed     = "winre-failed"
	whatSessionFailed   = "cbs-session-failed"
	whatSessionDone     = "cbs-session-done"
	whatInstallerFailed = "msi-failed"
)

// Histories, in the order in which their codes are shown: people see in Settings
// what ReportingEvents holds.
const (
	fromReporting = iota
	fromDataStore // tbHistory of DataStore.edb
	fromClient    // WindowsUpdateClient/Operational
	fromSystem
	fromStandalone // wusa.exe, which opens .msu files
	fromServicing
	fromWinRE
	fromCBS
	fromInstaller // MsiInstaller
)

// happening is one line or event about an update.
type happening struct {
	time     time.Time // UTC; zero if the zone of a local-time log is unseen
	what     string
	code     string // 0x%08x; "" if none or success
	kb       string
	title    string
	updateID string
	revision int64
	client   string
	store    bool
	list     string // titles of several updates (restart required)
	history  int
	startup  bool   // servicing went on after a restart
	raw      string // result of the installer, 0x%08x
	origin   model.Origin
}

// attempts fills Machine.Attempts: what ReportingEvents.log, DataStore.edb, the
// WindowsUpdateClient events of System and Operational, the stand-alone installer,
// WinREAgent, MsiInstaller, Servicing (Setup log) and CBS.log say about updates, joined
// into one attempt for each try. The CBS sessions must be read before.
func attempts(d *desk) {
	system, client := d.log(systemLog), d.log(clientLog)
	reporting, span := d.reporting()
	happenings := slices.Concat(reporting, clientHappenings(system, fromSystem), clientHappenings(client, fromClient), d.standaloneHappenings())
	j := joiner{boots: d.m.Boot.Boots.Items}
	j.join(happenings)
	d.addHistory(&j)
	d.addInner(&j)
	items := j.finish()
	items, cut := within(items, attemptLimit)
	d.m.Attempts = model.List[model.Attempt]{Items: items,
		Coverage: d.attemptCoverage(span, system, client)}
	if cut {
		d.m.Attempts.Coverage.From = items[0].Start
	}
	if !system.torn || !span.From.IsZero() {
		d.grow(&d.m.Attempts.Coverage)
	}
}

// attemptCoverage is the union of the histories that record failed installations:
// each of them alone would have told.
func (d *desk) attemptCoverage(reporting model.Coverage, system, client *eventLog) model.Coverage {
	spans := []model.Coverage{reporting, system.coverage, d.work.historySpan}
	if slices.ContainsFunc(client.events, isInstallEvent) {
		spans = append(spans, client.coverage)
	}
	var all model.Coverage
	for _, s := range spans {
		switch {
		case s.From.IsZero():
		case all.From.IsZero():
			all = s
		default:
			all = union(all, s)
		}
	}
	if all.From.IsZero() {
		all.Why = firstWhy(reporting.Why, system.coverage.Why)
		return all
	}
	all.Why = &model.Unseen{Artifact: "evtx", Reason: model.ReasonOutOfRange, How: model.HowOlderLogs,
		Detail: "the oldest history of updates begins at " + all.From.UTC().Format(time.RFC3339)}
	return all
}

func isInstallEvent(e event) bool {
	return e.provider == updateClient && slices.Contains([]uint32{19, 20, 43}, e.id)
}

// union joins two spans; of two that do not meet the later one counts. All histories
// run until the machine was last used, so they meet unless one of them is cut.
func union(a, b model.Coverage) model.Coverage {
	if b.To.After(a.To) {
		a, b = b, a
	}
	if b.From.Before(a.From) && !b.To.Before(a.From.Add(-logQuiet)) {
		a.From = b.From
	}
	return a
}

// logQuiet is how long a history of updates may be silent without having a gap.
const logQuiet = 30 * day

// clientHappenings reads the WindowsUpdateClient events of a log. Source of the ids
// and fields: the event manifest (field guide, artifacts §2); fields are taken by
// name, because 31 orders them in another way.
func clientHappenings(l *eventLog, history int) []happening {
	var all []happening
	for i := range l.events {
		e := &l.events[i]
		what := clientWhat[e.id]
		if e.provider != updateClient || what == "" {
			continue
		}
		h := happening{time: e.time, what: what, history: history, origin: e.origin,
			title: e.get("updateTitle"), updateID: bareGUID(e.get("updateGuid")), list: e.get("updatelist")}
		h.revision = parseInt(e.get("updateRevisionNumber"))
		h.kb = kbIn(h.title)
		h.store = storeTitle(h.title) || bareGUID(e.get("serviceGuid")) == storeService
		h.setCode(hexCode(e.get("errorCode")))
		all = append(all, h)
	}
	return all
}

var clientWhat = map[uint32]string{
	19: whatInstalled, 20: whatInstallFailed, 21: whatRestart, 22: whatRestart,
	25: whatScanFailed, 26: whatScanned, 31: whatDownloadFailed,
	41: whatDownloaded, 43: whatInstallStarted, 44: whatDownloadStarted,
}

// storeService is the service that delivers apps of the Store (field guide,
// artifacts §1).
const storeService = "855e8a7c-ecb4-4ca3-b045-1dfa50104289"

// storeTitle tells whether a title begins with the id of an app of the Store.
func storeTitle(title string) bool {
	id, _, ok := strings.Cut(title, "-")
	if !ok || len(id) != 12 || id[0] != '9' {
		return false
	}
	return strings.IndexFunc(id, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') }) < 0
}

// setCode takes the code of a happening. A failure with a code of the success class
// is none: 0x00240005 means that a restart is required.
func (h *happening) setCode(code uint32, ok bool) {
	if !ok || code == 0 {
		return
	}
	h.code = hexText(code)
	if code&0x80000000 != 0 {
		return
	}
	switch {
	case h.what == whatInstallFailed && code == rebootRequired, h.what == whatInstalled && code == rebootRequired:
		h.what = whatPending
	case h.what == whatInstallFailed:
		h.what = whatInstalled
	case h.what == whatScanFailed:
		h.what = whatScanned
	}
}

const rebootRequired = 0x00240005

func hexText(code uint32) string { return fmt.Sprintf("0x%08x", code) }
