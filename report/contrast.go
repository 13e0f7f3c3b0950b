package report

import (
	"slices"
	"strings"

	"updoc/model"
)

// contrastView says why the surest cause and not the next one.
type contrastView struct {
	Head  string
	Items []contrastItem
}

type contrastItem struct{ Text, Place string }

// contrast fills the texts of a contrast.
func (s speaker) contrast(c *model.Contrast) *model.Contrast {
	if c == nil {
		return nil
	}
	out := *c
	out.Against, out.Lacking = s.findings(c.Against), s.findings(c.Lacking)
	return &out
}

// contrastView arranges a filled contrast; nil where there is no other cause to tell from.
func (s speaker) contrastView(f *model.Failure) *contrastView {
	c := f.Contrast
	if c == nil || c.Next == "" || f.Outcome == model.OutcomeHealed || len(f.Causes[0].For) == 0 {
		return nil
	}
	names := model.Args{"cause": s.say("cause."+c.Cause+".title", nil), "next": s.say("cause."+c.Next+".title", nil)}
	v := &contrastView{Head: s.say("ui.head.contrast", names)}
	if !sure(f.Causes[0]) {
		v.Head = s.say("ui.head.contrast-open", names)
	}
	for _, finding := range c.Against {
		v.Items = append(v.Items, contrastItem{finding.Text, s.place(finding.Origin, false)})
	}
	for _, finding := range c.Lacking {
		v.Items = append(v.Items, contrastItem{Text: s.say("ui.contrast.lacking", model.Args{"text": finding.Text})})
	}
	if len(v.Items) > 0 {
		return v
	}
	id := "ui.contrast.no-sign"
	if slices.ContainsFunc(f.Causes, func(k model.Cause) bool { return k.ID == c.Next && len(k.For) > 0 }) {
		id = "ui.contrast.weaker"
	}
	v.Items = []contrastItem{{Text: s.say(id, names)}}
	return v
}

// ifNothing says what happens if nothing is done about a failure: of its surest cause,
// and of the update that stays out.
func (s speaker) ifNothing(f *model.Failure) string {
	if f.Outcome != model.OutcomeFailing {
		return ""
	}
	var parts []string
	if len(f.Causes) > 0 && sure(f.Causes[0]) && f.Causes[0].Text.IfNothing != "" {
		parts = append(parts, f.Causes[0].Text.IfNothing)
	}
	switch kb := s.base.KBs[f.KB]; {
	case kb == nil:
	case s.has("kb." + f.KB + ".ifNothing"):
		parts = append(parts, s.say("kb."+f.KB+".ifNothing", nil))
	case len(kb.CVEs) > 0:
		parts = append(parts, s.say("ui.if-nothing.cves", model.Args{"kb": f.KB, "cves": s.form.list(kb.CVEs)}))
	}
	return strings.Join(parts, s.gapAfterSentence())
}
