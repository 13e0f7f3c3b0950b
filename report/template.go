package report

import "regexp"

// placeholder is {name} or {name:format}.
var placeholder = regexp.MustCompile(`\{([A-Za-z][A-Za-z0-9_-]*)(?::([a-z]+))?\}`)

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
