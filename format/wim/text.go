package wim

import (
	"fmt"
	"time"
	"unicode/utf16"
)

// utf16Bytes returns s as UTF-16LE without a terminator.
func utf16Bytes(s string) []byte {
	units := utf16.Encode([]rune(s))
	b := make([]byte, 0, 2*len(units))
	for _, u := range units {
		b = le.AppendUint16(b, u)
	}
	return b
}

// utf16String reads UTF-16LE; a lone surrogate becomes U+FFFD, an odd last byte is left out.
func utf16String(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = le.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}

// filetimeEpoch is 1601-01-01 in Unix seconds.
const filetimeEpoch = -11644473600

// filetime returns t in units of 100 ns since 1601; a time before that is 0.
func filetime(t time.Time) uint64 {
	seconds := t.Unix() - filetimeEpoch
	if seconds < 0 {
		return 0
	}
	return uint64(seconds)*1e7 + uint64(t.Nanosecond()/100)
}

// fromFiletime returns the UTC time of a FILETIME; 0 is the zero time.
func fromFiletime(v uint64) time.Time {
	if v == 0 {
		return time.Time{}
	}
	return time.Unix(int64(v/1e7)+filetimeEpoch, int64(v%1e7)*100).UTC()
}

// formatGUID writes a GUID as Windows does, lower-case with braces.
func formatGUID(g [16]byte) string {
	return fmt.Sprintf("{%08x-%04x-%04x-%x-%x}", le.Uint32(g[:]), le.Uint16(g[4:]), le.Uint16(g[6:]), g[8:10], g[10:])
}
