package regf

import (
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"updoc/codec/wintype"
)

// storedText decodes a name as cells hold it.
func storedText(b []byte, wide bool) string {
	if wide {
		return wintype.UTF16(b)
	}
	return latin1(b)
}

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
