package knowledge

import (
	"slices"
	"strings"
)

// linter gathers faults.
type linter struct {
	b      *Base
	faults Faults
}

// say adds a fault: the text is lint.<id> of texts/lint.yaml.
func (l *linter) say(where, id string, args ...any) {
	l.faults = append(l.faults, l.b.fault(where, id, args...))
}

// Lint checks what the types cannot: that every text exists in both languages and
// keeps the glossary, that every claim cites something with an origin and names its
// source, that no hard rule rests on an unconfirmed fact, that every name leads
// somewhere. The result is sorted; empty means sound.
func (b *Base) Lint() Faults {
	l := &linter{b: b}
	for _, c := range b.Causes {
		l.cause(c)
		l.circle(c.at()+".refines", "refines-circle", c.ID, l.b.refined)
	}
	for _, r := range b.Remedies {
		l.remedy(r)
	}
	for _, k := range b.KBs {
		l.kb(k)
		l.circle("kb."+k.ID+".replacedBy", "replaced-circle", k.ID, l.b.replacement)
	}
	for _, c := range b.Commands {
		l.command(c)
	}
	for _, h := range b.Harms {
		l.harm(h)
	}
	for id, t := range b.texts {
		l.text(id, t)
	}
	l.codes()
	l.lifecycles()
	l.vendors()
	return l.faults.sorted()
}

func (l *linter) cause(c *Cause) {
	for name, t := range map[string]Text{"title": c.Title, "home": c.Home, "expert": c.Expert} {
		if t.EN == "" {
			l.say(c.at(), "no-text", name)
		}
		l.args(c.at(), name, t, c.Args)
	}
	l.args(c.at(), "ifNothing", c.IfNothing, c.Args)
	if c.Prior <= 0 || c.Prior >= 1 {
		l.say(c.at()+".prior", "prior", c.Prior)
	}
	if c.Refines != "" && l.b.Cause(c.Refines) == nil {
		l.say(c.at()+".refines", "refines-unknown", c.Refines)
	}
	for _, class := range c.Classes {
		if !slices.ContainsFunc(l.b.Classes, func(k Class) bool { return k.ID == class }) {
			l.say(c.at()+".classes", "class-unknown", class)
		}
	}
	for _, id := range c.Remedies.All() {
		if l.b.Remedies[id] == nil {
			l.say(c.at()+".remedies", "remedy-unknown", id)
		}
	}
	if len(c.Sources) == 0 {
		l.say(c.at(), "no-source")
	}
	l.evidence(c)
}

// circle follows a chain of ids and says if it comes back to where it began.
func (l *linter) circle(where, text, id string, next func(string) string) {
	for at, steps := next(id), 0; at != "" && steps <= len(l.b.Causes)+len(l.b.KBs); at, steps = next(at), steps+1 {
		if at == id {
			l.say(where, text, id)
			return
		}
	}
}

func (b *Base) refined(id string) string {
	if c := b.Cause(id); c != nil {
		return c.Refines
	}
	return ""
}

func (b *Base) replacement(id string) string {
	if k := b.KBs[id]; k != nil {
		return k.ReplacedBy
	}
	return ""
}

func (l *linter) evidence(c *Cause) {
	ids := map[string]bool{}
	settled := false
	for _, e := range c.Evidence {
		at := c.at() + "." + e.ID
		if ids[e.ID] {
			l.say(at, "twice")
		}
		ids[e.ID] = true
		if !e.When.Set() {
			l.say(at, "no-condition")
		}
		if e.Weight == 0 && !e.Confirms && !e.RulesOut {
			l.say(at, "decides-nothing")
		}
		if e.Text.EN == "" {
			l.say(at, "has-no-text")
		}
		if (e.Confirms || e.RulesOut) && e.Source.Grade == "U" {
			l.say(at, "hard-unconfirmed")
		}
		settled = settled || e.Settle.EN != ""
		l.source(at, e.Source)
		l.cites(at, e.Cite)
		l.args(at, "text", e.Text, e.Args)
	}
	if len(c.Evidence) > 0 && !settled {
		l.say(c.at(), "no-settle")
	}
	if k := c.Condition; k != nil {
		l.cites(c.at()+".condition", k.Cite)
		l.args(c.at(), "condition", k.Text, k.Args)
		if k.Verdict != "confirmed" && k.Verdict != "likely" {
			l.say(c.at()+".condition.verdict", "condition-verdict", k.Verdict)
		}
	}
}

func (l *linter) cites(at string, rules []Rule) {
	if len(rules) == 0 {
		l.say(at, "cites-nothing")
	}
	for _, r := range rules {
		if r.Set() && !r.HasOrigin() {
			l.say(at, "no-origin", r.Source)
		}
	}
}

func (l *linter) source(at string, s Source) {
	if !slices.Contains([]string{"A", "B", "C", "L", "M", "U"}, s.Grade) || s.Ref == "" {
		l.say(at, "bad-source")
	}
}

func (l *linter) args(at, name string, t Text, args map[string]Rule) {
	for _, p := range Placeholders(t.EN + t.JA) {
		if _, ok := args[p.Name]; !ok {
			l.say(at+"."+name, "no-value", p.Name)
		}
	}
}

func (l *linter) remedy(r *Remedy) {
	if !slices.Contains([]string{"R0", "R1", "R2", "R3", "R4"}, r.Risk) {
		l.say(r.at()+".risk", "risk", r.Risk)
	}
	if !slices.Contains([]string{"none-needed", "exact", "inverse-plan", "not-possible"}, r.UndoKind) {
		l.say(r.at()+".undoKind", "undo-kind", r.UndoKind)
	}
	if r.Risk != "R0" && slices.Contains(r.Where, "offline") && !(slices.Contains(r.Gates, "windows-clean") && slices.Contains(r.Gates, "not-hibernated")) {
		l.say(r.at(), "disk-gates")
	}
	if len(r.Where) == 0 || slices.ContainsFunc(r.Where, func(w string) bool { return w != "live" && w != "offline" && w != "person" }) {
		l.say(r.at()+".where", "where", r.Where)
	}
	if !slices.Contains([]string{"", "gap", "enlarge", "new"}, r.Layout) {
		l.say(r.at()+".layout", "layout", r.Layout)
	}
	l.args(r.at(), "why", r.Why, r.Params)
	if r.Title.EN == "" || r.Why.EN == "" {
		l.say(r.at(), "no-title-or-why")
	}
	if r.Risk != "R0" && (!r.Expect.Set() || r.ExpectIs.EN == "" || r.Undo.EN == "" || r.IfFails.EN == "" || len(r.Sources) == 0) {
		l.say(r.at(), "no-way-back")
	}
}

func (l *linter) kb(k *KB) {
	if !slices.ContainsFunc(l.b.Classes, func(c Class) bool { return c.ID == k.Class }) {
		l.say("kb."+k.ID+".class", "class-unknown", k.Class)
	}
	if k.ReplacedBy != "" && l.b.KBs[k.ReplacedBy] == nil {
		l.say("kb."+k.ID+".replacedBy", "replaced-unknown", k.ReplacedBy)
	}
	for _, id := range k.Needs {
		if l.b.KBs[id] == nil {
			l.say("kb."+k.ID+".needs", "needs-unknown", id)
		}
	}
	if k.Title.EN == "" || len(k.Sources) == 0 {
		l.say("kb."+k.ID, "no-title-or-source")
	}
	if len(k.CVEs) > 0 && k.IfNothing.EN == "" {
		l.say("kb."+k.ID, "no-if-nothing")
	}
	for _, i := range k.Issues {
		l.source("kb."+k.ID+".issues", Source{i.Grade, i.Source})
		if i.Text.EN == "" {
			l.say("kb."+k.ID+".issues", "has-no-text")
		}
		if i.FixedBy != "" && l.b.KBs[i.FixedBy] == nil {
			l.say("kb."+k.ID+".issues", "replaced-unknown", i.FixedBy)
		}
	}
	for _, s := range k.Sources {
		l.source("kb."+k.ID, s)
	}
	for _, f := range k.Facts {
		l.source("kb."+k.ID, Source{f.Grade, f.Source})
	}
}

// codes: whoever reads Japanese learns as much about a code as whoever reads English.
func (l *linter) codes() {
	for hex, c := range l.b.Codes {
		if c.Meaning == (Text{}) {
			l.say("code."+hex, "no-meaning")
		}
		l.text("code."+hex, c.Meaning)
		if len(c.files) > 1 {
			l.say("code."+hex, "twice-in", strings.Join(c.files, ", "))
		}
	}
	for hex := range l.namedCodes() {
		if l.b.Codes[hex] == nil {
			l.say("code."+hex, "code-unknown")
		}
	}
}
