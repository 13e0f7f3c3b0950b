package collect

import (
	"slices"
	"strconv"
	"strings"
)

// msiStatus is the place of the result in the strings of an event. They have no
// names, and the level tells nothing: failures are noted as information too. Source:
// field guide, artifacts §2 and confirmed §4, correction K4.
var msiStatus = map[uint32]int{
	1022: 2, 1023: 2, 1024: 2, // product, update, code
	1033: 3, 1034: 3, 1035: 3, // product, version, language, status
	1036: 4, // product, version, language, update, status
}

// Results of Windows Installer that are no fault behind the wrapper: success with a
// restart, and the wrapper itself.
const (
	msiFirst, msiLast = 1601, 1660
	msiWrapper        = 1603
	msiRestart        = 1641
)

// installerHappenings reads the failures that Windows Installer noted.
func installerHappenings(l *eventLog) []happening {
	var all []happening
	for i := range l.events {
		e := &l.events[i]
		place, ok := msiStatus[e.id]
		if !ok || !strings.EqualFold(e.provider, msiInstaller) {
			continue
		}
		code, err := strconv.Atoi(strings.TrimSpace(e.at(place)))
		if err != nil || code < msiFirst || code > msiLast || code == msiWrapper || code == msiRestart {
			continue
		}
		all = append(all, happening{time: e.time, what: whatInstallerFailed, history: fromInstaller, origin: e.origin,
			code: hexText(0x80070000 | uint32(code)), kb: kbIn(e.at(1)), title: e.at(0)})
	}
	return all
}

// handInstaller hands the failures of Windows Installer to the attempt that was
// running: one for the same KB, or the only one that failed then and whose title has a
// word of the product's. What is about another program explains nothing.
func (j *joiner) handInstaller(h happening) {
	if h.kb != "" && j.hand(h, sameWindow) {
		return
	}
	h.kb = ""
	var running []*joined
	for _, a := range j.index.of(h) {
		if a.mayOwn(h) && a.distance(h.time) <= sameWindow {
			running = append(running, a)
		}
	}
	if len(running) == 1 && running[0].mentions(h.title) {
		running[0].parts = append(running[0].parts, h)
		running[0].inner = append(running[0].inner, innerCode{h.code, h.origin})
	}
}

// mentions tells whether a title of the attempt has a word of a product's name.
func (a *joined) mentions(product string) bool {
	for _, word := range titleWords(product) {
		if slices.ContainsFunc(a.parts, func(p happening) bool { return slices.Contains(titleWords(p.title), word) }) {
			return true
		}
	}
	return false
}

// titleWords are the words of a title that name something: with letters, of three or
// more, and not those that stand in every title.
func titleWords(title string) []string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return strings.ContainsRune(" ()-,/:\t", r) })
	return slices.DeleteFunc(words, func(w string) bool {
		return len(w) < 3 || strings.Trim(w, "0123456789.") == "" || strings.HasPrefix(w, "kb") || plainWords[w]
	})
}

var plainWords = map[string]bool{"microsoft": true, "windows": true, "update": true, "updates": true, "security": true, "cumulative": true,
	"for": true, "and": true, "the": true, "version": true, "systems": true, "system": true, "based": true, "edition": true, "x64": true, "x86": true,
	"arm64": true, "bit": true, "32bit": true, "64bit": true, "service": true, "pack": true, "server": true,
	"für": true, "von": true, "und": true, "der": true, "die": true, "das": true, "mit": true, "sicherheitsupdate": true, "kumulatives": true, "systeme": true, "basierte": true,
	"用": true, "の更新プログラム": true, "更新プログラム": true, "のセキュリティ更新プログラム": true, "の累積更新プログラム": true, "ベース": true, "システム": true, "システム用": true}
