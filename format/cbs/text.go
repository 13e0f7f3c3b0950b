package cbs

import "bytes"

// component splits "CBS    text" and tells the component; a first word that
// is none of the short capital names is text.
func component(b []byte) (string, []byte) {
	n := 0
	for n < len(b) && n < 11 && (b[n] >= 'A' && b[n] <= 'Z' || b[n] >= 'a' && b[n] <= 'z') {
		n++
	}
	if n == 0 || n > 10 || n == len(b) || b[n] != ' ' && b[n] != '\t' {
		return "", b
	}
	rest := b[n:]
	if pad := len("CBS    ") - n; pad > 0 && len(rest) > pad {
		for i := range pad {
			if rest[i] != ' ' {
				return name(b[:n]), rest[i:]
			}
		}
		return name(b[:n]), rest[pad:]
	}
	return name(b[:n]), trimLeft(rest)
}

// name is string(b) without an allocation for the usual components.
func name(b []byte) string {
	switch string(b) {
	case "CBS":
		return "CBS"
	case "CSI":
		return "CSI"
	case "DPX":
		return "DPX"
	}
	return string(b)
}

// afterCode passes "[0x018003] ", the message number of newer builds.
func afterCode(b []byte) []byte {
	if !bytes.HasPrefix(b, []byte("[0x")) {
		return b
	}
	end := bytes.IndexByte(b[:min(len(b), 16)], ']')
	if end < 0 {
		return b
	}
	return trimLeft(b[end+1:])
}

// afterNumber passes CSI's sequence number: "00000b75 " or
// "00000b75@2019/7/29:15:36:17.166 ".
func afterNumber(b []byte) []byte {
	if len(b) < 9 {
		return b
	}
	for _, c := range b[:8] {
		if hexDigit(c) > 15 {
			return b
		}
	}
	if b[8] == '@' {
		return afterSpace(b[8:])
	}
	return trimLeft(b[8:])
}

func trimLeft(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	return b
}

// after returns what follows sub in b.
func after(b []byte, sub string) ([]byte, bool) {
	i := bytes.Index(b, []byte(sub))
	if i < 0 {
		return nil, false
	}
	return b[i+len(sub):], true
}

// before returns what stands before the first of the given endings, or all.
func before(b []byte, ends ...string) []byte {
	for _, end := range ends {
		if i := bytes.Index(b, []byte(end)); i >= 0 {
			b = b[:i]
		}
	}
	return b
}

// quoted returns the first part of b in single or double quotes.
func quoted(b []byte) []byte {
	i := bytes.IndexAny(b, "'\"")
	if i < 0 {
		return nil
	}
	end := bytes.IndexByte(b[i+1:], b[i])
	if end < 0 {
		return nil
	}
	return b[i+1 : i+1+end]
}

// contains reports whether b holds s.
func contains(b []byte, s string) bool { return bytes.Contains(b, []byte(s)) }
