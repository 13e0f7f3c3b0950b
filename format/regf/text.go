package regf

import (
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// latin1 decodes a compressed name: one byte a character, codes below 256.
func latin1(b []byte) string {
	if isASCII(b) {
		return string(b)
	}
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = utf8.AppendRune(out, rune(c))
	}
	return string(out)
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// utf16All decodes UTF-16LE; an odd last byte is dropped, a lone surrogate becomes U+FFFD.
func utf16All(b []byte) string {
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

// utf16String decodes UTF-16LE up to the first NUL.
func utf16String(b []byte) string {
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] == 0 && b[i+1] == 0 {
			return utf16All(b[:i])
		}
	}
	return utf16All(b)
}

// foldName brings a name into the form in which names are compared: UTF-16 code units, upper case.
func foldName(s string) []uint16 {
	out := make([]uint16, 0, len(s))
	for _, r := range s {
		if r >= 0x10000 {
			hi, lo := utf16.EncodeRune(r)
			out = append(out, uint16(hi), uint16(lo))
			continue
		}
		out = append(out, fold(uint16(r)))
	}
	return out
}

// fold is the one-to-one upper case of a code unit. Windows never folds a letter outside ASCII into ASCII (dotless i, long s).
func fold(c uint16) uint16 {
	if c < 0x80 {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		return c
	}
	up := unicode.ToUpper(rune(c))
	if up < 0x80 || up > 0xFFFF {
		return c
	}
	return uint16(up)
}

// nameHash is the hash a hash leaf keeps beside each subkey; name must be folded.
func nameHash(name []uint16) uint32 {
	var h uint32
	for _, c := range name {
		h = 37*h + uint32(c)
	}
	return h
}

// equalName compares a stored name with a folded one without allocating.
func equalName(stored []byte, wide bool, folded []uint16) bool {
	if !wide {
		if len(stored) != len(folded) {
			return false
		}
		for i, c := range stored {
			if fold(uint16(c)) != folded[i] {
				return false
			}
		}
		return true
	}
	if len(stored) != 2*len(folded) {
		return false
	}
	for i := range folded {
		if fold(u16(stored, 2*i)) != folded[i] {
			return false
		}
	}
	return true
}

func asciiOnly(name []uint16) bool {
	for _, c := range name {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
