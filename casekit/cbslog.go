package casekit

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// logLine is one line of a text log, before it is sorted into its place.
type logLine struct {
	at    time.Time
	level string // Info, Warning, Error
	from  string // CBS, CSI, …
	text  string
}

// cbsLines are CBS.log: start-ups of the servicing process, a session for every
// attempt that goes through servicing, maintenance, and the lines of the text.
func (w *world) cbsLines() []logLine {
	var lines []logLine
	for _, b := range w.boots {
		if b.kind == "cold" {
			lines = append(lines, w.cbsStartup(b.at.Add(40*time.Second))...)
		}
	}
	for i := range w.attempts {
		a := &w.attempts[i]
		if !a.silent("cbs") && a.installs() && (a.Package != "" || a.CBS != 0) {
			lines = append(lines, w.cbsAttempt(a)...)
		}
	}
	if w.Noise.or(true) {
		for t := w.since.Add(13 * time.Hour); t.Before(w.now.AddDate(0, 0, -1)); t = t.AddDate(0, 0, 9) {
			lines = append(lines, w.cbsMaintenance(w.quiet(t))...)
		}
	}
	for _, c := range w.CBS {
		lines = append(lines, logLine{c.At.In(w.zone), or(c.Level, "Info"), or(c.From, "CBS"), c.Text})
	}
	sort.SliceStable(lines, func(i, j int) bool { return lines[i].at.Before(lines[j].at) })
	return lines
}

// talk makes lines that follow each other within a second of at.
func talk(at time.Time, texts ...string) []logLine {
	var lines []logLine
	for i, t := range texts {
		level := "Info"
		if rest, ok := strings.CutPrefix(t, "!"); ok {
			level, t = "Error", rest
		}
		lines = append(lines, logLine{at.Add(time.Duration(i) * time.Millisecond), level, "CBS", t})
	}
	return lines
}

func (w *world) cbsStartup(at time.Time) []logLine {
	last := w.local(at.Add(-40 * time.Second)).Format("2006-01-02 15:04:05.000")
	stack := w.stackVersion()
	return talk(at,
		"TI: --- Initializing Trusted Installer ---",
		"TI: Last boot time: "+last,
		"Starting TrustedInstaller initialization.",
		"Ending TrustedInstaller initialization.",
		"Starting the TrustedInstaller main loop.",
		"TrustedInstaller service starts successfully.",
		"No startup processing required, TrustedInstaller service was not set as autostart",
		"Startup processing thread terminated normally",
		"Starting TiWorker initialization.",
		"Universal Time is: "+at.UTC().Format("2006-01-02 15:04:05.000"),
		`Loaded Servicing Stack v`+stack+` with Core: C:\Windows\winsxs\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_`+stack+`_none_7e2b1d3f4c5a6978\cbscore.dll`,
		"Ending TiWorker initialization.")
}

// sessionID is the id of a servicing session: two halves of its start time.
func sessionID(t time.Time) string {
	high, low := fileTimeParts(t)
	return fmt.Sprintf("%d_%d", high, low)
}

// cbsAttempt is the servicing session of one attempt.
func (w *world) cbsAttempt(a *attempt) []logLine {
	id, at := sessionID(a.downloaded), a.downloaded.Add(5*time.Second)
	pkg := or(a.Package, fmt.Sprintf("Package_for_%s~31bf3856ad364e35~%s~~10.0.1.0", a.KB, w.OS.Arch))
	lines := talk(at,
		"Session: "+id+" initialized by client "+client(a)+", external staging directory: (null), external registry directory: (null)",
		fmt.Sprintf("WU creates the package, AppID:%s, UpdateID:{%s}, revision: %d", a.Client, strings.ToUpper(a.id), a.Revision),
		"Appl: Evaluating package applicability for package "+pkg+", applicable state: Installed",
		fmt.Sprintf("Exec: Processing started.  Client: %s, Session: %s, Package: %s, Identifier: %s", client(a), id, pkg, a.KB),
		"Reboot mark set")
	end := a.end.Add(-6 * time.Second)
	if a.Outcome == outcomeOpen {
		return lines
	}
	if a.Outcome == outcomeFailed && a.restart.IsZero() {
		return append(lines, failure(end, id, pkg, a)...)
	}
	lines = append(lines, ending(end, id, pkg, a.KB, a.Outcome == outcomePending || !a.restart.IsZero())...)
	if !a.restart.IsZero() {
		lines = append(lines, w.cbsCommit(a, pkg)...)
	}
	return lines
}

// failure ends a session with the code that stopped it.
func failure(at time.Time, id, pkg string, a *attempt) []logLine {
	tag := hresult(or(a.CBS, a.Code))
	first := "!Failed to stage package: " + pkg + " " + tag
	if a.CBS == 0x800f0828 || a.CBS == 0x80070070 {
		first = "!Insufficient disk space to complete the operation, package: " + pkg + " " + tag
	}
	return talk(at, first,
		"Setting original failure status: "+or(a.CBS, a.Code).String()+", last forward execute state: CbsExecuteStateStageFiles",
		fmt.Sprintf("!Failed to perform operation for package: %s, client: %s %s", pkg, client(a), tag),
		fmt.Sprintf("Exec: Processing complete.  Session: %s, Package: %s, Identifier: %s %s", id, pkg, a.KB, tag),
		"Session: "+id+" finalized. Reboot required: no "+tag,
		"Reboot mark cleared")
}

// ending ends a session that went well, with or without a restart to come.
func ending(at time.Time, id, pkg, kb string, restart bool) []logLine {
	word, tag := "no", hresult(0)
	if restart {
		word, tag = "yes", hresult(0x80070bc2)
	}
	lines := talk(at,
		fmt.Sprintf("Exec: Processing complete.  Session: %s, Package: %s, Identifier: %s %s", id, pkg, kb, tag),
		"Session: "+id+" finalized. Reboot required: "+word+" "+hresult(0))
	if restart {
		return append(lines, talk(at.Add(time.Second), "TI: CBS has signaled that a reboot is required.")...)
	}
	return append(lines, talk(at.Add(time.Second), "Reboot mark cleared")...)
}

// cbsCommit is what happens to a package while Windows starts.
func (w *world) cbsCommit(a *attempt, pkg string) []logLine {
	at := a.restart.Add(15 * time.Second)
	if a.Outcome == outcomeFailed {
		code := or(a.CBS, a.Code)
		return talk(at, "Startup: Primitives are pending and need to be processed.",
			"!Startup: Failed to process advanced operation queue, startupPhase: 0.  A rollback transaction will be created. "+hresult(code),
			"Setting original failure status: "+code.String()+", last forward execute state: CbsExecuteStateResolvePending",
			"Reporting package change completion for package: "+pkg+", current: Staged, original: Staged, target: Installed, status: "+code.String(),
			"!Startup: Processing complete. "+hresult(code))
	}
	return talk(at, "Startup: Primitives are pending and need to be processed.",
		"Reporting package change completion for package: "+pkg+", current: Installed, original: Staged, target: Installed, status: 0x0",
		"Startup: Processing complete. "+hresult(0),
		"Reboot mark cleared")
}

// cbsMaintenance is a session of a healthy PC, with the failing codes that mean
// nothing. Source: the noise list of artifacts.md §3.
func (w *world) cbsMaintenance(at time.Time) []logLine {
	id := sessionID(at)
	return talk(at,
		"Session: "+id+" initialized by client CbsTask, external staging directory: (null), external registry directory: (null)",
		"Exec: Failed to read AutoRepairNeeded. "+hresult(0x80070490),
		"Failed to internally open package. [HRESULT = 0x800f0805 - CBS_E_INVALID_PACKAGE]",
		"Failed to OpenPackage using worker session [HRESULT = 0x800f0805]",
		"SQM: Failed to start standard sample upload. "+hresult(0x80004005),
		"Maint: processing complete.  Session: "+id+". "+hresult(0))
}

// hresult is a result as CBS.log writes it, with the name where there is one.
func hresult(c Code) string {
	name := map[Code]string{
		0: "S_OK", 0x80070bc2: "ERROR_SUCCESS_REBOOT_REQUIRED", 0x80070490: "ERROR_NOT_FOUND", 0x80004005: "E_FAIL",
		0x800f0828: "CBS_E_INSUFFICIENT_DISK_SPACE", 0x800f0922: "CBS_E_INSTALLERS_FAILED", 0x800f0823: "CBS_E_NEW_SERVICING_STACK_REQUIRED",
		0x800f0831: "CBS_E_STORE_CORRUPTION", 0x80070070: "ERROR_DISK_FULL", 0x80070643: "ERROR_INSTALL_FAILURE",
		0x800f0914: "CBS_E_WINRE_NOT_ENABLED", 0x80070bc9: "ERROR_FAIL_REBOOT_REQUIRED", 0x80070005: "E_ACCESSDENIED",
	}[c]
	if name == "" {
		return fmt.Sprintf("[HRESULT = %s]", c)
	}
	return fmt.Sprintf("[HRESULT = %s - %s]", c, name)
}

// textLog writes lines the way servicing does: UTF-8 with byte order mark, local time
// without zone, the component at a fixed column. Nothing after Now is written.
func (w *world) textLog(log string, lines []logLine) []byte {
	var b strings.Builder
	if log == "CBS" {
		b.WriteString("\ufeff")
	}
	from := w.Logs[log].from(w)
	for _, l := range lines {
		if l.at.Before(from) || l.at.After(w.now) {
			continue
		}
		head := w.local(l.at).Format("2006-01-02 15:04:05") + ", " + l.level
		if l.from == "" {
			fmt.Fprintf(&b, "%-50s%s\r\n", head, l.text)
			continue
		}
		fmt.Fprintf(&b, "%-43s%-6s %s\r\n", head, l.from, l.text)
	}
	return []byte(b.String())
}

// from is the moment a log begins.
func (s LogState) from(w *world) time.Time {
	if s.From.IsZero() {
		return time.Time{}
	}
	return s.From.In(w.zone)
}
