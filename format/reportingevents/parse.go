package reportingevents

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"updoc/format/textlog"
)

const (
	maxField   = 256
	maxMessage = 2048
	minFields  = 12
)

// parse reads one line. False: it is no event.
func parse(line []byte) (Event, bool) {
	f := bytes.Split(line, []byte{'\t'})
	var e Event
	f, ok := e.identify(f)
	if !ok || len(f) < minFields {
		return Event{}, false
	}
	if e.Time, e.Zone, ok = parseTime(f[1]); !ok {
		return Event{}, false
	}
	code, err := strconv.ParseUint(string(f[7]), 16, 32)
	if err != nil {
		return Event{}, false
	}
	e.HRESULT = uint32(code)
	e.GUID = guid(f[0])
	e.Category, _ = strconv.Atoi(string(f[4]))
	e.UpdateID = guid(f[5])
	e.Revision, _ = strconv.Atoi(string(f[6]))
	e.Client, e.Status, e.Content = field(f[8]), field(f[9]), field(f[10])
	e.Success = e.Status == "Success"
	e.message(f[11:])
	return e, true
}

// identify reads the fourth field, "182 [AGENT_INSTALLING_FAILED]", in its
// three forms: in one field, in two, and the number alone. It returns the
// fields as if it were one.
func (e *Event) identify(f [][]byte) ([][]byte, bool) {
	if len(f) < 5 {
		return nil, false
	}
	number, name, _ := bytes.Cut(bytes.TrimSpace(f[3]), []byte(" "))
	if len(name) == 0 && bytes.HasPrefix(f[4], []byte("[")) {
		name = f[4]
		f = append(f[:4:4], f[5:]...)
	}
	id, err := strconv.Atoi(string(number))
	if err != nil || id < 0 {
		return nil, false
	}
	e.ID = id
	e.Name = field(bytes.Trim(name, "[] "))
	return f, true
}

// message reads what follows the twelfth field's beginning. A message with a
// tab in it is put together again; the last field is the tracking token if it
// looks like one.
func (e *Event) message(f [][]byte) {
	if n := len(f); n > 1 && isTracking(f[n-1]) {
		e.Tracking = field(f[n-1])
		f = f[:n-1]
	}
	text := bytes.TrimRight(bytes.Join(f, []byte{'\t'}), "\t ")
	e.Message = textlog.Clip(text, maxMessage)
	e.KB = findKB(e.Message)
	e.Title = title(e.Message)
}

// isTracking reports whether b is "aS8pKHUwl0i6mrKJ.1.2.3.0": a word of base64
// and numbers.
func isTracking(b []byte) bool {
	word, numbers, ok := strings.Cut(strings.TrimSpace(string(b)), ".")
	return ok && len(word) >= 8 && len(word) <= 64 &&
		strings.Trim(word, base64) == "" && strings.Trim(numbers, "0123456789.") == ""
}

const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

// title returns what stands behind the second colon: in every language seen
// the message is "<outcome>: <sentence, with the code>: <title>".
func title(message string) string {
	rest := strings.ReplaceAll(message, "：", ": ")
	for range 2 {
		_, after, ok := strings.Cut(rest, ": ")
		if !ok {
			return ""
		}
		rest = after
	}
	return strings.TrimRight(strings.TrimSpace(rest), ".")
}

// parseTime reads "2017-12-12 19:46:19:636+0900".
func parseTime(b []byte) (time.Time, int, bool) {
	t, ok := textlog.ParseTime(b)
	if !ok || len(b) != 28 || b[19] != ':' {
		return time.Time{}, 0, false
	}
	ms, err := strconv.ParseUint(string(b[20:23]), 10, 16)
	hours, err2 := strconv.ParseUint(string(b[24:26]), 10, 8)
	minutes, err3 := strconv.ParseUint(string(b[26:28]), 10, 8)
	if err != nil || err2 != nil || err3 != nil || hours > 15 || minutes > 59 {
		return time.Time{}, 0, false
	}
	zone := int(hours)*3600 + int(minutes)*60
	switch b[23] {
	case '-':
		zone = -zone
	case '+':
	default:
		return time.Time{}, 0, false
	}
	t = t.Add(time.Duration(ms)*time.Millisecond - time.Duration(zone)*time.Second)
	return t, zone, true
}

func field(b []byte) string { return textlog.Clip(bytes.TrimSpace(b), maxField) }

func guid(b []byte) string { return inCase(field(b), 'A', 'Z') }

// inCase turns the letters from first to last into those of the other case. Of a GUID no
// others are letters; some have no way back, as the micro sign.
func inCase(s string, first, last rune) string {
	return strings.Map(func(r rune) rune {
		if r >= first && r <= last {
			r ^= 'a' - 'A'
		}
		return r
	}, s)
}

// findKB returns the first "KBnnnnnn" (6 to 8 digits) in s, "" if none.
func findKB(s string) string {
	for {
		i := strings.Index(s, "KB")
		if i < 0 {
			return ""
		}
		s = s[i+2:]
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if n >= 6 && n <= 8 {
			return "KB" + s[:n]
		}
	}
}
