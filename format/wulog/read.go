package wulog

import (
	"context"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"updoc/format/textlog"
)

// Read reads a log to its end. Lines of unknown form are passed. When r fails or ctx is
// cancelled, the Log holds what was seen before.
func Read(ctx context.Context, r io.Reader) (*Log, error) {
	in := &reader{log: &Log{Components: map[string]int64{}, Counts: map[Kind]int64{}}, notes: map[Kind][]Note{}, doing: map[string]Kind{}}
	var err error
	in.log.Encoding, in.log.Bytes, err = textlog.Each(ctx, r, "WindowsUpdate.log", func(l textlog.Line) error {
		in.line(l)
		return nil
	})
	for _, list := range in.notes {
		in.log.Notes = append(in.log.Notes, list...)
	}
	sort.SliceStable(in.log.Notes, func(i, j int) bool { return in.log.Notes[i].Line < in.log.Notes[j].Line })
	return in.log, err
}

type reader struct {
	log   *Log
	notes map[Kind][]Note
	doing map[string]Kind // what fails when an operation of a thread ends badly
}

func (in *reader) line(l textlog.Line) {
	in.log.Lines++
	e, old, ok := parse(l.Text)
	if !ok {
		return
	}
	in.log.Stamped++
	if old {
		in.log.Tabs++
	}
	if in.log.FirstTime.IsZero() {
		in.log.FirstTime = e.time
	}
	in.log.LastTime = e.time
	in.count(e.component)
	in.operation(e)
	if n, ok := in.note(e); ok {
		n.Line, n.At, n.Time, n.Text = l.Number, l.Offset, e.time, e.text
		in.log.Counts[n.Kind]++
		in.notes[n.Kind] = textlog.AppendNewest(in.notes[n.Kind], n, maxNotes)
	}
}

func (in *reader) count(component string) {
	if _, ok := in.log.Components[component]; !ok && len(in.log.Components) >= maxComponents {
		component = "other"
	}
	in.log.Components[component]++
}

// operation remembers what a thread of the old form is about: its failure stands in a
// line of its own, "* WARNING: Exit code = 0x80072EE2".
func (in *reader) operation(e entry) {
	if e.component != "Agent" || !strings.Contains(e.text, "START") {
		return
	}
	kind := operationOf(e.text)
	if kind == "" || len(in.doing) >= maxThreads && in.doing[e.thread] == "" {
		return
	}
	in.doing[e.thread] = kind
}

func operationOf(text string) Kind {
	switch {
	case strings.Contains(text, "Finding updates"):
		return ScanFailed
	case strings.Contains(text, "Downloading updates"):
		return DownloadFailed
	case strings.Contains(text, "Installing updates"):
		return InstallFailed
	}
	return ""
}

var (
	exitCode  = regexp.MustCompile(`Exit code = 0x([0-9A-Fa-f]{8})`)
	bracketed = regexp.MustCompile(`\*FAILED\* \[([0-9A-Fa-f]{8})\]`)
	history   = regexp.MustCompile(`idUpdate ?= ?\{?([0-9A-Fa-f-]{36}).*operation = (Install|Download), resultMapped ?= ?(?:0x)?([0-9A-Fa-f]+), resultUnMapped ?= ?(?:0x)?([0-9A-Fa-f]+)`)
	installed = regexp.MustCompile(`install completed\. Return code = 0x([0-9A-Fa-f]{8}).*Result = Failed`)
	sent      = regexp.MustCompile(`Send(?:Request)? failed with hr = (?:0x)?([0-9A-Fa-f]{8})`)
	address   = regexp.MustCompile(`https?://[^\s'">]+`)
	updateID  = regexp.MustCompile(`[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}`)
	callerID  = regexp.MustCompile(`CallerId = ([^,\]]+)`)
)

// note tells whether a line is kept, and as what.
func (in *reader) note(e entry) (Note, bool) {
	for _, look := range []func(*reader, entry) (Note, bool){(*reader).ended, logged, reported, spaceCheck, brokenDownload, failedCommand, unreached, disabled} {
		if n, ok := look(in, e); ok {
			return n, true
		}
	}
	return Note{}, false
}

// ended reads the end of an operation of the agent.
func (in *reader) ended(e entry) (Note, bool) {
	m := exitCode.FindStringSubmatch(e.text)
	if m == nil || e.component != "Agent" {
		return Note{}, false
	}
	kind := operationOf(e.text)
	if kind == "" {
		kind = in.doing[e.thread]
	}
	code := number(m[1])
	return Note{Kind: kind, Code: code, Subject: first(callerID, e.text)}, kind != "" && code&0x80000000 != 0
}

// logged reads "LogHistory called for Caller=…, idUpdate=…, operation = Install,
// resultMapped=…, resultUnMapped=…".
func logged(_ *reader, e entry) (Note, bool) {
	m := history.FindStringSubmatch(e.text)
	if m == nil {
		return Note{}, false
	}
	n := Note{Kind: InstallFailed, Code: number(m[4]), Subject: strings.ToLower(m[1])}
	if m[2] == "Download" {
		n.Kind = DownloadFailed
	}
	if n.Code&0x80000000 == 0 {
		n.Code = number(m[3])
	}
	return n, n.Code&0x80000000 != 0
}

// reports are the numbers of reported events that say that something failed, as in
// ReportingEvents.log.
var reports = map[string]Kind{"148": ScanFailed, "161": DownloadFailed, "182": InstallFailed}

// reported reads the old form's copy of a line of ReportingEvents.log: "REPORT EVENT:
// {event}", then with tabs time, 1, number, category, update, revision, code.
func reported(_ *reader, e entry) (Note, bool) {
	_, rest, ok := strings.Cut(e.text, "REPORT EVENT: ")
	fields := strings.Split(rest, "\t")
	if !ok || len(fields) < 8 {
		return Note{}, false
	}
	n := Note{Kind: reports[fields[3]], Code: number(fields[7]), Subject: strings.ToLower(updateID.FindString(fields[5]))}
	return n, n.Kind != "" && n.Code&0x80000000 != 0
}

// spaceCheck reads the check of free space before a download, which walks over the
// drive letters.
func spaceCheck(_ *reader, e entry) (Note, bool) {
	m := bracketed.FindStringSubmatch(e.text)
	if m == nil || !strings.Contains(e.text, "EnsureSufficientFreeSpace") {
		return Note{}, false
	}
	return Note{Kind: SpaceCheckFailed, Code: number(m[1])}, true
}

func brokenDownload(_ *reader, e entry) (Note, bool) {
	if !strings.Contains(e.text, "Error occurred while downloading update") {
		return Note{}, false
	}
	return Note{Kind: DownloadFailed, Code: number(first(bracketed, e.text)), Subject: strings.ToLower(updateID.FindString(e.text))}, true
}

func failedCommand(_ *reader, e entry) (Note, bool) {
	m := installed.FindStringSubmatch(e.text)
	if m == nil {
		return Note{}, false
	}
	return Note{Kind: InstallFailed, Code: number(m[1])}, true
}

// unreached reads a server that did not answer.
func unreached(_ *reader, e entry) (Note, bool) {
	failed := strings.Contains(e.text, "using proxy failed for") || strings.Contains(e.text, "error communicating with the endpoint") || sent.MatchString(e.text)
	if !failed {
		return Note{}, false
	}
	code := number(first(bracketed, e.text))
	if code == 0 {
		code = number(first(sent, e.text))
	}
	where := address.FindString(e.text)
	return Note{Kind: ConnectionFailed, Code: code, Subject: where[:min(len(where), maxSubject)]}, true
}

func disabled(_ *reader, e entry) (Note, bool) {
	_, who, ok := strings.Cut(e.text, "AU disabled through ")
	if !ok {
		return Note{}, false
	}
	who, _, _ = strings.Cut(strings.ToLower(who), " ")
	return Note{Kind: Disabled, Subject: textlog.Clip([]byte(who), maxSubject)}, true
}

func first(pattern *regexp.Regexp, text string) string {
	if m := pattern.FindStringSubmatch(text); m != nil {
		return strings.TrimSpace(m[1])
	}
	return ""
}

func number(digits string) uint32 {
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}
