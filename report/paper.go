package report

import (
	"fmt"
	"html/template"
	"io"
	"strings"

	"updoc/knowledge"
)

// paper is a report of a verb that repairs: what is said first, then sections. Text,
// HTML and Markdown only arrange it.
type paper struct {
	Lang, Title string
	Lead        []string
	Sections    []paperSection
}

// paperSection is a section with what words alone do not show. Rows begin with their
// heading.
type paperSection struct {
	Section
	Rows [][]string
	Maps []mapPair
	Bars []bar // the same as text
}

// add puts a section behind the others, unless it holds nothing or is for an expert and
// not everything is wanted.
func (p *paper) add(s paperSection, verbose bool) {
	if s.Expert && !verbose || len(s.Texts)+len(s.Items)+len(s.Facts)+len(s.Maps)+max(0, len(s.Rows)-1) == 0 {
		return
	}
	p.Sections = append(p.Sections, s)
}

// section begins a section with the heading ui.<id>.
func (s speaker) section(id string, texts ...string) paperSection {
	return paperSection{Section: Section{ID: id, Heading: s.ui(id), Texts: texts}}
}

// fact is a line of a section; empty text is left out.
func (p *paperSection) fact(label, text string) {
	if text != "" {
		p.Facts = append(p.Facts, Label{Label: label, Text: text})
	}
}

// writePaper writes p in the format of o; anything but html and md is text.
func writePaper(w io.Writer, p paper, b *knowledge.Base, o Options) error {
	switch o.Format {
	case "html":
		return writePaperHTML(w, p, b, o)
	case "md":
		return writePaperMarkdown(w, p, b, o)
	}
	t := newText(b, o)
	t.title(p.Title)
	for _, line := range p.Lead {
		t.para(0, line)
	}
	for _, s := range p.Sections {
		t.blank()
		t.section(s.Section)
		t.table(2, s.Rows)
		for _, b := range s.Bars {
			t.bar(b)
		}
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}

func writePaperMarkdown(w io.Writer, p paper, b *knowledge.Base, o Options) error {
	m := markdown{say: newSpeaker(b, o.Lang, nil)}
	m.line("# %s", p.Title)
	m.line("**%s**", m.paragraph(p.Lead))
	for _, s := range p.Sections {
		m.line("## %s", s.Heading)
		for _, text := range s.Texts {
			m.line("%s", text)
		}
		for _, item := range s.Items {
			fmt.Fprintf(&m.out, "- %s\n", escapeMarkdown(item))
		}
		for _, f := range s.Facts {
			fmt.Fprintf(&m.out, "- **%s**: %s\n", escapeMarkdown(f.Label), escapeMarkdown(f.Text))
		}
		if len(s.Items)+len(s.Facts) > 0 {
			m.out.WriteByte('\n')
		}
		m.table("", s.Rows)
		for _, b := range s.Bars {
			fmt.Fprintf(&m.out, "%s\n\n```\n%s\n%s\n```\n\n", escapeMarkdown(b.Head), b.Line, strings.Join(cleanAll(b.Legend), "\n"))
		}
	}
	_, err := io.WriteString(w, strings.TrimRight(m.out.String(), "\n")+"\n")
	return err
}

func cleanAll(lines []string) []string {
	var out []string
	for _, l := range lines {
		out = append(out, clean(l))
	}
	return out
}

// writePaperHTML writes one self-contained page.
func writePaperHTML(w io.Writer, p paper, b *knowledge.Base, o Options) error {
	style, err := templates.ReadFile("templates/style.css")
	if err != nil {
		return err
	}
	s := newSpeaker(b, o.Lang, nil)
	p.Lang = s.form.lang
	t, err := template.New("paper.html").Funcs(template.FuncMap{
		"ui": s.ui, "rich": rich, "attempt": func(word string) string { return s.word("attempt", word) },
	}).ParseFS(templates, "templates/paper.html", "templates/parts.html")
	if err != nil {
		return err
	}
	return t.Execute(w, struct {
		paper
		Style  template.CSS
		Footer string
	}{p, template.CSS(style), s.ui("footer")})
}
