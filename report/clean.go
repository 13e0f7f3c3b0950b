package report

import (
	"strings"
	"unicode"
)

// clean replaces what could command a terminal or turn the direction of the text: a
// name on a foreign disk may hold anything.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == unicode.ReplacementChar:
			return '?'
		}
		return r
	}, text)
}
