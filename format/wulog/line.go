package wulog

import (
	"bytes"
	"strings"
	"time"

	"updoc/format/textlog"
)

// firstYear is the first in which the agent could have written anything: lines whose
// trace could not be decoded are stamped 1600 or 1601.
const firstYear = 2001

// parse takes a line apart; old says that it has tabs. Both forms show the same:
//
//	2021-08-28<tab>11:05:07:920<tab> 576<tab>a70<tab>Agent<tab>text
//	2024-04-11 12:48:04.6341900 1980  4940  Agent           text
func parse(line []byte) (e entry, old, ok bool) {
	if len(line) < textlog.StampLen+2 {
		return e, false, false
	}
	e.time, ok = stamp(line[:textlog.StampLen])
	if !ok {
		return e, false, false
	}
	rest := line[textlog.StampLen:]
	if rest[0] != '.' && rest[0] != ':' {
		return e, false, false
	}
	rest = bytes.TrimLeft(rest[1:], "0123456789")
	old = line[10] == '\t'
	blank := " "
	if old {
		blank = "\t"
	}
	process, rest := word(rest, blank)
	thread, rest := word(rest, blank)
	component, rest := word(rest, blank)
	if !isHex(process) || !isHex(thread) || component == "" {
		return e, false, false
	}
	e.thread, e.component = process+" "+thread, component
	e.text = textlog.Clip(bytes.TrimSpace(rest), maxText)
	return e, old, true
}

// stamp reads the first 19 bytes, whose separators depend on form and language.
func stamp(b []byte) (time.Time, bool) {
	var plain [textlog.StampLen]byte
	copy(plain[:], b)
	for _, i := range []int{4, 7} {
		if plain[i] == '.' {
			plain[i] = '-'
		}
	}
	if plain[10] == '\t' {
		plain[10] = ' '
	}
	t, ok := textlog.ParseTime(plain[:])
	return t, ok && t.Year() >= firstYear
}

// word returns the next word and what follows it.
func word(b []byte, blank string) (string, []byte) {
	b = bytes.TrimLeft(b, " \t")
	end := bytes.IndexAny(b[:min(len(b), 40)], blank)
	if end < 0 {
		return "", nil
	}
	return string(bytes.TrimSpace(b[:end])), b[end:]
}

func isHex(s string) bool {
	return s != "" && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}
