package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// Characters that may not begin or end a line. Source: JIS X 4051, W3C "Requirements
// for Japanese Text Layout".
const (
	notAtStart = "、。，．・：；？！」』）】〕］｝〉》ー々ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ%,.:;?!)]}"
	notAtEnd   = "「『（【〔［｛〈《([{"
)

// longestWord is the widest run of katakana, bracketed label or phrase, in columns,
// that is kept on one line.
const longestWord = 22

// ruler measures text in terminal columns. Ambiguous characters count as one, in any
// locale, so that the same report is the same everywhere; but on consoles that are known
// to give them two.
type ruler struct{ cond *runewidth.Condition }

func newRuler() ruler { return rulerFor(false) }

func rulerFor(wide bool) ruler {
	return ruler{&runewidth.Condition{StrictEmojiNeutral: true, EastAsianWidth: wide}}
}

func (r ruler) width(text string) int { return r.cond.StringWidth(text) }

// Wrap breaks text into lines of at most width columns, as the reports do.
func Wrap(text string, width int) []string { return newRuler().wrap(text, width) }

// pad fills text up to a width in columns.
func (r ruler) pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-r.width(text)))
}

// wrap breaks text into lines of at most width columns. A line never begins with a
// closing character or ends with an opening one; numbers stay with their units.
func (r ruler) wrap(text string, width int) []string {
	if width < 8 {
		width = 8
	}
	var lines []string
	line, used := "", 0
	for _, u := range r.units(text, width) {
		w := r.width(u)
		if used > 0 && used+r.width(strings.TrimRight(u, " ")) > width {
			lines = append(lines, strings.TrimRight(line, " "))
			line, used = "", 0
			u = strings.TrimLeft(u, " ")
			w = r.width(u)
		}
		line, used = line+u, used+w
	}
	if line = strings.TrimRight(line, " "); line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// units joins what may not be separated, then phrases, and cuts what is wider than a
// line.
func (r ruler) units(text string, width int) []string {
	solid := r.joined(atoms(text), func(before, after string, w int) bool { return w <= width && !mayBreak(before, after) })
	limit := min(width, longestWord)
	phrases := r.joined(solid, func(before, after string, w int) bool { return w <= limit && samePhrase(before, after) })
	var out []string
	for _, p := range phrases {
		out = append(out, r.cut(p, width)...)
	}
	return out
}

// joined merges neighbours as together says; w is their common width.
func (r ruler) joined(parts []string, together func(before, after string, w int) bool) []string {
	var out []string
	for _, p := range parts {
		if n := len(out) - 1; n >= 0 && together(out[n], p, r.width(out[n])+r.width(p)) {
			out[n] += p
			continue
		}
		out = append(out, p)
	}
	return out
}

// cut splits an atom that is wider than a line, after a backslash if there is one.
func (r ruler) cut(atom string, width int) []string {
	var out []string
	for r.width(atom) > width {
		at := len(r.cond.Truncate(atom, width, ""))
		if slash := strings.LastIndexAny(atom[:at], `\/`); slash > 0 {
			at = slash + 1
		}
		if at == 0 {
			_, at = utf8.DecodeRuneInString(atom)
		}
		out, atom = append(out, atom[:at]), atom[at:]
	}
	return append(out, atom)
}

// mayBreak reports whether a line may end between two neighbours.
func mayBreak(before, after string) bool {
	first, _ := utf8.DecodeRuneInString(after)
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(before, " "))
	switch {
	case strings.ContainsRune(notAtStart, first), strings.ContainsRune(notAtEnd, last):
		return strings.HasSuffix(before, " ") && !strings.ContainsRune(notAtEnd, last) && first < utf8.RuneSelf && first != '%'
	case strings.HasSuffix(before, " "):
		return !unicode.IsDigit(last)
	}
	return wideCharacter(first) || wideCharacter(last)
}

// okurigana are the endings that often stand inside a word, between two kanji: 決め手.
const okurigana = "えきぎけげしじせちびみめりれ"

// samePhrase reports whether a break between two neighbours would part a Japanese
// word from its ending or particle: a phrase begins where hiragana or punctuation
// ends. It is a nicety; mayBreak is the rule.
func samePhrase(before, after string) bool {
	first, _ := utf8.DecodeRuneInString(after)
	word := strings.TrimRight(before, " ")
	last, n := utf8.DecodeLastRuneInString(word)
	beforeLast, _ := utf8.DecodeLastRuneInString(word[:len(word)-n])
	if word != before {
		letter := last < utf8.RuneSelf && unicode.IsLetter(last) && !(beforeLast < utf8.RuneSelf && unicode.IsLetter(beforeLast))
		return unicode.Is(unicode.Hiragana, first) || (letter && wideCharacter(first))
	}
	if !wideCharacter(last) || !wideCharacter(first) || strings.ContainsRune("、。", last) {
		return false
	}
	inside := unicode.Is(unicode.Han, first) && strings.ContainsRune(okurigana, last) && unicode.Is(unicode.Han, beforeLast)
	return inside || !unicode.Is(unicode.Hiragana, last) || unicode.Is(unicode.Hiragana, first)
}

// atoms splits text into words with the space behind them, single full-width
// characters, runs of katakana, and short labels in square brackets.
func atoms(text string) []string {
	var out []string
	for text != "" {
		n := atomLength(text)
		for n < len(text) && text[n] == ' ' {
			n++
		}
		n += combining(text[n:])
		out, text = append(out, text[:n]), text[n:]
	}
	return out
}

func atomLength(text string) int {
	r, n := utf8.DecodeRuneInString(text)
	switch {
	case r == '[':
		if end := strings.IndexByte(text, ']'); end > 0 && end <= longestWord {
			return end + 1
		}
		return n
	case unicode.Is(unicode.Katakana, r):
		return runLength(text, func(r rune) bool { return unicode.Is(unicode.Katakana, r) || r == 'ー' })
	case wideCharacter(r):
		return n
	}
	return max(n, runLength(text, func(r rune) bool { return r != ' ' && !wideCharacter(r) }))
}

// runLength returns the bytes of the leading characters that belong together, at
// most longestWord of them for full-width ones.
func runLength(text string, belongs func(rune) bool) int {
	count := 0
	for i, r := range text {
		if !belongs(r) || (wideCharacter(r) && count >= longestWord/2) {
			return i
		}
		count++
	}
	return len(text)
}

// wideCharacter reports whether lines may break beside a character: the scripts that
// are written without spaces.
func wideCharacter(r rune) bool { return r >= 0x2e80 }

// combining returns the bytes of leading marks that belong to the character before.
func combining(text string) int {
	n := 0
	for _, r := range text {
		if !unicode.Is(unicode.Mn, r) {
			break
		}
		n += utf8.RuneLen(r)
	}
	return n
}
