// Package wintype holds the small types that Windows stores in files of every kind, as bytes and as Go knows them:
// FILETIME, GUID and UTF-16 text (Microsoft's [MS-DTYP], sections 2.3.3 and 2.3.4).
//
// It serves format and disk, imports the standard library only, and must never know which file the bytes are from.
package wintype

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

const (
	ticksPerSecond = 10_000_000
	// epoch is 1970-01-01 as a FILETIME.
	epoch = 116444736000000000
	// lastTick is the end of the year 9999, beyond which times cannot be written as text.
	lastTick = 2650467743999999999
)

// Time returns the UTC time of a FILETIME: steps of 100 ns since 1601-01-01 UTC. 0, which Windows stores for "never", and
// what lies beyond the year 9999 give the zero time.
func Time(filetime uint64) time.Time {
	if filetime == 0 || filetime > lastTick {
		return time.Time{}
	}
	ticks := int64(filetime) - epoch
	return time.Unix(ticks/ticksPerSecond, ticks%ticksPerSecond*100).UTC()
}

// Filetime returns a time as FILETIME, cut to its 100 ns; a time before 1601, as the zero time is, gives 0.
func Filetime(t time.Time) uint64 {
	seconds := t.Unix() + epoch/ticksPerSecond
	if seconds < 0 {
		return 0
	}
	return uint64(seconds)*ticksPerSecond + uint64(t.Nanosecond()/100)
}

// guidOrder maps the bytes of a GUID's text to those stored, whose first three groups are little-endian; it is its own
// inverse.
var guidOrder = [16]int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15}

// GUID returns the text of a stored GUID in lower case without braces.
func GUID(stored [16]byte) string {
	var b [16]byte
	for i, from := range guidOrder {
		b[i] = stored[from]
	}
	x := hex.EncodeToString(b[:])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// ParseGUID reads the text of a GUID, with or without braces, in any case, into the form that is stored.
func ParseGUID(s string) (stored [16]byte, err error) {
	t := s
	if strings.HasPrefix(t, "{") && strings.HasSuffix(t, "}") {
		t = t[1 : len(t)-1]
	}
	if len(t) != 36 || t[8] != '-' || t[13] != '-' || t[18] != '-' || t[23] != '-' {
		return stored, fmt.Errorf("%.60q is no GUID", s)
	}
	b, err := hex.DecodeString(strings.ReplaceAll(t, "-", ""))
	if err != nil || len(b) != len(stored) {
		return stored, fmt.Errorf("%.60q is no GUID", s)
	}
	for i, from := range guidOrder {
		stored[i] = b[from]
	}
	return stored, nil
}
