package report

import (
	"slices"
	"strconv"

	"updoc/knowledge"
	"updoc/model"
)

// RemedyFacts are the facts about a remedy.
type RemedyFacts struct {
	Risk     string   `json:"risk"`
	Where    []string `json:"where"`
	UndoKind string   `json:"undoKind"`
	Seconds  int64    `json:"seconds"` // 0: not known
	Gates    []string `json:"gates"`
}

func (e explainer) cause(x *Explained) {
	c := e.base.Cause(x.ID)
	if c == nil {
		return
	}
	x.Title = e.say("explain.title.cause", model.Args{"title": c.Title.In(e.form.lang)})
	x.Sources, x.Remedies = sourcesOf(c.Sources), append(x.Remedies, c.Remedies.All()...)
	home := e.section("home")
	home.Texts = []string{e.homeOf(c), e.parent(c)}
	if c.NoFault {
		home.Texts = append(home.Texts, e.text("cause.no-fault"))
	}
	home.Texts = append(home.Texts, e.text("cause.applies"))
	x.add(home)
	x.add(e.settle(c))
	x.add(e.remedies(c))
	x.add(e.find(nil))
	x.add(e.expert(c))
	x.add(e.evidence(c))
}

// homeOf is the text for somebody worried. Where it speaks of measured values, a text
// of its own says the same in general.
func (e explainer) homeOf(c *knowledge.Cause) string {
	if general := "explain.home." + c.ID; e.has(general) {
		return e.say(general, nil)
	}
	return e.say("cause."+c.ID+".home", constants(c.Args))
}

func (e explainer) parent(c *knowledge.Cause) string {
	p := e.base.Cause(c.Refines)
	if p == nil {
		return ""
	}
	return e.say("explain.cause.refines", model.Args{"title": p.Title.In(e.form.lang), "id": p.ID})
}

// constants are the values that hold on any machine.
func constants(rules map[string]knowledge.Rule) model.Args {
	args := model.Args{}
	for name, r := range rules {
		if n, err := strconv.ParseInt(r.Source, 10, 64); err == nil {
			args[name] = n
		}
	}
	return args
}

func (e explainer) settle(c *knowledge.Cause) Section {
	s := e.section("settle")
	for _, ev := range c.Evidence {
		if text := e.optional("cause."+c.ID+"."+ev.ID+".settle", nil); text != "" && !slices.Contains(s.Items, text) {
			s.Items = append(s.Items, text)
		}
	}
	return s
}

func (e explainer) remedies(c *knowledge.Cause) Section {
	if len(c.Remedies.All()) == 0 {
		return Section{}
	}
	s := e.section("remedies", "remedies.intro")
	for _, id := range c.Remedies.All() {
		if r := e.base.Remedies[id]; r != nil {
			s.Items = append(s.Items, e.say("explain.remedy-line", model.Args{"title": r.Title.In(e.form.lang), "risk": e.text("risk." + r.Risk), "id": id}))
		}
	}
	return s
}

func (e explainer) expert(c *knowledge.Cause) Section {
	s := e.section("expert")
	s.Expert = true
	s.Texts = append(s.Texts, e.say("cause."+c.ID+".expert", constants(c.Args)))
	classes := []string{}
	for _, id := range c.Classes {
		classes = append(classes, e.optional("class."+id, nil))
	}
	s.Facts = []Label{e.label("id", c.ID), e.label("classes", e.form.list(classes))}
	return s
}

func (e explainer) evidence(c *knowledge.Cause) Section {
	s := e.section("evidence")
	s.Expert = true
	for _, ev := range c.Evidence {
		text := e.say("cause."+c.ID+"."+ev.ID, constants(ev.Args))
		s.Items = append(s.Items, e.say("explain.evidence."+weightOf(ev), model.Args{"text": text}))
	}
	return s
}

func weightOf(ev knowledge.Evidence) string {
	switch {
	case ev.Confirms:
		return "confirms"
	case ev.RulesOut:
		return "rules-out"
	case ev.Weight < 0:
		return "against"
	}
	return "for"
}

func (e explainer) remedy(x *Explained) {
	r := e.base.Remedies[x.ID]
	if r == nil {
		return
	}
	x.Title = e.say("explain.title.remedy", model.Args{"title": r.Title.In(e.form.lang)})
	x.Remedy = &RemedyFacts{Risk: r.Risk, Where: append([]string{}, r.Where...), UndoKind: r.UndoKind, Seconds: r.Seconds, Gates: append([]string{}, r.Gates...)}
	x.Sources = sourcesOf(r.Sources)
	if r.Risk == model.RiskPartition {
		x.add(e.section("data", "data.partition"))
	}
	why := e.section("why")
	why.Texts, why.Facts = append(why.Texts, e.say("remedy."+r.ID+".why", constants(r.Params))), e.remedyLabels(r)
	x.add(why)
	x.add(e.gates(r))
	x.add(e.serves(x, r.ID))
}

func (e explainer) remedyLabels(r *knowledge.Remedy) []Label {
	where := []string{}
	for _, w := range r.Where {
		where = append(where, e.word("where", w))
	}
	undo := e.optional("remedy."+r.ID+".undo", constants(r.Params))
	if undo == "" {
		undo = e.word("undo", r.UndoKind)
	}
	seconds := ""
	if r.Seconds > 0 {
		seconds = e.say("ui.duration.about", model.Args{"seconds": r.Seconds})
	}
	label := func(id, text string) Label { return Label{ID: id, Label: e.ui("label." + id), Text: text} }
	return []Label{
		label("risk", e.word("risk", r.Risk)), label("where", e.form.list(where)), label("time", seconds), label("undo", undo),
		label("expect", e.optional("remedy."+r.ID+".expect", constants(r.Params))),
		label("if-fails", e.optional("remedy."+r.ID+".if-fails", constants(r.Params))),
		label("id", r.ID),
	}
}

func (e explainer) gates(r *knowledge.Remedy) Section {
	s := e.section("gates")
	for _, g := range r.Gates {
		s.Items = append(s.Items, e.optional("remedy."+r.ID+".gate."+g, nil))
	}
	return s
}

// serves lists the causes that name a remedy.
func (e explainer) serves(x *Explained, id string) Section {
	var causes []*knowledge.Cause
	for _, c := range e.base.Causes {
		if slices.Contains(c.Remedies.All(), id) {
			causes = append(causes, c)
			x.Causes = append(x.Causes, c.ID)
		}
	}
	s := e.causeList("", causes)
	s.ID, s.Heading, s.Texts = "serves", e.text("head.serves"), []string{}
	return s
}
