package report

import (
	"fmt"
	"io"
	"strings"

	"updoc/knowledge"
	"updoc/model"
)

// WriteMarkdown writes a diagnosis for a ticket or a forum post.
func WriteMarkdown(w io.Writer, d *model.Diagnosis, b *knowledge.Base, o Options) error {
	v := newView(d, b, o.Lang)
	m := markdown{say: newSpeaker(b, o.Lang, nil)}
	m.line("# %s", v.Title)
	m.line("**%s**", m.paragraph(v.Data))
	m.line("%s", m.paragraph([]string{v.Headline, v.Now}))
	m.pairs(v.Facts)
	for _, f := range v.Failures {
		m.failure(f)
	}
	if len(v.Conditions) > 0 {
		m.line("## %s", m.say.ui("head.conditions"))
	}
	for _, c := range v.Conditions {
		m.cause(c)
	}
	m.steps(v)
	m.list(m.say.ui("head.unseen"), unseenTexts(v), m.say.ui("unseen.none"))
	if len(v.Healed) > 0 {
		m.list(m.say.ui("head.healed"), v.Healed, "")
	}
	m.table(m.say.ui("head.attempts"), v.Attempts)
	m.table(m.say.ui("head.partitions"), v.Partitions)
	_, err := io.WriteString(w, m.out.String())
	return err
}

// WritePlanMarkdown writes the steps only.
func WritePlanMarkdown(w io.Writer, d *model.Diagnosis, b *knowledge.Base, o Options) error {
	v := newView(d, b, o.Lang)
	m := markdown{say: newSpeaker(b, o.Lang, nil)}
	m.line("# %s", m.say.ui("plan-title"))
	m.line("**%s**", m.paragraph(v.Data))
	m.steps(v)
	_, err := io.WriteString(w, m.out.String())
	return err
}

type markdown struct {
	out strings.Builder
	say speaker
}

// line writes one block; the values are escaped.
func (m *markdown) line(format string, args ...any) {
	for i, a := range args {
		if text, ok := a.(string); ok {
			args[i] = escapeMarkdown(text)
		}
	}
	fmt.Fprintf(&m.out, format+"\n\n", args...)
}

var markdownSpecial = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "<", "&lt;", "|", `\|`, "[", `\[`, "]", `\]`, "#", `\#`)

func escapeMarkdown(text string) string { return markdownSpecial.Replace(clean(text)) }

func (m *markdown) paragraph(sentences []string) string {
	return strings.Join(sentences, m.say.gapAfterSentence())
}

func (m *markdown) pairs(list []pair) {
	for _, p := range list {
		if p.Text != "" {
			fmt.Fprintf(&m.out, "- **%s**: %s\n", escapeMarkdown(p.Label), escapeMarkdown(p.Text))
		}
	}
	m.out.WriteByte('\n')
}

func (m *markdown) list(head string, items []string, none string) {
	m.line("## %s", head)
	if len(items) == 0 {
		m.line("%s", none)
		return
	}
	for _, i := range items {
		fmt.Fprintf(&m.out, "- %s\n", escapeMarkdown(i))
	}
	m.out.WriteByte('\n')
}

func (m *markdown) failure(f failureView) {
	m.line("## %s", f.Heading)
	m.pairs(f.Facts)
	if f.Lead != "" {
		m.line("%s", f.Lead)
	}
	for _, c := range f.Causes {
		m.cause(c)
	}
	if c := f.Contrast; c != nil {
		m.line("%s", c.Head)
		for _, item := range c.Items {
			fmt.Fprintf(&m.out, "- %s\n", escapeMarkdown(item.Text))
		}
		m.out.WriteByte('\n')
	}
	if f.IfNothing != "" {
		m.line("**%s**: %s", m.say.ui("head.if-nothing"), f.IfNothing)
	}
}

func (m *markdown) cause(c causeView) {
	m.line("### %s: %s", c.Label, c.Sentence)
	m.line("%s", c.Home)
	m.line("%s", c.Because)
	rows := [][]string{{m.say.ui("label.speaks"), m.say.ui("label.fact"), m.say.ui("label.place")}}
	for _, f := range c.For {
		rows = append(rows, []string{m.say.ui("label.for"), f.Text, f.Full})
	}
	for _, f := range c.Against {
		rows = append(rows, []string{m.say.ui("label.against"), f.Text, f.Full})
	}
	m.table("", rows)
	if len(c.Against) == 0 && len(c.For) > 0 {
		m.line("%s: %s", m.say.ui("head.against"), m.say.ui("against.none"))
	}
	for _, miss := range c.Missing {
		fmt.Fprintf(&m.out, "- %s%s(%s: %s)\n", escapeMarkdown(miss.Text), m.say.gapAfterSentence(), escapeMarkdown(m.say.ui("label.reason")), escapeMarkdown(miss.Reason))
	}
	m.out.WriteByte('\n')
}

func (m *markdown) table(head string, rows [][]string) {
	if len(rows) < 2 {
		return
	}
	if head != "" {
		m.line("## %s", head)
	}
	for i, row := range rows {
		cells := make([]string, len(row))
		for j, c := range row {
			cells[j] = escapeMarkdown(c)
		}
		fmt.Fprintf(&m.out, "| %s |\n", strings.Join(cells, " | "))
		if i == 0 {
			m.out.WriteString("|" + strings.Repeat(" --- |", len(row)) + "\n")
		}
	}
	m.out.WriteByte('\n')
}

func (m *markdown) steps(v *view) {
	m.line("## %s", m.say.ui("head.plan"))
	if len(v.Steps) == 0 {
		m.line("%s", v.PlanEmpty)
	}
	for _, note := range v.PlanNotes {
		m.line("%s", escapeMarkdown(note))
		m.line("")
	}
	for _, st := range v.Steps {
		fmt.Fprintf(&m.out, "%d. **%s**", st.N, escapeMarkdown(st.Title))
		for _, text := range append([]string{st.Why}, joinPairs(st.Facts)...) {
			if text != "" {
				fmt.Fprintf(&m.out, "  \n   %s", escapeMarkdown(text))
			}
		}
		m.out.WriteByte('\n')
		for _, g := range st.Gates {
			fmt.Fprintf(&m.out, "   - %s: %s\n", escapeMarkdown(g.Text), escapeMarkdown(g.Label))
		}
	}
	m.out.WriteByte('\n')
}

func joinPairs(list []pair) []string {
	var out []string
	for _, p := range list {
		if p.Text != "" {
			out = append(out, p.Label+": "+p.Text)
		}
	}
	return out
}

func unseenTexts(v *view) []string {
	var out []string
	for _, u := range v.Unseen {
		out = append(out, u.Text)
	}
	return out
}
