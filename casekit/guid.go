package casekit

import (
	"encoding/hex"
	"strings"
)

// guidBytes returns a GUID in the byte order Windows stores it: the first three
// groups little-endian. It returns zeros for what is no GUID.
func guidBytes(text string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(strings.Trim(text, "{}"), "-", ""))
	if err != nil || len(b) != 16 {
		return make([]byte, 16)
	}
	for _, swap := range [][2]int{{0, 3}, {1, 2}, {4, 5}, {6, 7}} {
		b[swap[0]], b[swap[1]] = b[swap[1]], b[swap[0]]
	}
	return b
}
