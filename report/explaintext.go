package report

import (
	"fmt"
	"html/template"
	"io"
	"strings"

	"updoc/knowledge"
	"updoc/model"
)

// shortCauses is how many causes are listed unless everything is wanted.
const shortCauses = 6

// shown returns the sections for a reader: without the expert's, and with the longest
// list shortened, unless everything is wanted.
func (x Explained) shown(s speaker, verbose bool) []Section {
	var out []Section
	for _, sec := range x.Sections {
		if sec.Expert && !verbose {
			continue
		}
		if n := len(sec.Items) - shortCauses; sec.ID == "causes" && n > 1 && !verbose {
			sec.Items = append(sec.Items[:shortCauses:shortCauses], s.say("explain.causes.more", model.Args{"n": int64(n)}))
		}
		out = append(out, sec)
	}
	return out
}

func writeExplainText(w io.Writer, x Explanation, b *knowledge.Base, o Options) error {
	t := newText(b, o)
	for i, topic := range x.Topics {
		if i > 0 {
			t.blank()
			t.blank()
		}
		t.title(topic.Title)
		for j, s := range topic.shown(t.say, t.verbose) {
			if j > 0 {
				t.blank()
			}
			t.section(s)
		}
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}

func (t *textReport) section(s Section) {
	t.bold(s.Heading)
	for _, text := range s.Texts {
		t.para(2, text)
	}
	for _, item := range s.Items {
		t.item(2, item)
	}
	var facts []pair
	for _, f := range s.Facts {
		facts = append(facts, pair{f.Label, f.Text})
	}
	t.pairs(2, facts)
}

func writeExplainMarkdown(w io.Writer, x Explanation, b *knowledge.Base, o Options) error {
	m := markdown{say: newSpeaker(b, o.Lang, nil)}
	for _, topic := range x.Topics {
		m.line("# %s", topic.Title)
		for _, s := range topic.shown(m.say, o.Verbose) {
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
		}
	}
	_, err := io.WriteString(w, strings.TrimRight(m.out.String(), "\n")+"\n")
	return err
}

// writeExplainHTML writes one self-contained page.
func writeExplainHTML(w io.Writer, x Explanation, b *knowledge.Base, o Options) error {
	style, err := templates.ReadFile("templates/style.css")
	if err != nil {
		return err
	}
	s := newSpeaker(b, o.Lang, nil)
	t, err := template.New("explain.html").Funcs(template.FuncMap{
		"rich":  rich,
		"shown": func(topic Explained) []Section { return topic.shown(s, o.Verbose) },
	}).ParseFS(templates, "templates/explain/explain.html")
	if err != nil {
		return err
	}
	return t.Execute(w, struct {
		Explanation
		Style  template.CSS
		Footer string
	}{x, template.CSS(style), s.ui("footer")})
}
