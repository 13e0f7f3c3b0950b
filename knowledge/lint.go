package knowledge

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing wrong with the knowledge.
type Fault struct {
	Where string // file or text id
	What  string
}

// String returns "where: what".
func (f Fault) String() string { return f.Where + ": " + f.What }

// linter gathers faults.
type linter struct {
	b      *Base
	faults []Fault
}

func (l *linter) say(where, format string, args ...any) {
	l.faults = append(l.faults, Fault{where, fmt.Sprintf(format, args...)})
}

// Lint checks what the types cannot: that every text exists in both languages and
// keeps the glossary, that every claim cites something with an origin and names its
// source, that no hard rule rests on an unconfirmed fact, that every name leads
// somewhere. The result is sorted; empty means sound.
func (b *Base) Lint() []Fault {
	l := &linter{b: b}
	for _, c := range b.Causes {
		l.cause(c)
	}
	for _, r := range b.Remedies {
		l.remedy(r)
	}
	for _, k := range b.KBs {
		l.kb(k)
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
	slices.SortFunc(l.faults, func(x, y Fault) int { return strings.Compare(x.String(), y.String()) })
	return l.faults
}

func (l *linter) cause(c *Cause) {
	for name, t := range map[string]Text{"title": c.Title, "home": c.Home, "expert": c.Expert} {
		if t.EN == "" {
			l.say(c.file, "no text %s", name)
		}
		l.args(c.file, name, t, c.Args)
	}
	if c.Prior <= 0 || c.Prior >= 1 {
		l.say(c.file, "prior %v is no probability", c.Prior)
	}
	if c.Refines != "" && l.b.Cause(c.Refines) == nil {
		l.say(c.file, "refines %s, which is not known", c.Refines)
	}
	for _, class := range c.Classes {
		if !slices.ContainsFunc(l.b.Classes, func(k Class) bool { return k.ID == class }) {
			l.say(c.file, "class %s is not known", class)
		}
	}
	for _, id := range c.Remedies.All() {
		if l.b.Remedies[id] == nil {
			l.say(c.file, "remedy %s is not known", id)
		}
	}
	if len(c.Sources) == 0 {
		l.say(c.file, "names no source")
	}
	l.evidence(c)
}

func (l *linter) evidence(c *Cause) {
	ids := map[string]bool{}
	settled := false
	for _, e := range c.Evidence {
		at := c.file + ": " + e.ID
		if ids[e.ID] {
			l.say(at, "is there twice")
		}
		ids[e.ID] = true
		if !e.When.Set() {
			l.say(at, "has no condition")
		}
		if e.Weight == 0 && !e.Confirms && !e.RulesOut {
			l.say(at, "decides nothing")
		}
		if e.Text.EN == "" {
			l.say(at, "has no text")
		}
		if (e.Confirms || e.RulesOut) && e.Source.Grade == "U" {
			l.say(at, "a hard rule rests on an unconfirmed fact")
		}
		settled = settled || e.Settle.EN != ""
		l.source(at, e.Source)
		l.cites(at, e.Cite)
		l.args(at, "text", e.Text, e.Args)
	}
	if len(c.Evidence) > 0 && !settled {
		l.say(c.file, "no evidence says what would settle it")
	}
	if k := c.Condition; k != nil {
		l.cites(c.file+": condition", k.Cite)
		l.args(c.file, "condition", k.Text, k.Args)
		if k.Verdict != "confirmed" && k.Verdict != "likely" {
			l.say(c.file, "condition verdict %q", k.Verdict)
		}
	}
}

func (l *linter) cites(at string, rules []Rule) {
	if len(rules) == 0 {
		l.say(at, "cites nothing")
	}
	for _, r := range rules {
		if r.Set() && !r.HasOrigin() {
			l.say(at, "cites %s, which has no origin", r.Source)
		}
	}
}

func (l *linter) source(at string, s Source) {
	if !slices.Contains([]string{"A", "B", "C", "L", "M", "U"}, s.Grade) || s.Ref == "" {
		l.say(at, "source without grade or reference")
	}
}

func (l *linter) args(at, name string, t Text, args map[string]Rule) {
	for _, p := range Placeholders(t.EN + t.JA) {
		if _, ok := args[p.Name]; !ok {
			l.say(at, "%s shows {%s}, which has no value", name, p.Name)
		}
	}
}

func (l *linter) remedy(r *Remedy) {
	if !slices.Contains([]string{"R0", "R1", "R2", "R3", "R4"}, r.Risk) {
		l.say(r.file, "risk %q", r.Risk)
	}
	if !slices.Contains([]string{"none-needed", "exact", "inverse-plan", "not-possible"}, r.UndoKind) {
		l.say(r.file, "undoKind %q", r.UndoKind)
	}
	if r.Risk != "R0" && slices.Contains(r.Where, "offline") && !(slices.Contains(r.Gates, "windows-clean") && slices.Contains(r.Gates, "not-hibernated")) {
		l.say(r.file, "writes to a disk without the gates windows-clean and not-hibernated")
	}
	if len(r.Where) == 0 || slices.ContainsFunc(r.Where, func(w string) bool { return w != "live" && w != "offline" && w != "person" }) {
		l.say(r.file, "where %q", r.Where)
	}
	if !slices.Contains([]string{"", "gap", "enlarge", "new"}, r.Layout) {
		l.say(r.file, "layout %q", r.Layout)
	}
	l.args(r.file, "why", r.Why, r.Params)
	if r.Title.EN == "" || r.Why.EN == "" {
		l.say(r.file, "has no title or why")
	}
	if r.Risk != "R0" && (!r.Expect.Set() || r.ExpectIs.EN == "" || r.Undo.EN == "" || r.IfFails.EN == "" || len(r.Sources) == 0) {
		l.say(r.file, "changes something without expectation, undo, a way on if it fails, or source")
	}
}

func (l *linter) kb(k *KB) {
	if !slices.ContainsFunc(l.b.Classes, func(c Class) bool { return c.ID == k.Class }) {
		l.say(k.ID, "class %q is not known", k.Class)
	}
	if k.ReplacedBy != "" && l.b.KBs[k.ReplacedBy] == nil {
		l.say(k.ID, "is replaced by %s, which is not known", k.ReplacedBy)
	}
	for _, id := range k.Needs {
		if l.b.KBs[id] == nil {
			l.say(k.ID, "needs %s, which is not known", id)
		}
	}
	if k.Title.EN == "" || len(k.Sources) == 0 {
		l.say(k.ID, "has no title or source")
	}
	if len(k.CVEs) > 0 && k.Exposed.EN == "" {
		l.say(k.ID, "closes a hole and does not say what stays open without it")
	}
	for _, i := range k.Issues {
		l.source(k.ID, Source{i.Grade, i.Source})
		if i.Text.EN == "" || i.FixedBy != "" && l.b.KBs[i.FixedBy] == nil {
			l.say(k.ID, "issue without text, or mended by %s, which is not known", i.FixedBy)
		}
	}
	for _, s := range k.Sources {
		l.source(k.ID, s)
	}
	for _, f := range k.Facts {
		l.source(k.ID, Source{f.Grade, f.Source})
	}
}

// codes: whoever reads Japanese learns as much about a code as whoever reads English.
func (l *linter) codes() {
	for hex, c := range l.b.Codes {
		if c.Meaning == (Text{}) {
			l.say(hex, "has no meaning")
		}
		l.text(hex, c.Meaning)
		if len(c.files) > 1 {
			l.say(hex, "is there twice: %s", strings.Join(c.files, ", "))
		}
	}
	for hex := range l.namedCodes() {
		if l.b.Codes[hex] == nil {
			l.say(hex, "is named by the knowledge and is not known")
		}
	}
}
