package msilog

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"updoc/format/textlog"
)

// telling are the notes that say why a run fails. The others ("Note: 1: 1402",
// 2205, 2262, …) stand in every healthy log; 2203 tells only of a package.
// Source: Microsoft, Windows Installer error messages.
var telling = map[int64]bool{
	1304: true, 1305: true, 1309: true, 1310: true, 1311: true, 1316: true, 1321: true, 1335: true,
	1500: true, 1605: true, 1612: true, 1618: true, 1619: true, 1635: true, 1636: true, 1638: true, 1704: true, 1706: true, 1714: true,
	1719: true, 1720: true, 1721: true, 1722: true, 1723: true, 1904: true, 1920: true, 1921: true, 1925: true, 1926: true, 1935: true,
}

// note reads "Note: 1: 1714 2: Example 3: 1612".
func (in *reader) note(l textlog.Line, text []byte) {
	in.log.Marks++
	n := number(text[len("Note: 1: "):])
	if n == 2203 {
		in.unopened(l, text)
		return
	}
	if !telling[n] {
		return
	}
	e := Error{Number: n, Place: place(l)}
	if n == 1714 {
		e.System = max(0, number(part(text, " 3: ")))
	}
	if n == 1316 || n == 1706 {
		in.missing(l, packageIn(text), false)
	}
	in.error(e)
}

// unopened is note 2203: a database (package) could not be opened. Every healthy run
// has one for its own inprogressinstallinfo.ipi.
func (in *reader) unopened(l textlog.Line, text []byte) {
	if path := packageIn(text); path != "" && number(bytes.TrimPrefix(part(text, " 3: "), []byte("-"))) > 0 {
		in.error(Error{Number: 2203, Place: place(l)})
		in.missing(l, path, isCached(path))
	}
}

func part(text []byte, mark string) []byte {
	_, rest, _ := bytes.Cut(text, []byte(mark))
	return rest
}

func (in *reader) error(e Error) {
	for i := range in.log.Errors {
		if old := &in.log.Errors[i]; old.Number == e.Number && old.System == e.System {
			old.Shown = old.Shown || e.Shown
			return
		}
	}
	if len(in.log.Errors) < maxErrors {
		in.log.Errors = append(in.log.Errors, e)
	}
}

// cached reads "Warning: Local cached package 'C:\Windows\Installer\x.msi' is missing."
func (in *reader) cached(l textlog.Line, text []byte) {
	rest, _ := cutAfter(text, []byte("package '"))
	path, end, ok := bytes.Cut(rest, []byte("'"))
	if ok && bytes.Contains(end, []byte("is missing")) {
		in.missing(l, string(path), true)
	}
}

// missing keeps the first; that the cached copy is gone explains all others.
func (in *reader) missing(l textlog.Line, path string, cached bool) {
	if path == "" || in.log.Missing.Path != "" && (in.log.Missing.Cached || !cached) {
		return
	}
	in.log.Missing = Missing{Path: textlog.Clip([]byte(path), maxName), Cached: cached, Place: place(l)}
}

func isCached(path string) bool {
	return strings.Contains(strings.ToLower(path), `\windows\installer\`)
}

var (
	packagePattern = regexp.MustCompile(`(?i)(?:[a-z]:\\|\\\\)?[^:*?"<>|\r\n]*\.ms[ip]\b`)
	fieldMark      = regexp.MustCompile(` \d: `)
)

// packageIn returns the path or name of an .msi or .msp that a line names.
func packageIn(text []byte) string {
	for _, field := range fieldMark.Split(string(text[:min(len(text), 1024)]), 8) {
		if m := packagePattern.FindString(field); m != "" {
			return strings.TrimSpace(m)
		}
	}
	return ""
}

// custom reads "CustomAction NAME returned actual error code 1603 (note …)". One that
// "will be translated to success" fails nothing.
func (in *reader) custom(l textlog.Line, text []byte) {
	name, rest, ok := bytes.Cut(text[len("CustomAction "):], []byte(" returned actual error code "))
	if !ok || bytes.Contains(rest, []byte("translated to success")) || in.log.Custom.Name != "" {
		return
	}
	in.log.Marks++
	in.log.Custom = Custom{Name: textlog.Clip(name, maxName), Code: max(0, number(rest)), Place: place(l)}
}

// downgrade are the properties by which packages find a newer version of themselves.
var downgrade = regexp.MustCompile(`^PROPERTY CHANGE: Adding (?:WIX_DOWNGRADE_DETECTED|NEWER[A-Z]*FOUND|NEWER[A-Z]*DETECTED|NEWPRODUCTFOUND) property`)

func (in *reader) change(l textlog.Line, text []byte) {
	in.log.Marks++
	if in.log.Newer.Line == 0 && downgrade.Match(text) {
		in.log.Newer = place(l)
	}
}

// resolved forgets that a source was asked for: the next place of the list had it.
func (in *reader) resolved() {
	in.log.Missing = Missing{}
	in.log.Errors = slices.DeleteFunc(in.log.Errors, func(e Error) bool {
		return !e.Shown && (e.Number == 1706 || e.Number == 2203)
	})
}
