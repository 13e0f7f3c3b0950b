package msilog

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"time"

	"updoc/format/textlog"
)

// The lines that Windows translates.
var (
	// "Action ended 11:41:29: InstallExecute. Return value 3." in any language: words, a
	// time, the action's name, words, a digit. The time is missing in logs cut by people.
	endEnglish = regexp.MustCompile(`^Action ended[^:]{0,12}(?::\d\d:\d\d)?: ([^.\s]{1,200})\. Return value (\d+)\.`)
	endOther   = regexp.MustCompile(`^[^\d:=\[(]{4,60}\d{1,2}:\d\d:\d\d: ?([A-Za-z_][^.。\s]{0,200})[.。] ?[^\d]{3,60}(\d)[.。]?\s*$`)
	status     = regexp.MustCompile(`(?:success or error status|成功またはエラーの状態|Erfolg- bzw\. Fehlerstatus|état d.erreur ou de réussite)\s?: ?(\d{1,10})`)
	errorShown = regexp.MustCompile(`(?:^|-- )(?:Error|エラー|Fehler|Erreur) (\d{4,5})[.。:]`)
	systemCode = regexp.MustCompile(`(?:System Error|システム エラー|Systemfehler|Erreur système)[:.]? (\d{1,5})`)
	newerShown = regexp.MustCompile(`(?i)(?:newer|later) version .{0,200}already installed|より新しいバージョン.{0,200}インストールされています`)
	nameShown  = regexp.MustCompile(`(?:Product Name|製品名|Produktname)\s?: (.{1,300}?)[.。、]\s?(?:Product Version|製品バージョン|Produktversion)\s?: ([0-9.]{1,40}[0-9])`)
)

// actionEnd reads the end of an action and its return value.
func actionEnd(text []byte) (name string, value int64, ok bool) {
	m := endEnglish.FindSubmatch(text)
	if m == nil && !canEndAction(text) {
		return "", 0, false
	}
	if m == nil {
		m = endOther.FindSubmatch(text)
	}
	if m == nil {
		return "", 0, false
	}
	return textlog.Clip(m[1], maxName), number(m[2]), true
}

// The patterns of this file are slow, and few of a hundred thousand lines have what they
// ask for: cheap looks come first, each for something without which its pattern fails.

// canEndAction looks for the time before the first colon and the digit at the end.
func canEndAction(text []byte) bool {
	colon := bytes.IndexByte(text, ':')
	if colon < 5 || len(text) > 512 || text[0] == 'M' || text[0] == '=' || !isDigit(text[colon-1]) {
		return false
	}
	text = bytes.TrimRight(text, " \t\r\n\f")
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte(".")), []byte("。"))
	return isDigit(text[len(text)-1])
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func containsAny(text []byte, words ...string) bool {
	for _, w := range words {
		if bytes.Contains(text, []byte(w)) {
			return true
		}
	}
	return false
}

// containsFold looks for a word of ASCII letters, in lower case, in any case.
func containsFold(text []byte, word string) bool {
	for i := 0; i+len(word) <= len(text); i++ {
		if text[i]|0x20 == word[0] && text[i+1]|0x20 == word[1] && strings.EqualFold(string(text[i:i+len(word)]), word) {
			return true
		}
	}
	return false
}

// statusLine reads "… Installation success or error status: 1603."
func statusLine(text []byte) (int64, bool) {
	if !containsAny(text, "status", "状態", "réussite") {
		return 0, false
	}
	m := status.FindSubmatch(text)
	if m == nil {
		return 0, false
	}
	return number(m[1]), true
}

// names reads the product and its version out of a status line, where no property
// told them.
func (in *reader) names(text []byte) {
	if m := nameShown.FindSubmatch(text); m != nil && in.log.Product == "" {
		in.log.Product, in.log.Version = textlog.Clip(m[1], maxName), textlog.Clip(m[2], maxName)
	}
}

// shown reads "Product: P -- Error 1714. … System Error 1612." and the same without
// the product.
func (in *reader) shown(l textlog.Line, text []byte) {
	if !containsAny(text, "Err", "エラー", "Fehler") {
		return
	}
	m := errorShown.FindSubmatch(text)
	if m == nil {
		return
	}
	e := Error{Number: number(m[1]), Shown: true, Place: place(l)}
	if s := systemCode.FindSubmatch(text); s != nil && e.Number == 1714 {
		e.System = number(s[1])
	}
	if e.Number == 1706 || e.Number == 1316 {
		in.missing(l, quoted(text), false)
	}
	in.error(e)
}

// quoted returns the package that an error names: in quotes, else at its end.
func quoted(text []byte) string {
	if _, rest, ok := bytes.Cut(text, []byte("'")); ok {
		if name, _, ok := bytes.Cut(rest, []byte("'")); ok && packageIn(name) != "" {
			return string(name)
		}
	}
	if i := bytes.LastIndex(text, []byte(": ")); i >= 0 {
		return packageIn(text[i+2:])
	}
	return ""
}

func saysNewer(text []byte) bool {
	return len(text) < 1024 && (containsFold(text, "already installed") || containsAny(text, "より新しい")) && newerShown.Match(text)
}

var stampPattern = regexp.MustCompile(`^(\d{1,4})[./-]\s?(\d{1,2})[./-]\s?(\d{1,4})\.? {1,2}(\d{1,2}):(\d\d):(\d\d)`)

// stamp reads "3/30/2024  19:16:14" in the orders that Windows knows.
func stamp(text []byte) Stamp {
	m := stampPattern.FindSubmatch(text[:min(len(text), 64)])
	if m == nil {
		return Stamp{}
	}
	var v [6]int
	for i := range v {
		v[i], _ = strconv.Atoi(string(m[i+1]))
	}
	at := func(year, month, day int) time.Time { return wall(year, month, day, v[3], v[4], v[5]) }
	if len(m[1]) == 4 {
		return Stamp{Time: at(v[0], v[1], v[2])}
	}
	monthFirst, dayFirst := at(v[2], v[0], v[1]), at(v[2], v[1], v[0])
	switch {
	case bytes.IndexByte(text[:6], '/') < 0 && !dayFirst.IsZero():
		return Stamp{Time: dayFirst}
	case monthFirst.IsZero():
		return Stamp{Time: dayFirst}
	case dayFirst.IsZero() || dayFirst.Equal(monthFirst):
		return Stamp{Time: monthFirst}
	}
	return Stamp{Time: monthFirst, Other: dayFirst}
}

// wall is a local time, in UTC's location; zero if a value is impossible.
func wall(year, month, day, hour, minute, second int) time.Time {
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	if year < 1999 || year > 2199 || int(t.Month()) != month || t.Day() != day || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}
	}
	return t
}
