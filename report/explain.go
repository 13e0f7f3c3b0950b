package report

import (
	"io"
	"slices"
	"sort"

	"updoc/knowledge"
	"updoc/model"
)

// ExplainSchema is the schema name of an Explanation.
const ExplainSchema = "updoc.explain/1"

// Explanation is what is known about the topics of a question, in one language.
type Explanation struct {
	Schema string      `json:"schema"`
	Lang   string      `json:"lang"`
	Input  string      `json:"input"`
	Topics []Explained `json:"topics"`
}

// Explained is what is known about one topic. Sections are in the order in which they
// are read; Code, KB and Remedy hold the same facts for programs.
type Explained struct {
	Kind     string          `json:"kind"`
	ID       string          `json:"id"`
	Known    bool            `json:"known"`
	Typed    string          `json:"typed,omitempty"` // what was read as ID, if it looks different
	Title    string          `json:"title"`
	Sections []Section       `json:"sections"`
	Code     *CodeFacts      `json:"code,omitempty"`
	KB       *KBFacts        `json:"kb,omitempty"`
	Remedy   *RemedyFacts    `json:"remedy,omitempty"`
	Causes   []string        `json:"causes"`   // ids: what can stand behind it, or what it cures
	Remedies []string        `json:"remedies"` // ids: what cures it
	Sources  []ExplainSource `json:"sources"`
}

// Section is one question and its answer.
type Section struct {
	ID      string   `json:"id"` // stable; enumerated in the schema
	Heading string   `json:"heading"`
	Texts   []string `json:"texts"`
	Items   []string `json:"items,omitempty"` // a list below the texts
	Facts   []Label  `json:"facts,omitempty"`
	Expert  bool     `json:"expert"` // shown to people who ask for everything
}

// Label is a label and what it says.
type Label struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Text  string `json:"text"`
}

// ExplainSource says where a statement comes from, and how good that is.
type ExplainSource struct {
	Grade string `json:"grade"` // A Microsoft, B press, C third-party code, L real log, M event manifest, U unconfirmed
	Ref   string `json:"ref"`
}

// Explain gathers what is known about topics: what does harm first, then codes, whose
// answer begins with the reader's data. lang is "ja" or "en"; anything else is English.
func Explain(topics []knowledge.Topic, input string, b *knowledge.Base, lang string) Explanation {
	e := explainer{newSpeaker(b, lang, nil)}
	e.form.notMeasured = "…" // a value that only a diagnosis knows
	out := Explanation{Schema: ExplainSchema, Lang: e.form.lang, Input: input, Topics: []Explained{}}
	order := map[string]int{knowledge.TopicCode: 0, knowledge.TopicKB: 1, knowledge.TopicCause: 2, knowledge.TopicRemedy: 3, knowledge.TopicHarm: -1}
	sorted := slices.Clone(topics)
	sort.SliceStable(sorted, func(i, j int) bool { return order[sorted[i].Kind] < order[sorted[j].Kind] })
	for _, t := range sorted {
		out.Topics = append(out.Topics, e.topic(t))
	}
	sayOnce(out.Topics)
	return out
}

// sayOnce leaves out what a later topic says better: how to find out is said once, and
// the causes of a wrapper where the update is named that it hit.
func sayOnce(topics []Explained) {
	has := func(x Explained, id string) bool {
		return slices.ContainsFunc(x.Sections, func(s Section) bool { return s.ID == id })
	}
	for i := range topics {
		later := topics[i+1:]
		find := slices.ContainsFunc(later, func(x Explained) bool { return has(x, "find") })
		narrower := slices.ContainsFunc(later, func(x Explained) bool { return x.Kind == knowledge.TopicKB && has(x, "causes") })
		wrapper := topics[i].Code != nil && topics[i].Code.Wrapper
		topics[i].Sections = slices.DeleteFunc(topics[i].Sections, func(s Section) bool {
			return s.ID == "find" && find || s.ID == "causes" && wrapper && narrower
		})
	}
}

// explainer says what is known, without any machine.
type explainer struct{ speaker }

func (e explainer) topic(t knowledge.Topic) Explained {
	x := Explained{Kind: t.Kind, ID: t.ID, Known: t.Known, Sections: []Section{}, Causes: []string{}, Remedies: []string{}, Sources: []ExplainSource{}}
	switch t.Kind {
	case knowledge.TopicCode:
		e.code(&x)
	case knowledge.TopicKB:
		e.kb(&x)
	case knowledge.TopicCause:
		e.cause(&x)
	case knowledge.TopicRemedy:
		e.remedy(&x)
	case knowledge.TopicHarm:
		e.harm(&x)
	}
	e.typed(&x, t.Typed)
	e.sources(&x)
	return x
}

// add puts a section behind the others, unless it says nothing.
func (x *Explained) add(s Section) {
	s.Texts = slices.DeleteFunc(s.Texts, func(t string) bool { return t == "" })
	s.Facts = slices.DeleteFunc(s.Facts, func(l Label) bool { return l.Text == "" })
	if len(s.Texts)+len(s.Items)+len(s.Facts) > 0 {
		x.Sections = append(x.Sections, s)
	}
}

// section answers one question with texts of the catalogue.
func (e explainer) section(id string, texts ...string) Section {
	s := Section{ID: id, Heading: e.text("head." + id), Texts: []string{}}
	for _, t := range texts {
		s.Texts = append(s.Texts, e.text(t))
	}
	return s
}

// text says a text of "explain." without values.
func (e explainer) text(id string) string { return e.say("explain."+id, nil) }

func (e explainer) label(id, text string) Label {
	return Label{ID: id, Label: e.text("label." + id), Text: text}
}

func (e explainer) sources(x *Explained) {
	s := Section{ID: "sources", Heading: e.text("head.sources"), Texts: []string{}, Expert: true}
	for _, src := range x.Sources {
		s.Items = append(s.Items, e.say("explain.source", model.Args{"ref": src.Ref, "grade": e.text("grade." + src.Grade)}))
	}
	x.add(s)
}

func sourcesOf(list []knowledge.Source) []ExplainSource {
	out := []ExplainSource{}
	for _, s := range list {
		out = append(out, ExplainSource{s.Grade, s.Ref})
	}
	return out
}

// WriteExplain writes what is known about topics in the format of o; anything but
// json, html and md is text. The error is that of w.
func WriteExplain(w io.Writer, topics []knowledge.Topic, input string, b *knowledge.Base, o Options) error {
	x := Explain(topics, input, b, o.Lang)
	switch o.Format {
	case "json":
		return WriteJSON(w, x)
	case "html":
		return writeExplainHTML(w, x, b, o)
	case "md":
		return writeExplainMarkdown(w, x, b, o)
	}
	return writeExplainText(w, x, b, o)
}
