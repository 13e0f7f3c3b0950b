package report

import (
	"fmt"
	"strconv"
	"strings"

	"updoc/knowledge"
	"updoc/model"
)

// CodeFacts are the facts about an error code. Facility and Number are absent where
// the bits do not mean that.
type CodeFacts struct {
	Symbol   string `json:"symbol"` // names, separated by spaces; empty: Microsoft has published none
	Wrapper  bool   `json:"wrapper"`
	Success  bool   `json:"success"`
	Facility *int   `json:"facility,omitempty"`
	Number   *int   `json:"number,omitempty"`
	Advice   string `json:"advice"` // a word of knowledge.Advices, or "diagnose"
}

// codeSources names the public document that defines the codes of a family.
var codeSources = map[string]knowledge.Source{
	"WIN32":     {Grade: "A", Ref: "winerror.h"},
	"COM/TRUST": {Grade: "A", Ref: "winerror.h"},
	"SETUPAPI":  {Grade: "A", Ref: "winerror.h"},
	"WU":        {Grade: "A", Ref: "wuerror.h"},
	"BITS":      {Grade: "A", Ref: "bitsmsg.h"},
	"DO":        {Grade: "A", Ref: "deliveryoptimizationerrors.h"},
	"CBS":       {Grade: "C", Ref: "string tables of the servicing stack"},
	"PSFX":      {Grade: "C", Ref: "string tables of the servicing stack"},
	"DEFENDER":  {Grade: "A", Ref: "Microsoft, error codes of Microsoft Defender Antivirus"},
	"SETUP":     {Grade: "A", Ref: "Microsoft, Windows Setup command-line options and upgrade error codes"},
}

// code answers a frightened reader first: data, meaning, smallest step; then what
// people stumble over; then what stands behind it.
func (e explainer) code(x *Explained) {
	c := e.base.Codes[x.ID]
	if c == nil {
		c = &knowledge.Code{Hex: x.ID, Success: !strings.ContainsAny(x.ID[2:3], "89abcdef")}
	}
	x.Code = e.codeFacts(c)
	x.Sources = e.codeSource(c)
	x.Title = e.say("explain.title.code", model.Args{"id": x.ID})
	if c.Success {
		x.Title = e.say("explain.title.success", model.Args{"id": x.ID})
	}
	causes := e.base.CausesNaming(x.ID)
	for _, k := range causes {
		x.Causes = append(x.Causes, k.ID)
	}
	x.add(e.dataOf(c))
	x.add(e.meaning(c))
	if c.Wrapper {
		e.wrapper(x, causes)
		return
	}
	x.add(e.section("now", "advice."+x.Code.Advice))
	if !c.Success {
		x.add(e.causeList("causes.code", causes))
		x.add(e.find(causes))
	}
	x.add(e.details(c))
}

func (e explainer) wrapper(x *Explained, causes []*knowledge.Cause) {
	x.add(e.section("now", "now.restart", "now.check", "now.calm"))
	x.add(e.section("download", "download"))
	x.add(e.section("room", "room.place", "room.delete"))
	x.add(e.section("fake", "fake.tools", "fake.phone"))
	x.add(e.causeList("causes.wrapper", causes))
	x.add(e.find(causes))
	x.add(e.details(e.base.Codes[x.ID]))
	expert := e.section("expert", "find.wrapper")
	expert.Expert = true
	x.add(expert)
}

func (e explainer) dataOf(c *knowledge.Code) Section {
	switch {
	case c.Wrapper:
		return e.section("data", "data.wrapper", "data.slow-disk")
	case c.Success:
		return e.section("data", "data.not-needed")
	case c.Meaning.EN == "":
		return e.section("data", "data.unknown")
	case c.Advice == "back-up":
		return e.section("data", "data.disk")
	}
	return e.section("data", "data.failure")
}

func (e explainer) meaning(c *knowledge.Code) Section {
	s := e.section("meaning")
	if m := c.Meaning.In(e.form.lang); m != "" {
		s.Texts = append(s.Texts, m)
	} else {
		s.Texts = append(s.Texts, e.text("meaning.unknown"))
	}
	if c.Wrapper {
		s.Texts = append(s.Texts, e.text("meaning.wrapper"))
	}
	return s
}

func (e explainer) codeFacts(c *knowledge.Code) *CodeFacts {
	f := &CodeFacts{Symbol: c.Symbol, Wrapper: c.Wrapper, Success: c.Success, Advice: c.Advice}
	if f.Advice == "" {
		f.Advice = "diagnose"
		if c.Success {
			f.Advice = "nothing"
		}
	}
	if h, ok := knowledge.SplitHResult(c.Hex); ok && !h.NT && h.Facility != 0 {
		facility, number := int(h.Facility), int(h.Code)
		f.Facility, f.Number = &facility, &number
	}
	return f
}

// details are what somebody searches for.
func (e explainer) details(c *knowledge.Code) Section {
	s := e.section("facts")
	s.Facts = []Label{e.label("name", c.Symbol), e.label("kind", e.text("kind."+kindOf(c))), e.label("parts", e.parts(c))}
	return s
}

func kindOf(c *knowledge.Code) string {
	switch {
	case c.Wrapper:
		return "wrapper"
	case c.Success:
		return "success"
	}
	return "failure"
}

// parts takes a code apart, as far as its bits tell.
func (e explainer) parts(c *knowledge.Code) string {
	h, ok := knowledge.SplitHResult(c.Hex)
	if !ok {
		return ""
	}
	if n, ok := h.Win32(); ok {
		return e.say("explain.parts.win32", model.Args{"n": strconv.Itoa(int(n))})
	}
	if h.NT {
		return e.text("parts.nt")
	}
	name := "explain.facility." + strconv.Itoa(int(h.Facility))
	if !e.has(name) || h.Facility == 0 && !strings.HasPrefix(c.Hex, "0x8000") {
		return ""
	}
	return e.say("explain.parts.facility", model.Args{"name": e.say(name, nil), "n": fmt.Sprintf("0x%x", h.Code)})
}

func (e explainer) codeSource(c *knowledge.Code) []ExplainSource {
	src, ok := codeSources[c.Family]
	switch {
	case c.Meaning.EN == "":
		return []ExplainSource{}
	case !ok || c.Symbol == "" && c.Family != "SETUP":
		src = knowledge.Source{Grade: "B", Ref: "reports of this code"}
	}
	return []ExplainSource{{src.Grade, src.Ref}}
}

// causeList lists causes, one line each.
func (e explainer) causeList(intro string, causes []*knowledge.Cause) Section {
	if len(causes) == 0 {
		return Section{}
	}
	s := e.section("causes", intro)
	for _, c := range causes {
		id := "explain.cause-line"
		if c.NoFault {
			id += ".no-fault"
		}
		s.Items = append(s.Items, e.say(id, model.Args{"title": c.Title.In(e.form.lang), "id": c.ID}))
	}
	return s
}

// find says how the cause is found.
func (e explainer) find(causes []*knowledge.Cause) Section {
	s := e.section("find", "find.diagnose", "find.example")
	if len(causes) > 0 {
		s.Texts = append(s.Texts, e.say("explain.find.more", model.Args{"id": causes[0].ID}))
	}
	return s
}

// typed says what was read as the id if the two look different.
func (e explainer) typed(x *Explained, typed string) {
	if typed == "" || sameID(typed, x.ID) || x.Kind != knowledge.TopicCode && x.Kind != knowledge.TopicKB {
		return
	}
	x.Typed = typed
	if c := e.base.Codes[x.ID]; c != nil && strings.Contains(" "+c.Symbol+" ", " "+strings.ToUpper(typed)+" ") {
		return // a name of the code is shown anyway
	}
	for i := range x.Sections {
		if id := x.Sections[i].ID; id == "meaning" || id == "about" {
			x.Sections[i].Texts = append([]string{e.say("explain.read-as", model.Args{"typed": typed, "id": x.ID})}, x.Sections[i].Texts...)
			return
		}
	}
}

// sameID reports whether somebody would take the two for the same.
func sameID(typed, id string) bool {
	bare := func(s string) string { return strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(s), "0x"), "kb") }
	return bare(typed) == bare(id)
}
