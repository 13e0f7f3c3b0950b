package evtx

import (
	"strconv"
	"unicode/utf8"
)

const hexUpper = "0123456789ABCDEF"

func appendHexUpper(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, hexUpper[c>>4], hexUpper[c&15])
	}
	return dst
}

func appendHexNumber(dst []byte, n uint64) []byte {
	return strconv.AppendUint(append(dst, '0', 'x'), n, 16)
}

// appendLatin1 renders an ANSI string. Its code page is not recorded; bytes
// above 0x7f are taken as Latin-1.
func appendLatin1(dst, b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	for _, c := range b {
		dst = utf8.AppendRune(dst, rune(c))
	}
	return dst
}

// GUID is a 16-byte identifier in the byte order Windows stores. The zero GUID
// means that none was recorded.
type GUID [16]byte

// String renders the GUID as Windows does: {945A8954-C147-4ACD-923F-40C45405A658}.
func (g GUID) String() string { return string(g.append(make([]byte, 0, 38))) }

// IsZero tells whether no GUID was recorded.
func (g GUID) IsZero() bool { return g == GUID{} }

// guidOrder gives, for each pair of digits or dash of the text, the byte.
const (
	guidOrder = "\x03\x02\x01\x00-\x05\x04-\x07\x06-\x08\x09-\x0a\x0b\x0c\x0d\x0e\x0f"
	guidDash  = '-'
)

func (g GUID) append(dst []byte) []byte {
	dst = append(dst, '{')
	for i := range len(guidOrder) {
		k := guidOrder[i]
		if k == guidDash {
			dst = append(dst, '-')
			continue
		}
		dst = append(dst, hexUpper[g[k]>>4], hexUpper[g[k]&15])
	}
	return append(dst, '}')
}

// ParseGUID reads a GUID with or without braces, in any case. ok is false if s
// is not one.
func ParseGUID(s string) (g GUID, ok bool) {
	if len(s) == 38 && s[0] == '{' && s[37] == '}' {
		s = s[1:37]
	}
	if len(s) != 36 {
		return g, false
	}
	for i, p := 0, 0; i < len(guidOrder); i++ {
		k := guidOrder[i]
		if k == guidDash {
			if s[p] != '-' {
				return GUID{}, false
			}
			p++
			continue
		}
		hi, lo := hexDigit(s[p]), hexDigit(s[p+1])
		if hi > 15 || lo > 15 {
			return GUID{}, false
		}
		g[k] = hi<<4 | lo
		p += 2
	}
	return g, true
}

func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}

// appendSID renders a security identifier (S-1-5-18). One that is cut short is
// shown as hex.
func appendSID(dst, b []byte) []byte {
	if len(b) < 8 || len(b) < 8+4*int(b[1]) {
		return appendHexUpper(dst, b)
	}
	authority := uint64(b[2])<<40 | uint64(b[3])<<32 | uint64(b[4])<<24 | uint64(b[5])<<16 | uint64(b[6])<<8 | uint64(b[7])
	dst = strconv.AppendUint(append(dst, "S-"...), uint64(b[0]), 10)
	dst = strconv.AppendUint(append(dst, '-'), authority, 10)
	for i := range int(b[1]) {
		dst = strconv.AppendUint(append(dst, '-'), uint64(le.Uint32(b[8+4*i:])), 10)
	}
	return dst
}
