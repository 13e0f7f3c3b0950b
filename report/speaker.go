package report

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"updoc/knowledge"
	"updoc/model"
)

// Options say how a report is written.
type Options struct {
	Format  string // "text", "json", "html" or "md"; empty is text
	Lang    string // "ja" or "en"; anything else is English
	Verbose bool   // everything, for an expert
	Color   bool   // text: terminal escapes for headings
	Width   int    // text: columns; 0 means 80
	Plain   bool   // text: only characters that the fonts of old consoles have
	Wide    bool   // text: the terminal gives two columns to characters of ambiguous width
}

// speaker says texts of the knowledge in one language.
type speaker struct {
	base  *knowledge.Base
	form  formatter
	apart bool // the report is not below what is said
}

// newSpeaker speaks Japanese if lang is "ja", else English. A nil zone is UTC.
func newSpeaker(b *knowledge.Base, lang string, zone *time.Location) speaker {
	if lang != "ja" {
		lang = "en"
	}
	if zone == nil {
		zone = time.UTC
	}
	return speaker{base: b, form: formatter{lang: lang, zone: zone, notMeasured: b.Text("ui.not-measured").In(lang)}}
}

// has reports whether there is a text with this id.
func (s speaker) has(id string) bool { return s.base.Text(id).In(s.form.lang) != "" }

// say fills a text. A text that does not exist shows the last word of its id: a
// stable word is better than nothing, and a test finds it.
func (s speaker) say(id string, args model.Args) string {
	if !s.has(id) {
		if s.base.Text(id).EN == "" && s.base.Text(id).JA == "" {
			return id[strings.LastIndexByte(id, '.')+1:]
		}
		return s.form.fill(s.base.Text(id).EN, args)
	}
	return s.form.fill(s.base.Text(id).In(s.form.lang), args)
}

// ui says a text of the reports without values.
func (s speaker) ui(id string) string { return s.say("ui."+id, nil) }

// word says a text of a closed list; empty for an empty word.
func (s speaker) word(list, word string) string {
	if word == "" {
		return ""
	}
	return s.ui(list + "." + word)
}

// optional says a text that may not exist.
func (s speaker) optional(id string, args model.Args) string {
	if !s.has(id) {
		return ""
	}
	return s.say(id, args)
}

func upperFirst(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[n:]
}
