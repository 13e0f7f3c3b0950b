package mplog

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"time"

	"updoc/format/textlog"
)

// Limits: the newest failures decide, and a line is shown to people.
const (
	maxEntries = 200
	maxText    = 400
)

// Parts of Defender that an entry can be about.
const (
	PartPlatform     = "platform"
	PartEngine       = "engine"
	PartIntelligence = "intelligence"
	PartUpdate       = "update" // no part is named
)

// Log is what one log says.
type Log struct {
	Encoding    textlog.Encoding // UTF-16LE on every disk seen
	Bytes       int64
	Lines       int64
	First, Last time.Time // UTC, of MPLog; zero in MpCmdRun.log, whose dates are words of a language
	Commands    int64     // calls noted by MpCmdRun.log
	Count       int64     // failures in the file
	Entries     []Entry   // the newest of them, in file order
}

// Entry is one line that says that something failed.
type Entry struct {
	Line, Offset int64
	Time         time.Time // UTC; zero if the line has none
	Part         string    // platform, engine, intelligence, update
	Code         uint32    // first failing code of the line
	Command      string    // the call of MpCmdRun that it belongs to
	Text         string
}

// Read reads a log to its end. When r fails or ctx is cancelled, the Log holds what
// was seen before.
func Read(ctx context.Context, r io.Reader) (*Log, error) {
	in := &reader{log: &Log{}}
	var err error
	in.log.Encoding, in.log.Bytes, err = textlog.Each(ctx, r, "MPLog", func(l textlog.Line) error {
		in.log.Lines++
		in.line(l)
		return nil
	})
	return in.log, err
}

type reader struct {
	log     *Log
	command string
}

var (
	commandLine = []byte("MpCmdRun: Command Line:")
	commandEnd  = []byte("MpCmdRun: End Time:")
)

func (in *reader) line(l textlog.Line) {
	at, text := stamp(l.Text)
	in.met(at)
	switch {
	case bytes.HasPrefix(text, commandLine):
		in.log.Commands++
		in.command = textlog.Clip(bytes.TrimSpace(text[len(commandLine):]), maxText)
		return
	case bytes.HasPrefix(text, commandEnd):
		in.command = ""
		return
	}
	code, part := failure(text)
	if code == 0 {
		return
	}
	in.log.Count++
	in.log.Entries = textlog.AppendNewest(in.log.Entries, Entry{Line: l.Number, Offset: l.Offset, Time: at, Part: part,
		Code: code, Command: in.command, Text: textlog.Clip(text, maxText)}, maxEntries)
}

func (in *reader) met(t time.Time) {
	if t.IsZero() {
		return
	}
	if in.log.First.IsZero() || t.Before(in.log.First) {
		in.log.First = t
	}
	if t.After(in.log.Last) {
		in.log.Last = t
	}
}

// stamp takes "2024-03-31T02:22:37.123Z text" apart. Only a time that says that it is
// UTC is one.
func stamp(line []byte) (time.Time, []byte) {
	const shortest, longest = len("2024-03-31T02:22:37Z"), 40
	word, rest, _ := bytes.Cut(line, []byte(" "))
	if len(word) < shortest || len(word) > longest || word[len(word)-1] != 'Z' {
		return time.Time{}, line
	}
	t, err := time.Parse(time.RFC3339Nano, string(word))
	if err != nil || t.Year() < 1 {
		return time.Time{}, line
	}
	return t, bytes.TrimLeft(rest, " ")
}

// failure returns the first failing code of a line that says that an update or a load
// failed, and what it is about; 0: it says nothing of the kind.
func failure(text []byte) (uint32, string) {
	code := firstFailing(text)
	if code == 0 {
		return 0, ""
	}
	lower := bytes.ToLower(text)
	if !hasAny(lower, "fail", "error", "hr =", "hr=", "hr:") {
		return 0, ""
	}
	switch {
	case hasAny(lower, "platform"):
		return code, PartPlatform
	case hasAny(lower, "engine"):
		return code, PartEngine
	case hasAny(lower, "signature", "definition", "security intelligence", ".vdm"):
		return code, PartIntelligence
	case hasAny(lower, "update"):
		return code, PartUpdate
	}
	return 0, ""
}

func hasAny(text []byte, words ...string) bool {
	for _, w := range words {
		if bytes.Contains(text, []byte(w)) {
			return true
		}
	}
	return false
}

// firstFailing finds the first word of exactly eight hexadecimal digits whose value
// says "failed": 0x80508031, 80070652. A bare word of digits only is no code unless it
// begins with 80.
func firstFailing(text []byte) uint32 {
	for i := 0; i < len(text); {
		n := 0
		for i+n < len(text) && isHex(text[i+n]) {
			n++
		}
		if n == 8 && text[i] == '8' && !isWord(text, i-1) && !isWord(text, i+n) {
			v, _ := strconv.ParseUint(string(text[i:i+n]), 16, 32)
			if text[i+1] == '0' || bytes.HasSuffix(bytes.ToLower(text[max(0, i-2):i]), []byte("0x")) {
				return uint32(v)
			}
		}
		i += n + 1
	}
	return 0
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// isWord reports whether the byte at i joins a number to something longer, as in a
// GUID or a version. The x of 0x does not.
func isWord(text []byte, i int) bool {
	if i < 0 || i >= len(text) {
		return false
	}
	c := text[i]
	return c >= 'g' && c <= 'z' && c != 'x' || c >= 'G' && c <= 'Z' && c != 'X' || c == '-' || c == '_' || c == '{' || c == '}'
}
