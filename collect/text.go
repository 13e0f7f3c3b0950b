package collect

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// wideText reads UTF-16LE up to its first zero; an odd byte at the end counts nothing.
func wideText(raw []byte) string {
	units := make([]uint16, 0, len(raw)/2)
	for ; len(raw) >= 2; raw = raw[2:] {
		u := binary.LittleEndian.Uint16(raw)
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}

// plainText reads a text file of any of the usual encodings; bytes that are no UTF-8
// are replaced.
func plainText(raw []byte) string {
	if rest, ok := bytes.CutPrefix(raw, []byte{0xff, 0xfe}); ok {
		return wideText(rest)
	}
	return strings.ToValidUTF8(string(bytes.TrimPrefix(raw, []byte{0xef, 0xbb, 0xbf})), "\ufffd")
}
