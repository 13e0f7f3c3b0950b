package report

import (
	"io"
	"strings"

	"updoc/knowledge"
	"updoc/model"
)

// WriteBrief says in a few sentences, as text, what was found and what to do now, for
// a person whose report is elsewhere.
func WriteBrief(w io.Writer, d *model.Diagnosis, b *knowledge.Base, o Options) error {
	full := Fill(d, b, o.Lang)
	s := newSpeaker(b, o.Lang, zoneOfDiagnosis(d))
	s.apart = true
	t := newScreen(o)
	t.para(0, s.headline(full))
	t.para(0, s.firstCause(full))
	if id := healthLine(&full.Machine); id == dataFailing {
		t.para(0, s.ui("data."+id))
	}
	t.para(0, s.now(full))
	_, err := io.WriteString(w, t.out.String())
	return err
}

// firstCause says the cause of the first update that fails, if one is sure.
func (s speaker) firstCause(d *model.Diagnosis) string {
	for _, f := range d.Failures {
		if f.Outcome != model.OutcomeHealed && len(f.Causes) > 0 && sure(f.Causes[0]) {
			return s.failureName(&f) + ": " + s.cause(f.Causes[0], false).Sentence
		}
	}
	return ""
}

// WriteLines writes a text of one or more lines as a text report would: wrapped, and in
// characters that the screen has.
func WriteLines(w io.Writer, text string, o Options) error {
	t := newScreen(o)
	for line := range strings.Lines(text) {
		t.para(0, strings.TrimSuffix(line, "\n"))
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}
