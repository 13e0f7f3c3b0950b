package report

import "updoc/model"

// harm says why something that is often advised is never done here, and what is done
// instead.
func (e explainer) harm(x *Explained) {
	h := e.base.Harm(x.ID)
	x.Title = e.say("explain.title.harm", model.Args{"title": h.Title.In(e.form.lang)})
	x.Sources = append(x.Sources, ExplainSource{h.Source.Grade, h.Source.Ref})
	x.Remedies = append(x.Remedies, h.Instead...)
	s := e.section("why-not")
	s.Texts = append(s.Texts, h.Why.In(e.form.lang))
	x.add(s)
	instead := e.section("instead")
	for _, id := range h.Instead {
		instead.Items = append(instead.Items, e.say("explain.cause-line", model.Args{"title": e.base.Remedies[id].Title.In(e.form.lang), "id": id}))
	}
	x.add(instead)
}
