package casekit

import "unicode/utf16"

// utf16File encodes a text file as UTF-16LE with byte order mark.
func utf16File(text string) []byte {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}
