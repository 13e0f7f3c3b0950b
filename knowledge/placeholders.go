package knowledge

import (
	"regexp"
	"slices"
	"strings"
)

// Placeholder is one {name} or {name:format} of a text.
type Placeholder struct{ Name, Format string }

// Formats are the formats a placeholder can have; an empty format shows the value as
// it is. size is 1024-based in MB or GB, bytes has separators.
var Formats = []string{"", "size", "bytes", "time", "date", "count", "percent", "minutes", "code"}

var placeholderPattern = regexp.MustCompile(`\{([A-Za-z][A-Za-z0-9]*)(?::([a-z]+))?\}`)

// Placeholders lists the placeholders of a text in order of appearance.
func Placeholders(s string) []Placeholder {
	var out []Placeholder
	for _, m := range placeholderPattern.FindAllStringSubmatch(s, -1) {
		out = append(out, Placeholder{Name: m[1], Format: m[2]})
	}
	return out
}

// placeholderNames ignores case: {What} is {what} at the start of a sentence.
func placeholderNames(s string) []string {
	var names []string
	for _, p := range Placeholders(s) {
		if name := strings.ToLower(p.Name); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
