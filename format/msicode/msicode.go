// Package msicode turns product and patch codes of Windows Installer into the packed
// form that its registry keys are named with, and back: the groups of the code with
// their characters reversed. It may import the standard library only, and must never
// know what lies below such a key.
package msicode

import "strings"

// groups are the lengths of the runs whose characters are reversed: the first three
// groups of the code as a whole, of the others each pair.
var groups = []int{8, 4, 4, 2, 2, 2, 2, 2, 2, 2, 2}

// Unpack returns the code of a packed one, {…} in upper case; false if it is none.
func Unpack(packed string) (string, bool) {
	if len(packed) != 32 || !isHex(packed) {
		return "", false
	}
	s := strings.ToUpper(reverse(packed))
	return "{" + s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:] + "}", true
}

// Pack returns the packed form of a code in upper case, with or without braces; false
// if it is none.
func Pack(code string) (string, bool) {
	s := strings.TrimSuffix(strings.TrimPrefix(code, "{"), "}")
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return "", false
	}
	s = s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if !isHex(s) {
		return "", false
	}
	return strings.ToUpper(reverse(s)), true
}

func reverse(s string) string {
	out := make([]byte, 0, len(s))
	for _, n := range groups {
		for i := n - 1; i >= 0; i-- {
			out = append(out, s[i])
		}
		s = s[n:]
	}
	return string(out)
}

func isHex(s string) bool {
	return strings.Trim(s, "0123456789abcdefABCDEF") == ""
}
