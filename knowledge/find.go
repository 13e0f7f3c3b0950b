package knowledge

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Kinds of a Topic.
const (
	TopicCode   = "code"
	TopicKB     = "kb"
	TopicCause  = "cause"
	TopicRemedy = "remedy"
	TopicHarm   = "harm"
)

// Topic is one thing a person asks about.
type Topic struct {
	Kind  string
	ID    string // 0x80070643, KB5034441, pending-reboot
	Known bool   // false: of its form, but this base does not know it
	Typed string // what was read as ID, half-width
}

// Bounds of what is read: a pasted log must not become a book.
const (
	maxQuestion = 16 << 10 // bytes
	maxTopics   = 16
)

// wordPattern is a number, a symbol, or an id with its hyphens.
var wordPattern = regexp.MustCompile(`[0-9A-Za-z_]+(?:-[0-9A-Za-z_]+)*`)

// sameCharacter turns what people type instead of a hyphen or an x into it.
var sameCharacter = strings.NewReplacer("\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2014", "-", "\u2015", "-", "\u2212", "-", "\u00d7", "x")

// Find reads what a person types or pastes: codes in every form in which Windows and
// its tools show them, KB numbers, ids of causes and remedies, names of codes, alone
// or inside a sentence, full-width too. Topics come in the order of the text, each
// once, at most maxTopics; if there is none, a title of a cause or remedy counts. Only
// the first maxQuestion bytes are read.
func (b *Base) Find(input string) []Topic {
	text := foldQuestion(input)
	words := wordPattern.FindAllStringIndex(text, -1)
	f := finder{b: b, alone: len(words) == 1 && !strings.Contains(wordPattern.FindString(text), "-")}
	for _, at := range words {
		if len(f.topics) == maxTopics {
			break
		}
		f.before = strings.ToLower(text[max(0, at[0]-32):at[0]])
		f.word(text[at[0]:at[1]])
	}
	for _, id := range b.HarmsIn(text) {
		f.add(Topic{TopicHarm, id, true, id})
	}
	for _, id := range b.RemediesIn(text) {
		f.add(Topic{TopicRemedy, id, true, id})
	}
	if len(f.topics) == 0 {
		f.titles(strings.ToLower(text))
	}
	return f.topics
}

func foldQuestion(input string) string {
	if len(input) > maxQuestion {
		input = input[:maxQuestion]
		for len(input) > 0 && !utf8.ValidString(input[max(0, len(input)-utf8.UTFMax):]) {
			input = input[:len(input)-1]
		}
	}
	return sameCharacter.Replace(width.Fold.String(input))
}

// finder collects the topics of one question.
type finder struct {
	b       *Base
	alone   bool   // the question is a single word
	before  string // the end of the text before the word, lower-case
	topics  []Topic
	symbols map[string]string // name in capitals to code
}

func (f *finder) add(t Topic) bool {
	same := func(o Topic) bool { return o.Kind == t.Kind && o.ID == t.ID }
	if len(f.topics) < maxTopics && !slices.ContainsFunc(f.topics, same) {
		f.topics = append(f.topics, t)
	}
	return true
}

// word takes a word whole if it is an id or a name, else its parts.
func (f *finder) word(w string) {
	if f.named(w) || f.number(w) {
		return
	}
	for _, part := range strings.FieldsFunc(w, func(r rune) bool { return r == '-' || r == '_' }) {
		f.number(part)
		f.before = strings.ToLower(part)
	}
}

// follows reports whether the text before ends with one of the words, punctuation aside.
func (f *finder) follows(words ...string) bool {
	before := strings.TrimRight(f.before, " :=-(#")
	return slices.ContainsFunc(words, func(w string) bool { return strings.HasSuffix(before, w) })
}

func (f *finder) named(w string) bool {
	id := strings.ToLower(w)
	switch {
	case f.b.Cause(id) != nil:
		return f.add(Topic{TopicCause, id, true, w})
	case f.b.Remedies[id] != nil:
		return f.add(Topic{TopicRemedy, id, true, w})
	case f.b.Harm(id) != nil:
		return f.add(Topic{TopicHarm, id, true, w})
	case !strings.Contains(w, "_"):
		return false
	}
	hex := f.symbol(strings.ToUpper(w))
	return hex != "" && f.add(Topic{TopicCode, hex, true, w})
}

// symbol finds a code by one of its names.
func (f *finder) symbol(name string) string {
	if f.symbols == nil {
		f.symbols = map[string]string{}
		for hex, c := range f.b.Codes {
			for _, s := range strings.Fields(c.Symbol) {
				f.symbols[s] = hex
			}
		}
	}
	return f.symbols[name]
}

// titles finds causes and remedies by their titles.
func (f *finder) titles(text string) {
	holds := func(t Text) bool {
		for _, title := range []string{t.JA, t.EN} {
			title = strings.ToLower(title)
			if utf8.RuneCountInString(title) >= 4 && strings.Contains(text, strings.ToLower(foldQuestion(title))) {
				return true
			}
		}
		return false
	}
	for _, c := range f.b.Causes {
		if holds(c.Title) {
			f.add(Topic{TopicCause, c.ID, true, c.ID})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(f.b.Remedies)) {
		if holds(f.b.Remedies[id].Title) {
			f.add(Topic{TopicRemedy, id, true, id})
		}
	}
}

// CausesNaming returns the causes for which a code is evidence, most frequent first;
// causes that refine another come last, for their prior is a share of that one's.
// A wrapper says only that an installer failed: any cause can stand behind it.
func (b *Base) CausesNaming(hex string) []*Cause {
	wrapper := b.Codes[hex] != nil && b.Codes[hex].Wrapper
	return b.causesWhere(func(c *Cause) bool {
		return wrapper || slices.ContainsFunc(c.Evidence, func(e Evidence) bool {
			return !e.RulesOut && e.Weight >= 0 && strings.Contains(e.When.Source, hex)
		})
	})
}

// CausesHitting returns the causes that can make an update of a class fail, in the
// same order.
func (b *Base) CausesHitting(class string) []*Cause {
	return b.causesWhere(func(c *Cause) bool { return len(c.Classes) == 0 || slices.Contains(c.Classes, class) })
}

func (b *Base) causesWhere(is func(*Cause) bool) []*Cause {
	var out []*Cause
	for _, c := range b.Causes {
		if is(c) {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(x, y *Cause) int {
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(y.Prior, x.Prior))
	})
	return out
}

func rank(c *Cause) int {
	if c.Refines != "" {
		return 1
	}
	return 0
}
