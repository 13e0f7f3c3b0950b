package report

import (
	"html/template"
	"regexp"
	"strings"
)

// unbroken are words that a line may not end inside: KB numbers, codes, sizes,
// dates. A number and its unit are joined by a no-break space.
var unbroken = regexp.MustCompile(`KB[0-9]{6,7}` +
	`|0x[0-9a-fA-F]{8}` +
	`|[A-Z] ドライブ` +
	`|[0-9]{4} 年 [0-9]{1,2} 月 [0-9]{1,2} 日( \(.\))?( [0-9]{1,2}:[0-9]{2})?` +
	`|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?[0-9]{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December) [0-9]{4}(?:, [0-9]{2}:[0-9]{2})?` +
	`|[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}( [0-9]{2}:[0-9]{2})?` +
	`|[0-9][0-9,.]* (?:B|KB|MB|GB|TB|min|hours|bytes|times)\b` +
	`|[0-9][0-9,.]* (?:バイト|分|時間|件|回|か所|行目)`)

var codeLike = regexp.MustCompile(`^(KB[0-9]|0x)`)

// rich turns text into HTML that breaks where a reader expects it.
func rich(text string) template.HTML {
	text = clean(text)
	var out strings.Builder
	from := 0
	for _, at := range unbroken.FindAllStringIndex(text, -1) {
		out.WriteString(breakPaths(text[from:at[0]]))
		word := text[at[0]:at[1]]
		if codeLike.MatchString(word) {
			out.WriteString(`<span class="nb" translate="no">`)
		} else {
			out.WriteString(`<span class="nb">`)
		}
		out.WriteString(template.HTMLEscapeString(strings.ReplaceAll(word, " ", "\u00a0")))
		out.WriteString(`</span>`)
		from = at[1]
	}
	out.WriteString(breakPaths(text[from:]))
	return template.HTML(out.String())
}

// breakPaths lets a path break after each backslash.
func breakPaths(text string) string {
	return strings.ReplaceAll(template.HTMLEscapeString(text), `\`, `\<wbr>`)
}
