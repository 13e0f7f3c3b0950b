package wintype

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// UTF16 returns the text of UTF-16LE bytes, zeros and all. A lone surrogate becomes U+FFFD, an odd last byte is left out.
func UTF16(b []byte) string {
	out := make([]byte, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		c := rune(b[i]) | rune(b[i+1])<<8
		if utf16.IsSurrogate(c) && i+3 < len(b) {
			if r := utf16.DecodeRune(c, rune(b[i+2])|rune(b[i+3])<<8); r != utf8.RuneError {
				c, i = r, i+2
			}
		}
		out = utf8.AppendRune(out, c)
	}
	return string(out)
}

// UTF16Z returns the text of UTF-16LE bytes up to the first zero, or to their end; as UTF16 does otherwise.
func UTF16Z(b []byte) string {
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] == 0 && b[i+1] == 0 {
			return UTF16(b[:i])
		}
	}
	return UTF16(b)
}

// AppendUTF16 appends text as UTF-16LE without a zero at its end. What is not UTF-8 becomes U+FFFD.
func AppendUTF16(b []byte, text string) []byte {
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}

// AppendUTF16Z appends text as UTF-16LE with a zero at its end.
func AppendUTF16Z(b []byte, text string) []byte { return append(AppendUTF16(b, text), 0, 0) }
