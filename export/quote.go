package export

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// quote writes a value as a PowerShell expression that is this value and nothing else, in
// ASCII: Windows PowerShell reads a script without a byte order mark in the code page of
// the PC, and Intune refuses the mark where it checks signatures. Printable ASCII stands
// between single quotes, in which PowerShell knows one special character, the quote, which
// is doubled (about_Quoting_Rules); everything else is a [char] with its number, one for
// each UTF-16 unit. So the typographic quotes, which PowerShell takes for plain ones, never
// stand in the text.
func quote(s string) string {
	var parts []string
	plain := ""
	flush := func() {
		if plain != "" {
			parts = append(parts, "'"+plain+"'")
		}
		plain = ""
	}
	for _, unit := range utf16.Encode([]rune(s)) {
		switch {
		case unit == '\'':
			plain += "''"
		case unit >= ' ' && unit <= '~':
			plain += string(rune(unit))
		default:
			flush()
			parts = append(parts, fmt.Sprintf("[char]0x%04X", unit))
		}
	}
	flush()
	if len(parts) == 0 {
		return "''"
	}
	if !strings.HasPrefix(parts[0], "'") {
		parts = append([]string{"''"}, parts...) // a [char] in front would make it a sum
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, " + ") + ")"
}

// quoteList writes an array of values.
func quoteList(list []string) string {
	var out []string
	for _, s := range list {
		out = append(out, quote(s))
	}
	return "@(" + strings.Join(out, ", ") + ")"
}
