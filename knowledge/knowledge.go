// Package knowledge is what is known about failing updates, as data: codes, KBs,
// update classes, causes and remedies in YAML, each fact with its source and grade,
// each text in Japanese and English. It loads, checks and looks up; it does not
// decide (diagnose and plan do). It may import model, expr and the YAML library, and
// must never look at a machine.
package knowledge

import (
	"fmt"
	"regexp"
	"time"

	"updoc/expr"
)

// Rule is an expression of the knowledge. Load compiles it; the zero Rule says
// nothing and is skipped.
type Rule struct {
	Source string
	*expr.Program
}

// UnmarshalYAML reads the source of a rule; a bare number or bool is one too.
func (r *Rule) UnmarshalYAML(unmarshal func(any) error) error {
	var v any
	if err := unmarshal(&v); err != nil {
		return err
	}
	r.Source = fmt.Sprint(v)
	return nil
}

// Set reports whether there is a rule.
func (r Rule) Set() bool { return r.Program != nil }

// Text is one message in both languages. Placeholders are named, with an optional
// format: {free:size}. See Placeholders.
type Text struct {
	JA string `yaml:"ja" json:"ja"`
	EN string `yaml:"en" json:"en"`
}

// In returns the text in a language; anything but "ja" is English.
func (t Text) In(lang string) string {
	if lang == "ja" {
		return t.JA
	}
	return t.EN
}

// Source names where a fact comes from. Grade: A Microsoft page or document, B press
// or forum, C third-party code, L real log or hive, M event manifest, U unconfirmed.
// A hard rule never rests on a U alone.
type Source struct {
	Grade string `yaml:"grade"`
	Ref   string `yaml:"ref"`
}

// Code is one error code. Hex is 0x%08x. Meaning is what it says to a person: the
// English from codes.tsv, the Japanese from one file of codes.
type Code struct {
	Hex      string `yaml:"hex"`
	Symbol   string `yaml:"symbol"`
	Family   string `yaml:"family"`
	Meaning  Text   `yaml:"meaning"`
	Wrapper  bool   `yaml:"wrapper"`  // says only that an installer failed; the real code lies behind it
	Replaces bool   `yaml:"replaces"` // see Pack
	Advice   string `yaml:"advice"`   // what to do about it: a word of Advices; empty: diagnose
	Success  bool   `yaml:"-"`        // severity bit clear

	files []string // those of codes that give it; the linter wants one
}

// KB is one update or article. Zero times and empty strings mean "not known".
type KB struct {
	ID         string    `yaml:"id"`
	Class      string    `yaml:"class"`
	Title      Text      `yaml:"title"`
	Products   []string  `yaml:"products"`
	Released   time.Time `yaml:"released"`
	Withdrawn  time.Time `yaml:"withdrawn"`
	ReplacedBy string    `yaml:"replacedBy"`
	Target     string    `yaml:"target"`   // version after it is in: of WinRE for class winre
	NeedFree   int64     `yaml:"needFree"` // bytes free in the recovery partition
	SafeOS     string    `yaml:"safeOS"`
	CVEs       []string  `yaml:"cves"`
	FalseError bool      `yaml:"falseError"` // the vendor confirmed a wrong error message
	Harmful    bool      `yaml:"harmful"`    // it broke something itself
	Builds     []string  `yaml:"builds"`     // Windows builds once it is in: 26100.8457
	Needs      []string  `yaml:"needs"`      // KBs that must be in before
	Issues     []Issue   `yaml:"issues"`     // times in which it was known to make trouble
	IfNothing  Text      `yaml:"ifNothing"`  // what stays open while it is not installed; empty: nothing is known
	Replaces   bool      `yaml:"replaces"`   // see Pack
	Facts      []KBFact  `yaml:"facts"`
	Sources    []Source  `yaml:"sources"`
}

// Issue is a known issue of a KB. A zero Until means that no end is known; FixedBy is
// the KB that ends it, empty if none does.
type Issue struct {
	From    time.Time `yaml:"from"`
	Until   time.Time `yaml:"until"`
	FixedBy string    `yaml:"fixedBy"`
	Text    Text      `yaml:"text"`
	Grade   string    `yaml:"grade"`
	Source  string    `yaml:"source"`
}

// KBFact is one statement about a KB, with its own source.
type KBFact struct {
	Text   Text   `yaml:"text"`
	Grade  string `yaml:"grade"`
	Source string `yaml:"source"`
}

// Class is a kind of update. An update belongs to the class of its KB, else to the
// first class one of whose title patterns matches.
type Class struct {
	patterns   []*regexp.Regexp
	ID         string   `yaml:"id"`
	Name       Text     `yaml:"name"`
	Replaces   bool     `yaml:"replaces"` // see Pack
	KBs        []string `yaml:"kbs"`
	Cumulative bool     `yaml:"cumulative"` // a newer one holds all earlier ones
	Titles     []string `yaml:"titles"`     // regular expressions, any case
}

// Cause is a known reason why updates fail.
type Cause struct {
	ID        string          `yaml:"id"`
	Family    string          `yaml:"family"`
	Refines   string          `yaml:"refines"`
	NoFault   bool            `yaml:"noFault"`   // nothing on the PC is at fault
	Stops     bool            `yaml:"stops"`     // nothing else may be planned beside its own remedies
	Classes   []string        `yaml:"classes"`   // update classes it can hit; empty: any
	Stages    []string        `yaml:"stages"`    // stages it can hit; empty: any
	Prior     float64         `yaml:"prior"`     // share of failures of those classes, a judgement
	Title     Text            `yaml:"title"`     //
	Home      Text            `yaml:"home"`      // for somebody worried
	Expert    Text            `yaml:"expert"`    // for a shop or administrator
	IfNothing Text            `yaml:"ifNothing"` // what happens if nothing is done; empty: nothing beyond the update
	Replaces  bool            `yaml:"replaces"`  // see Pack
	Args      map[string]Rule `yaml:"args"`      // values for Home and Expert: expressions
	Evidence  []Evidence      `yaml:"evidence"`  //
	Condition *Condition      `yaml:"condition"`
	Remedies  Remedies        `yaml:"remedies"`
	Sources   []Source        `yaml:"sources"`
}

// Evidence is one entry for or against a cause.
type Evidence struct {
	ID       string          `yaml:"id"`
	When     Rule            `yaml:"when"`     // condition over machine, failure and kb
	Cite     []Rule          `yaml:"cite"`     // the facts that are shown
	Weight   float64         `yaml:"weight"`   // log-likelihood ratio; negative speaks against
	Confirms bool            `yaml:"confirms"` // this alone proves it
	RulesOut bool            `yaml:"rulesOut"` // this alone disproves it
	Group    string          `yaml:"group"`    // entries of one observation: only the strongest counts
	Args     map[string]Rule `yaml:"args"`
	Text     Text            `yaml:"text"`
	Settle   Text            `yaml:"settle"` // what to look at if it is unseen; empty: it would settle nothing
	Source   Source          `yaml:"source"`
}

// Condition says when a cause is something wrong with the machine even though no
// failure points to it.
type Condition struct {
	When    Rule            `yaml:"when"`
	Verdict string          `yaml:"verdict"` // confirmed or likely
	Cite    []Rule          `yaml:"cite"`
	Args    map[string]Rule `yaml:"args"`
	Text    Text            `yaml:"text"`
}

// Remedies are what cures a cause: all of First that apply, then the first of OneOf
// that applies and is enough, then all of Then that apply.
type Remedies struct {
	First []string `yaml:"first"`
	OneOf []string `yaml:"oneOf"`
	Then  []string `yaml:"then"`
}

// All returns every remedy in order.
func (r Remedies) All() []string {
	all := append([]string{}, r.First...)
	return append(append(all, r.OneOf...), r.Then...)
}

// Remedy is a named cure.
type Remedy struct {
	ID       string          `yaml:"id"`
	Risk     string          `yaml:"risk"`
	Where    []string        `yaml:"where"`
	Title    Text            `yaml:"title"`
	Why      Text            `yaml:"why"`
	Applies  Rule            `yaml:"applies"` // condition: it is possible and enough here; empty: always
	Params   map[string]Rule `yaml:"params"`  // expressions; unseen ones are left out
	Gates    []string        `yaml:"gates"`   // ids of gates.yaml
	Expect   Rule            `yaml:"expect"`  // condition over the Machine read afterwards
	ExpectIs Text            `yaml:"expectText"`
	UndoKind string          `yaml:"undoKind"`
	Undo     Text            `yaml:"undo"`
	IfFails  Text            `yaml:"ifFails"`
	Seconds  int64           `yaml:"seconds"`
	Bytes    Rule            `yaml:"bytes"`    // expression; empty: none
	Cost     float64         `yaml:"cost"`     // person's effort, 1 = a restart
	Prepares bool            `yaml:"prepares"` // only prepares a hard or partition step (a backup)
	File     string          `yaml:"file"`     // what file the person must name, a parameter of the step; empty: none
	Layout   string          `yaml:"layout"`   // how it changes the partition table: a name of plan/layout.go; empty: it does not
	Replaces bool            `yaml:"replaces"` // see Pack
	Sources  []Source        `yaml:"sources"`
}

// Gate must hold right before a step. Without a condition, or where Ask is set and the
// condition does not hold, it is asked of the person.
type Gate struct {
	ID       string `yaml:"id"`
	When     Rule   `yaml:"when"`
	Text     Text   `yaml:"text"`
	Ask      bool   `yaml:"ask"`
	AskLive  bool   `yaml:"askLive"`  // of a running Windows, somebody may answer it where it was not seen
	Replaces bool   `yaml:"replaces"` // see Pack
}

// Answerable reports whether a person may answer a gate that was not seen; live: of a
// running Windows. A nil gate nobody can answer.
func (g *Gate) Answerable(live bool) bool {
	return g != nil && (g.Ask || !g.When.Set() || live && g.AskLive)
}

// Base is all that is known. It is read-only after Load and safe for concurrent use.
type Base struct {
	Name       string // "built-in", with the packs that were added
	Version    string
	Codes      map[string]*Code // by Hex
	KBs        map[string]*KB
	Classes    []Class
	Causes     []*Cause // sorted by id
	Remedies   map[string]*Remedy
	Gates      map[string]*Gate
	Harms      []Harm
	Commands   []Command
	Vendors    Vendors
	texts      map[string]Text
	lifecycles []Lifecycle
	sources    map[string]source // by address, such as cause.pending-reboot
}
