package textlog

import (
	"bytes"
	"time"
	"unicode/utf8"
)

// StampLen is the length of "YYYY-MM-DD HH:MM:SS".
const StampLen = 19

// Level is the severity word of a log line.
type Level uint8

// The levels that the servicing logs use. LevelNone is a line without a known
// level word.
const (
	LevelNone Level = iota
	LevelInfo
	LevelWarning
	LevelError
	LevelFatal
	LevelPerf
)

// String returns the word as the logs write it; "" for LevelNone.
func (l Level) String() string {
	switch l {
	case LevelInfo:
		return "Info"
	case LevelWarning:
		return "Warning"
	case LevelError:
		return "Error"
	case LevelFatal:
		return "FatalError"
	case LevelPerf:
		return "Perf"
	}
	return ""
}

// Head is a line taken apart. Of a line without a time stamp (a continuation)
// only Rest is set.
type Head struct {
	Stamped bool
	Stamp   []byte // the 19 bytes of the time stamp
	Level   Level
	Rest    []byte // what follows the level and its padding
}

// IsStamp reports whether b begins with "YYYY-MM-DD HH:MM:SS" (digits and
// separators; the values are not checked). Slashes as date separators, as
// older logs write them, count too.
func IsStamp(b []byte) bool {
	if len(b) < StampLen {
		return false
	}
	for i, c := range b[:StampLen] {
		switch i {
		case 4, 7:
			if c != '-' && c != '/' {
				return false
			}
		case 10:
			if c != ' ' {
				return false
			}
		case 13, 16:
			if c != ':' {
				return false
			}
		default:
			if c < '0' || c > '9' {
				return false
			}
		}
	}
	return true
}

// ParseTime reads the local wall-clock time at the beginning of b. The result
// is in UTC's location but means the clock of the machine that wrote the log:
// these logs name no zone. False when there is none or a value is impossible.
func ParseTime(b []byte) (time.Time, bool) {
	if !IsStamp(b) {
		return time.Time{}, false
	}
	n := func(i, j int) int {
		v := 0
		for _, c := range b[i:j] {
			v = v*10 + int(c-'0')
		}
		return v
	}
	y, mo, d := n(0, 4), n(5, 7), n(8, 10)
	h, mi, s := n(11, 13), n(14, 16), n(17, 19)
	t := time.Date(y, time.Month(mo), d, h, mi, s, 0, time.UTC)
	if t.Year() != y || int(t.Month()) != mo || t.Day() != d || h > 23 || mi > 59 || s > 59 {
		return time.Time{}, false
	}
	return t, true
}

// ParseHead takes the head of a line apart.
func ParseHead(line []byte) Head {
	if !IsStamp(line) {
		return Head{Rest: line}
	}
	h := Head{Stamped: true, Stamp: line[:StampLen]}
	rest := bytes.TrimLeft(line[StampLen:], ", \t")
	level, n := levelWord(rest)
	h.Level = level
	h.Rest = bytes.TrimLeft(rest[n:], " \t")
	return h
}

// levelWord recognises the level at the beginning of b and its length.
func levelWord(b []byte) (Level, int) {
	n := bytes.IndexAny(b[:min(len(b), 16)], " \t\r")
	if n < 0 {
		n = min(len(b), 16)
	}
	switch string(b[:n]) {
	case "Info":
		return LevelInfo, n
	case "Warning":
		return LevelWarning, n
	case "Error":
		return LevelError, n
	case "FatalError", "Fatal":
		return LevelFatal, n
	case "Perf":
		return LevelPerf, n
	}
	return LevelNone, 0
}

// Clip turns bytes of a log into text to keep: valid UTF-8 of at most limit
// bytes, without white space at its end. Bytes that are no UTF-8 and control
// characters other than tab become U+FFFD.
func Clip(b []byte, limit int) string {
	b = bytes.TrimRight(b, " \t\r\n")
	if len(b) <= limit && isClean(b) {
		return string(b)
	}
	out := make([]byte, 0, min(len(b), limit))
	for len(b) > 0 {
		c, n := utf8.DecodeRune(b)
		if c < ' ' && c != '\t' || c == 0x7f {
			c = utf8.RuneError
		}
		if len(out)+utf8.RuneLen(c) > limit {
			break
		}
		out = utf8.AppendRune(out, c)
		b = b[n:]
	}
	return string(out)
}

func isClean(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(b)
}
