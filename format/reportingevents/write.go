package reportingevents

import (
	"fmt"
	"strings"
	"time"

	"updoc/codec/wintype"
)

// Append adds the event to the bytes of a log as the agent writes it: one
// line in UTF-16LE, the file begins with a byte order mark. Line, Offset, KB
// and Title are not used: the last two are part of Message. Tabs and line ends
// in texts become spaces.
func Append(log []byte, e Event) []byte {
	if len(log) == 0 {
		log = append(log, 0xFF, 0xFE)
	}
	return wintype.AppendUTF16(log, e.line())
}

func (e *Event) line() string {
	fields := []string{
		inCase(e.GUID, 'a', 'z'), formatTime(e.Time, e.Zone), "1", fmt.Sprintf("%d [%s]", e.ID, e.Name),
		fmt.Sprint(e.Category), inCase(e.UpdateID, 'a', 'z'), fmt.Sprint(e.Revision), fmt.Sprintf("%x", e.HRESULT),
		e.Client, e.Status, e.Content, e.Message,
	}
	if e.Tracking != "" {
		fields = append(fields, e.Tracking)
	}
	flat := strings.NewReplacer("\t", " ", "\r", " ", "\n", " ")
	for i, f := range fields {
		fields[i] = flat.Replace(f)
	}
	return strings.Join(fields, "\t") + "\r\n"
}

// formatTime writes a time with the clock of the zone, milliseconds behind a
// colon.
func formatTime(t time.Time, zone int) string {
	local := t.In(time.FixedZone("", zone))
	return fmt.Sprintf("%s:%03d%s", local.Format("2006-01-02 15:04:05"), local.Nanosecond()/1e6, local.Format("-0700"))
}
