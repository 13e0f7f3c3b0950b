package report

import (
	"slices"
	"strconv"
	"strings"

	"updoc/model"
)

// cause says a cause. A state is what is so without being the cause of a failure: a
// condition, or something that is no fault.
func (s speaker) cause(c model.Cause, state bool) causeView {
	family := "ui.sure."
	if state || !c.Fault || c.Refines != "" {
		family = "ui.sure.state."
	}
	v := causeView{
		ID: c.ID, Verdict: c.Verdict, Refines: c.Refines, Label: s.say("verdict."+c.Verdict, nil),
		Title: c.Text.Title, Home: c.Text.Home, Expert: c.Text.Expert,
		Sentence:    s.say(family+c.Verdict, model.Args{"cause": c.Text.Title}),
		Because:     s.ui("because." + c.Verdict),
		Probability: s.form.show(c.Probability, "percent"),
		For:         s.findingViews(c.For), Against: s.findingViews(c.Against),
	}
	switch {
	case c.Verdict == model.VerdictRuledOut: // what would be so is not so
		v.Home, v.Expert, v.Because = "", "", ""
	case v.Home != "" && !state && c.Verdict != model.VerdictConfirmed:
		v.Home = s.say("ui.if-so", model.Args{"text": v.Home})
	}
	for _, m := range c.Missing {
		v.Missing = append(v.Missing, missingView{m.Text, m.Fact, s.word("reason-short", m.Reason), s.optional("ui.how."+m.How, nil)})
	}
	return v
}

func (s speaker) findingViews(in []model.Finding) []findingView {
	var out []findingView
	for _, f := range in {
		v := findingView{Text: f.Text, ID: f.ID, Place: s.place(f.Origin, false), Full: s.place(f.Origin, true)}
		v.Also, v.Others = s.furtherPlaces(f.Also), len(f.Also)
		out = append(out, v)
	}
	return out
}

// furtherPlaces names places that say the same, records and lines of one file
// together: System.evtx, record 161, 208, 287.
func (s speaker) furtherPlaces(also []model.Origin) []string {
	var out []string
	for len(also) > 0 {
		first := also[0]
		n := 1
		for n < len(also) && sameFile(first, also[n]) {
			n++
		}
		text := s.place(first, false)
		if n > 1 {
			text = s.placesInFile(also[:n])
		}
		out, also = append(out, text), also[n:]
	}
	return out
}

// sameFile reports whether two places differ only in record or line.
func sameFile(a, b model.Origin) bool {
	records, lines := a.Record > 0 && b.Record > 0, a.Line > 0 && b.Line > 0
	return a.Path != "" && a.Path == b.Path && a.Volume == b.Volume && a.Key == b.Key && records != lines
}

func (s speaker) placesInFile(list []model.Origin) string {
	var numbers []string
	id := "ui.place.line"
	for _, o := range list {
		n := o.Line
		if o.Record > 0 {
			id, n = "ui.place.record", int64(o.Record)
		}
		numbers = append(numbers, strconv.FormatInt(n, 10))
	}
	text := strings.Join(numbers, s.ui("list-comma"))
	return s.placeFile(list[0], false) + s.ui("list-comma") + s.say(id, model.Args{"record": text, "line": text})
}

// placeLine is the short place of a finding with the number of further ones.
func (s speaker) placeLine(f findingView) string {
	if f.Others == 0 {
		return f.Place
	}
	return f.Place + s.ui("list-comma") + s.say("ui.and-more", model.Args{"n": int64(f.Others)})
}

// code shows an error code with what it means, if that is known.
func (s speaker) code(hex string) string {
	if hex == "" {
		return ""
	}
	meaning := ""
	if c := s.base.Codes[strings.ToLower(hex)]; c != nil {
		meaning = strings.TrimRight(c.Meaning.In(s.form.lang), ".。")
	}
	if meaning == "" {
		return hex
	}
	return s.say("ui.code.with", model.Args{"code": hex, "meaning": meaning})
}

func (s speaker) addUnseen(v *view, d *model.Diagnosis) {
	seen := map[string]bool{}
	for _, blocking := range []bool{true, false} {
		for _, u := range d.Unseen {
			if (len(u.Blocks) > 0) != blocking || seen[u.Text] {
				continue
			}
			seen[u.Text] = true
			v.Unseen = append(v.Unseen, s.unseenView(u))
		}
	}
	for _, u := range missingEntries(d) {
		if u.Text = s.unseen(u); !seen[u.Text] {
			seen[u.Text] = true
			v.Unseen = append(v.Unseen, s.unseenView(u))
		}
	}
}

// missingEntries are evidence that would settle a cause and lies in artefacts that
// were read, but do not hold it, such as a log that begins too late.
func missingEntries(d *model.Diagnosis) []model.UnseenEntry {
	known := map[string]bool{}
	for _, u := range d.Unseen {
		known[u.Artifact+"/"+u.Reason] = true
	}
	index := map[string]int{}
	var out []model.UnseenEntry
	for _, f := range d.Failures {
		for _, c := range f.Causes {
			if c.Verdict == model.VerdictRuledOut {
				continue
			}
			for _, m := range c.Missing {
				key := m.Artifact + "/" + m.Reason
				if known[key] {
					continue
				}
				i, ok := index[key]
				if !ok {
					i = len(out)
					index[key] = i
					out = append(out, model.UnseenEntry{Artifact: m.Artifact, Reason: m.Reason, How: m.How})
				}
				if !slices.Contains(out[i].Blocks, c.ID) {
					out[i].Blocks = append(out[i].Blocks, c.ID)
				}
			}
		}
	}
	return out
}

func (s speaker) unseenView(u model.UnseenEntry) unseenView {
	v := unseenView{
		Text: u.Text, Artifact: s.artifact(u.Artifact, u.Path), Path: u.Path, Detail: u.Detail,
		Reason: s.word("reason-short", u.Reason), How: s.optional("ui.how."+u.How, nil),
	}
	for _, id := range u.Blocks {
		v.Blocks = append(v.Blocks, s.say("cause."+id+".title", nil))
	}
	return v
}
