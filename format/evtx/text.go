package evtx

import (
	"unicode/utf16"
	"unicode/utf8"
)

const (
	lanesASCII = 0xff80ff80ff80ff80
	lanesHigh  = 0x8000800080008000
	lanesOne   = 0x0001000100010001
)

// trimNUL cuts the terminators some writers count as part of a UTF-16 string.
func trimNUL(raw []byte) []byte {
	n := len(raw) &^ 1
	for n >= 2 && raw[n-1] == 0 && raw[n-2] == 0 {
		n -= 2
	}
	return raw[:n]
}

// narrow packs four ASCII characters held in 16-bit lanes into 32 bits.
func narrow(x uint64) uint32 {
	x = (x | x>>8) & 0x0000ffff0000ffff
	return uint32(x | x>>16)
}

// appendUTF16 appends little-endian UTF-16 as UTF-8. A lone surrogate becomes
// U+FFFD, so the result is always valid.
func appendUTF16(dst, raw []byte) []byte {
	raw = raw[:len(raw)&^1]
	for len(raw) > 0 {
		for len(raw) >= 8 {
			x := le.Uint64(raw)
			if x&lanesASCII != 0 {
				break
			}
			dst = le.AppendUint32(dst, narrow(x))
			raw = raw[8:]
		}
		if len(raw) == 0 {
			break
		}
		r, n := decodeRune16(raw)
		dst = utf8.AppendRune(dst, r)
		raw = raw[n:]
	}
	return dst
}

// decodeRune16 decodes one character; raw holds at least two bytes.
func decodeRune16(raw []byte) (rune, int) {
	r := rune(le.Uint16(raw))
	if !utf16.IsSurrogate(r) {
		return r, 2
	}
	if len(raw) >= 4 {
		if pair := utf16.DecodeRune(r, rune(le.Uint16(raw[2:]))); pair != utf8.RuneError {
			return pair, 4
		}
	}
	return utf8.RuneError, 2
}

// needsEscape marks lanes below 0x20, a quote or a backslash; x holds four
// ASCII characters in 16-bit lanes.
func needsEscape(x uint64) uint64 {
	quote := x ^ '"'*lanesOne
	slash := x ^ '\\'*lanesOne
	return ((x - 0x20*lanesOne) | (quote - lanesOne) | (slash - lanesOne)) & lanesHigh
}

// appendJSON16 appends little-endian UTF-16 as the inside of a JSON string.
func appendJSON16(dst, raw []byte) []byte {
	raw = raw[:len(raw)&^1]
	for len(raw) > 0 {
		for len(raw) >= 8 {
			x := le.Uint64(raw)
			if x&lanesASCII != 0 || needsEscape(x) != 0 {
				break
			}
			dst = le.AppendUint32(dst, narrow(x))
			raw = raw[8:]
		}
		if len(raw) == 0 {
			break
		}
		r, n := decodeRune16(raw)
		dst = appendJSONRune(dst, r)
		raw = raw[n:]
	}
	return dst
}

// appendJSON8 appends UTF-8 as the inside of a JSON string; bytes that are not
// UTF-8 become U+FFFD.
func appendJSON8[S string | []byte](dst []byte, s S) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf && c >= 0x20 && c != '"' && c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		dst = appendJSONRune(dst, r)
		i += n
	}
	return dst
}

const hexLower = "0123456789abcdef"

func appendJSONRune(dst []byte, r rune) []byte {
	switch {
	case r == '"' || r == '\\':
		return append(dst, '\\', byte(r))
	case r == '\n':
		return append(dst, '\\', 'n')
	case r == '\r':
		return append(dst, '\\', 'r')
	case r == '\t':
		return append(dst, '\\', 't')
	case r < 0x20:
		return append(dst, '\\', 'u', '0', '0', hexLower[r>>4], hexLower[r&15])
	}
	return utf8.AppendRune(dst, r)
}
