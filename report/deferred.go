package report

import (
	"io"

	"updoc/knowledge"
	"updoc/model"
)

// WriteDeferred writes what was put off, those whose day is over first, in the format of
// o.
func WriteDeferred(w io.Writer, list *model.Deferred, b *knowledge.Base, o Options) error {
	if o.Format == "json" {
		return WriteJSON(w, list)
	}
	s := newSpeaker(b, o.Lang, nil)
	over, open := s.section("deferred.over"), s.section("deferred.open")
	over.Texts = []string{s.ui("deferred.over.text")}
	for _, d := range list.Deferrals {
		if d.Expired {
			over.Items = append(over.Items, s.deferralLines(&d)...)
		} else {
			open.Items = append(open.Items, s.deferralLines(&d)...)
		}
	}
	p := paper{Title: s.ui("deferred.title"), Lead: []string{s.say("ui.deferred.count", model.Args{"n": int64(len(list.Deferrals))})}}
	if len(list.Deferrals) == 0 {
		p.Lead = []string{s.ui("deferred.none")}
	}
	if len(over.Items) > 0 {
		p.add(over, o.Verbose)
	}
	p.add(open, o.Verbose)
	return writePaper(w, p, b, o)
}

// WriteDeferral writes that one update was put off, or with ended that it is offered
// again.
func WriteDeferral(w io.Writer, d *model.Deferral, ended bool, b *knowledge.Base, o Options) error {
	if o.Format == "json" {
		return WriteJSON(w, &model.Deferred{Schema: model.DeferredSchema, Deferrals: []model.Deferral{*d}})
	}
	s := newSpeaker(b, o.Lang, nil)
	args := model.Args{"kb": d.KB, "until": d.Until}
	if ended {
		lead := "ui.deferred.ended.noted"
		if d.Hidden {
			lead = "ui.deferred.ended.text"
		}
		return writePaper(w, paper{Title: s.say("ui.deferred.ended", args), Lead: []string{s.say(lead, args)}}, b, o)
	}
	p := paper{Title: s.say("ui.deferred.made", args)}
	p.Lead = []string{s.ui("deferred.noted")}
	if d.Hidden {
		p.Lead = []string{s.ui("deferred.hidden")}
	}
	what := s.section("deferred.what")
	what.Items = s.deferralLines(d)
	p.add(what, o.Verbose)
	return writePaper(w, p, b, o)
}

// deferralLines are what to know about one deferral.
func (s speaker) deferralLines(d *model.Deferral) []string {
	args := model.Args{"kb": d.KB, "until": d.Until, "reason": d.Reason, "title": d.Title, "cves": s.form.list(d.CVEs)}
	k := s.base.KBs[d.KB]
	if d.Title == "" && k != nil {
		args["title"] = k.Title.In(s.form.lang)
	}
	line := s.say("ui.deferred.line", args)
	if args["title"] != "" {
		line = s.say("ui.deferred.line.title", args)
	}
	out := []string{line}
	if len(d.CVEs) > 0 {
		out = append(out, s.say("ui.deferred.cves", args))
	}
	if k != nil && k.IfNothing.EN != "" {
		out = append(out, d.KB+": "+k.IfNothing.In(s.form.lang))
	}
	return out
}
