package report

import (
	"fmt"
	"strings"
	"time"

	"updoc/knowledge"
	"updoc/model"
)

// KBFacts are the facts about an update or article. Absent times and empty values are
// not known.
type KBFacts struct {
	Class      string     `json:"class"`
	Products   []string   `json:"products"`
	Released   *time.Time `json:"released,omitempty"`
	Withdrawn  *time.Time `json:"withdrawn,omitempty"`
	ReplacedBy []string   `json:"replacedBy"` // nearest first
	Target     string     `json:"target"`     // version once it is in
	NeedFree   int64      `json:"needFree"`   // bytes in the recovery partition; 0: not known
	CVEs       []string   `json:"cves"`
	FalseError bool       `json:"falseError"`
	Harmful    bool       `json:"harmful"`
	Builds     []string   `json:"builds"`    // Windows builds once it is in
	Needs      []string   `json:"needs"`     // updates that must be in before
	IfNothing  string     `json:"ifNothing"` // what stays open without it; empty: not known
	Issues     []KBIssue  `json:"issues"`    // times in which it was known to make trouble
	Facts      []KBFact   `json:"facts"`
}

// KBIssue is a known issue of an update. An absent until means that no end is known.
type KBIssue struct {
	From    time.Time  `json:"from"`
	Until   *time.Time `json:"until,omitempty"`
	FixedBy string     `json:"fixedBy"` // empty: nothing mends it
	KBFact
}

// KBFact is one statement about an update.
type KBFact struct {
	TextID string `json:"textId"`
	Text   string `json:"text"`
	Grade  string `json:"grade"`
	Ref    string `json:"ref"`
}

// guide is the class of articles: nothing is installed by them.
const guide = "guide"

func (e explainer) kb(x *Explained) {
	x.Title = e.say("explain.title.kb", model.Args{"id": x.ID})
	k := e.base.KBs[x.ID]
	if k == nil {
		e.unknownKB(x)
		return
	}
	x.KB, x.Sources = e.kbFacts(k), sourcesOf(k.Sources)
	causes := e.base.CausesHitting(k.Class)
	if k.Class == guide {
		x.Title, causes = e.say("explain.title.guide", model.Args{"id": x.ID}), nil
	}
	for _, c := range causes {
		x.Causes = append(x.Causes, c.ID)
	}
	x.add(e.aboutKB(k))
	without := e.section("without")
	without.Texts = append(without.Texts, x.KB.IfNothing)
	x.add(without)
	if k.Class != guide {
		x.add(e.nowKB(k))
	}
	x.add(e.knownOf(x.KB))
	if k.Class == guide {
		return
	}
	x.add(e.causeList("causes.kb", causes))
	x.add(e.find(causes))
}

func (e explainer) unknownKB(x *Explained) {
	s := e.section("about")
	s.Texts = append(s.Texts, e.say("explain.meaning.unknown-kb", model.Args{"id": x.ID}))
	x.add(s)
	x.add(e.section("now", "kb.unknown", "kb.unknown-fails"))
	x.add(e.find(nil))
}

func (e explainer) aboutKB(k *knowledge.KB) Section {
	s := e.section("about")
	if k.Class == guide {
		s.Heading = e.text("head.article")
		s.Texts = append(s.Texts, e.text("kb.guide"))
	}
	s.Texts = append(s.Texts, e.optional("explain.about."+k.Class, nil))
	s.Facts = []Label{
		e.label("title", k.Title.In(e.form.lang)),
		e.label("class", e.optional("class."+k.Class, nil)),
		e.label("released", e.date(k.Released)),
		e.label("withdrawn", e.date(k.Withdrawn)),
		e.label("replaced", e.replaced(e.base.Successors(k.ID))),
		e.label("need", e.need(k.NeedFree)),
		e.label("target", k.Target),
		e.label("builds", e.form.list(k.Builds)),
		e.label("needs", e.form.list(k.Needs)),
		e.label("cves", e.form.list(k.CVEs)),
		e.label("safeos", k.SafeOS),
	}
	return s
}

func (e explainer) date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return e.form.show(t, "date")
}

func (e explainer) replaced(chain []string) string {
	if len(chain) < 2 {
		return strings.Join(chain, "")
	}
	return e.say("explain.replaced.chain", model.Args{"first": chain[0], "last": chain[len(chain)-1]})
}

func (e explainer) need(bytes int64) string {
	if bytes == 0 {
		return ""
	}
	return e.say("explain.need.winre", model.Args{"need": bytes})
}

// nowKB says what to do if this update is in the way.
func (e explainer) nowKB(k *knowledge.KB) Section {
	s := e.section("now")
	say := func(is bool, id string) {
		if is {
			s.Texts = append(s.Texts, e.text("kb."+id))
		}
	}
	say(k.Harmful, "harmful")
	say(!k.Withdrawn.IsZero(), "withdrawn")
	if chain := e.base.Successors(k.ID); len(chain) > 0 {
		s.Texts = append(s.Texts, e.say("explain.kb.replaced", model.Args{"id": chain[len(chain)-1]}))
	}
	say(k.FalseError, "false-error")
	say(k.Withdrawn.IsZero() && !k.FalseError, "wait")
	say(k.NeedFree > 0, "room")
	return s
}

func (e explainer) knownOf(f *KBFacts) Section {
	s := e.section("known")
	for _, i := range f.Issues {
		s.Items = append(s.Items, e.say("explain.fact", model.Args{"text": e.issue(i), "grade": e.text("grade." + i.Grade)}))
	}
	for _, fact := range f.Facts {
		s.Items = append(s.Items, e.say("explain.fact", model.Args{"text": fact.Text, "grade": e.text("grade." + fact.Grade)}))
	}
	return s
}

// issue says when an issue was open and what ended it.
func (e explainer) issue(i KBIssue) string {
	args := model.Args{"text": i.Text, "from": i.From, "fixed": i.FixedBy}
	switch {
	case i.Until == nil:
		return e.say("explain.issue.open", args)
	case i.FixedBy == "":
		args["until"] = *i.Until
		return e.say("explain.issue.closed", args)
	}
	return e.say("explain.issue.fixed", args)
}

func (e explainer) kbFacts(k *knowledge.KB) *KBFacts {
	f := &KBFacts{Class: k.Class, Products: append([]string{}, k.Products...), ReplacedBy: append([]string{}, e.base.Successors(k.ID)...), Target: k.Target,
		NeedFree: k.NeedFree, CVEs: append([]string{}, k.CVEs...), FalseError: k.FalseError, Harmful: k.Harmful, Facts: []KBFact{}, Issues: []KBIssue{},
		Builds: append([]string{}, k.Builds...), Needs: append([]string{}, k.Needs...), IfNothing: k.IfNothing.In(e.form.lang)}
	if !k.Released.IsZero() {
		f.Released = &k.Released
	}
	if !k.Withdrawn.IsZero() {
		f.Withdrawn = &k.Withdrawn
	}
	for i, issue := range k.Issues {
		f.Issues = append(f.Issues, e.kbIssue(fmt.Sprintf("kb.%s.issue.%d", k.ID, i), issue))
	}
	for i, fact := range k.Facts {
		f.Facts = append(f.Facts, KBFact{TextID: fmt.Sprintf("kb.%s.fact.%d", k.ID, i), Text: fact.Text.In(e.form.lang), Grade: fact.Grade, Ref: fact.Source})
	}
	return f
}

func (e explainer) kbIssue(textID string, i knowledge.Issue) KBIssue {
	out := KBIssue{From: i.From, FixedBy: i.FixedBy, KBFact: KBFact{TextID: textID, Text: i.Text.In(e.form.lang), Grade: i.Grade, Ref: i.Source}}
	if !i.Until.IsZero() {
		out.Until = &i.Until
	}
	return out
}
