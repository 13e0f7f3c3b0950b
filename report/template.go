package report

import (
	"regexp"
	"slices"
)

// placeholder is {name} or {name:format}.
var placeholder = regexp.MustCompile(`\{([A-Za-z][A-Za-z0-9_-]*)(?::([a-z]+))?\}`)

// Placeholder is one place of a template that a value goes into. Format is empty if
// the template names none.
type Placeholder struct {
	Name   string
	Format string
}

// Placeholders returns the places of a template in order of appearance, each once.
// Braces that hold anything else are text.
func Placeholders(template string) []Placeholder {
	var out []Placeholder
	for _, m := range placeholder.FindAllStringSubmatch(template, -1) {
		if p := (Placeholder{m[1], m[2]}); !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// part is a piece of a template: text, or a placeholder if name is set.
type part struct{ text, name, format string }

func parseTemplate(template string) []part {
	var out []part
	from := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(template, -1) {
		if at[0] > from {
			out = append(out, part{text: template[from:at[0]]})
		}
		p := part{name: template[at[2]:at[3]]}
		if at[4] >= 0 {
			p.format = template[at[4]:at[5]]
		}
		out = append(out, p)
		from = at[1]
	}
	if from < len(template) {
		out = append(out, part{text: template[from:]})
	}
	return out
}
