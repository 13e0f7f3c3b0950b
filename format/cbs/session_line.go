package cbs

import (
	"bytes"
	"strings"

	"updoc/format/textlog"
)

// sessionLine interprets lines about sessions, and lines about a package that
// the current session works on. False: the line is about something else.
func (in *interp) sessionLine(l *line) bool {
	t := l.text
	switch {
	case has(t, "Session: "):
		in.session(l)
	case has(t, "Exec: ") || has(t, "Maint: "):
		in.exec(l)
	case has(t, "Startup: "):
		in.startup(l)
	case has(t, "Reporting package change") || has(t, "Plan: Package"):
		in.packageLine(l)
	case has(t, "WU creates the package"):
		in.wuPackage(l)
	case contains(t[:min(len(t), 48)], "original failure status: "):
		in.originalFailure(l)
	case has(t, "Starting TrustedInstaller initialization"):
		in.sessions.restart()
	case has(t, "Loaded Servicing Stack v"):
		in.stack(t)
	default:
		return false
	}
	return true
}

const initialized = " initialized by client "

// session interprets "Session: <id> initialized by client <name>, …" and
// "Session: <id> finalized. Reboot required: no [HRESULT = …]".
func (in *interp) session(l *line) {
	id, rest := sessionID(l.text[len("Session: "):])
	if len(id) == 0 {
		return
	}
	if has(rest, initialized) {
		in.log.SessionCount++
		in.sessions.begin(l, id, in.clients.count(clientName(rest[len(initialized):])))
		return
	}
	if !contains(rest, " finalized") {
		return
	}
	v := in.sessions.get(l, id)
	if contains(rest, "Reboot required: yes") {
		v.RebootRequired = true
	}
	code, _ := lastTag(rest)
	in.sessions.end(v, l, code)
	in.sessions.close(v)
}

func clientName(b []byte) []byte {
	b = before(b, ", external ")
	return bytes.TrimSuffix(bytes.TrimSpace(b), []byte("."))
}

// clientCounts counts sessions by client. There are few clients and thousands
// of sessions, so names are looked up as bytes.
type clientCounts struct {
	names  []string
	counts []int64
}

// count adds one and returns the name as text.
func (c *clientCounts) count(name []byte) string {
	name = name[:min(len(name), maxName)]
	for i, n := range c.names {
		if n == string(name) {
			c.counts[i]++
			return n
		}
	}
	text := clean(name, maxName)
	if len(c.names) < maxClients {
		c.names, c.counts = append(c.names, text), append(c.counts, 1)
	}
	return text
}

func (c *clientCounts) finish() map[string]int64 {
	out := map[string]int64{}
	for i, n := range c.names {
		out[n] += c.counts[i]
	}
	return out
}

// exec interprets the start and the end of a session's work:
//
//	Exec: Session processing started.  Client: …, Session(…): <id>
//	Exec: Processing started.  Client: …, Session: <id>, Package: …, Identifier: …
//	Exec: Processing complete.  Session: <id>, Package: … [HRESULT = …]
//	Exec: Processing complete, session(…): <id> [HRESULT = …]
//	Maint: processing complete.  Session: <id>. [HRESULT = …]
func (in *interp) exec(l *line) {
	started, complete := contains(l.text, "rocessing started"), contains(l.text, "rocessing complete")
	id := idIn(l.text)
	if len(id) == 0 || !started && !complete {
		return
	}
	v := in.sessions.get(l, id)
	v.packages(l.text)
	if started {
		in.sessions.start(v)
		return
	}
	in.sessions.end(v, l, codeOf(l.text))
}

// startup interprets "Startup: …": work after a restart. The log does not say
// for which session. A run ends with "Startup: Processing complete." and a
// result; "restart required" means that it goes on after another restart.
func (in *interp) startup(l *line) {
	s := &in.sessions
	if s.startup == nil {
		if has(l.text, "Startup: received notification") {
			return
		}
		s.beginStartup(l)
	}
	v := s.startup
	v.End = l.time
	v.packages(l.text)
	if !has(l.text, "Startup: Processing complete") {
		if failing(l) {
			s.candidate(l)
		}
		if isError(l) && isFailure(l.code) {
			s.fail(v, l, l.code)
		}
		return
	}
	code := codeOf(l.text)
	s.end(v, l, code)
	if code != rebootRequired {
		s.startup = nil
	}
}

// packageLine adds the package of "Reporting package change for package: P,
// current: …, status: 0x…" and "Plan: Package: P, current: …".
func (in *interp) packageLine(l *line) {
	if v := in.sessions.current(); v != nil {
		v.packages(l.text)
	}
}

// packages adds what stands behind "Package: " or "package: " and
// "Identifier: ".
func (v *live) packages(t []byte) {
	for _, label := range []string{"ackage: ", "Identifier: "} {
		if p, ok := after(t, label); ok {
			v.name(before(p, ",", " [", " (", "\t"))
		}
	}
}

// wuPackage interprets "WU creates the package, AppID:…, UpdateID:{…},
// revision: 201".
func (in *interp) wuPackage(l *line) {
	v := in.sessions.current()
	if v == nil {
		return
	}
	if id, ok := after(l.text, "UpdateID:"); ok {
		v.UpdateID = strings.ToLower(clean(bytes.TrimSpace(before(id, ",", " revision")), 64))
	}
	if rev, ok := after(l.text, "revision: "); ok {
		n, _ := decimal(leadingDigits(rev))
		v.Revision = int(n)
	}
}

// originalFailure interprets "Setting original failure status: 0x…, last
// forward execute state: …" and its forms Retrieved and Clearing.
func (in *interp) originalFailure(l *line) {
	e := l.entry()
	if !isFailure(e.HRESULT) {
		return
	}
	if len(in.log.OriginalFailures) < maxEntries {
		in.log.OriginalFailures = append(in.log.OriginalFailures, e)
	}
	v := in.sessions.current()
	if v == nil || has(l.text, "Clearing") {
		return
	}
	if v.OriginalFailure == nil {
		v.OriginalFailure = &e
	}
	in.sessions.fail(v, l, e.HRESULT)
}

// stack adds a version of "Loaded Servicing Stack v10.0.19041.2664 with Core: …".
func (in *interp) stack(t []byte) {
	v := clean(before(t[len("Loaded Servicing Stack v"):], " "), 64)
	for _, have := range in.log.StackVersions {
		if have == v {
			return
		}
	}
	if len(in.log.StackVersions) < maxVersions {
		in.log.StackVersions = append(in.log.StackVersions, v)
	}
}

// idIn finds the session id behind "Session: ", "Session(…): " or
// "session(…): ".
func idIn(t []byte) []byte {
	for {
		i := bytes.Index(t, []byte("ession"))
		if i < 0 {
			return nil
		}
		t = t[i+len("ession"):]
		if j := bytes.Index(t, []byte(": ")); j >= 0 {
			if id, _ := sessionID(t[j+2:]); len(id) > 0 {
				return id
			}
		}
	}
}

// sessionID splits "30546173_4261722401 rest".
func sessionID(b []byte) (id, rest []byte) {
	n, bar := 0, 0
	for n < len(b) && n < maxID && (b[n] >= '0' && b[n] <= '9' || b[n] == '_') {
		if b[n] == '_' {
			bar++
		}
		n++
	}
	if n < 3 || bar != 1 || b[0] == '_' || b[n-1] == '_' {
		return nil, b
	}
	return b[:n], b[n:]
}

// findKB returns the first "KBnnnnnn" (6 to 8 digits) in b, "" if none.
func findKB(b []byte) string {
	for {
		i := bytes.Index(b, []byte("KB"))
		if i < 0 {
			return ""
		}
		d := leadingDigits(b[i+2:])
		if len(d) >= 6 && len(d) <= 8 {
			return "KB" + string(d)
		}
		b = b[i+2:]
	}
}

func leadingDigits(b []byte) []byte {
	n := 0
	for n < len(b) && n < 19 && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return b[:n]
}

func clean(b []byte, limit int) string { return textlog.Clip(b, limit) }

func isError(l *line) bool { return l.level == textlog.LevelError }
