package textlog

import "bytes"

// Encoding is how the bytes of a log stand for characters.
type Encoding uint8

// The encodings Windows writes its text logs in. UTF8 also stands for ASCII
// and for unknown single-byte code pages: bytes that are no UTF-8 are kept as
// they are and replaced only when text is shown (Clip).
const (
	UTF8 Encoding = iota
	UTF16LE
	UTF16BE
)

// String returns the name used in reports: "utf-8", "utf-16le", "utf-16be".
func (e Encoding) String() string {
	switch e {
	case UTF16LE:
		return "utf-16le"
	case UTF16BE:
		return "utf-16be"
	}
	return "utf-8"
}

// SniffSize is how many bytes of the beginning Detect wants to see.
const SniffSize = 4096

// Detect tells the encoding from the first bytes of a file and how many of
// them are a byte order mark. Without a mark, text of which most code units
// have a zero half is taken for UTF-16: logs are mostly ASCII, and UTF-8 text
// has no zero bytes at all.
func Detect(head []byte) (enc Encoding, bom int) {
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		return UTF8, 3
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		return UTF16LE, 2
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return UTF16BE, 2
	}
	return guess(head[:min(len(head), SniffSize)]), 0
}

// guess counts zero bytes at even and odd places.
func guess(head []byte) Encoding {
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i&1]++
		}
	}
	units := len(head) / 2
	switch {
	case units == 0:
		return UTF8
	case zeros[1]*2 > units && zeros[0]*8 < units:
		return UTF16LE
	case zeros[0]*2 > units && zeros[1]*8 < units:
		return UTF16BE
	}
	return UTF8
}
