package report

import (
	"io"
	"strconv"
	"strings"

	"updoc/knowledge"
	"updoc/model"
)

// How much a short text shows; -v shows all.
const (
	shortUnseen = 8
	shortHealed = 3
	// of the reasons against the cause that comes next
	shortContrast = 2
)

// WriteText writes a diagnosis as text for a terminal: short and for a beginner, or
// everything if o.Verbose.
func WriteText(w io.Writer, d *model.Diagnosis, b *knowledge.Base, o Options) error {
	v := newView(d, b, o.Lang)
	t := newText(b, o)
	t.summary(v)
	for _, f := range v.Failures {
		t.failure(f)
	}
	t.conditions(v)
	t.steps(v)
	t.unseen(v)
	t.healed(v)
	if t.verbose {
		t.details(v)
	} else {
		t.blank()
		t.para(0, t.say.ui("more"))
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}

// WritePlanText writes the steps only.
func WritePlanText(w io.Writer, d *model.Diagnosis, b *knowledge.Base, o Options) error {
	v := newView(d, b, o.Lang)
	t := newText(b, o)
	t.title(t.say.ui("plan-title"))
	for _, line := range v.Data {
		t.para(0, line)
	}
	t.steps(v)
	_, err := io.WriteString(w, t.out.String())
	return err
}

// textReport writes a view to a screen.
type textReport struct {
	*screen
	say     speaker
	verbose bool
}

func newText(b *knowledge.Base, o Options) *textReport {
	return &textReport{newScreen(o), newSpeaker(b, o.Lang, nil), o.Verbose}
}

func (t *textReport) title(text string) {
	t.bold(text)
	t.line(strings.Repeat("=", t.ruler.width(text)))
}

func (t *textReport) summary(v *view) {
	t.title(v.Title)
	for _, line := range v.Data {
		t.para(0, line)
	}
	t.blank()
	t.para(0, v.Headline)
	t.para(0, v.Now)
	t.blank()
	t.pairs(0, v.Facts)
}

func (t *textReport) failure(f failureView) {
	t.heading(f.Heading)
	t.pairs(0, f.Facts)
	if f.Lead != "" {
		t.blank()
		t.para(0, f.Lead)
	}
	for _, c := range f.Causes {
		t.cause(c)
	}
	t.contrast(f)
	if !t.verbose || len(f.Others) == 0 {
		return
	}
	t.blank()
	t.bold(t.say.ui("head.other-causes"))
	for _, c := range f.Others {
		t.cause(c)
	}
}

// contrast says in a few lines why not the next cause, and what happens if nothing is
// done; -v says all of it.
func (t *textReport) contrast(f failureView) {
	if c := f.Contrast; c != nil {
		t.blank()
		t.para(2, c.Head)
		for i, item := range c.Items {
			if i == shortContrast && !t.verbose {
				break
			}
			t.item(2, item.Text)
			if item.Place != "" && t.verbose {
				t.hang(4, t.say.ui("label.place")+": ", item.Place)
			}
		}
	}
	if f.IfNothing != "" {
		t.blank()
		t.para(2, t.say.ui("head.if-nothing")+": "+f.IfNothing)
	}
}

func (t *textReport) conditions(v *view) {
	if len(v.Conditions) == 0 {
		return
	}
	t.heading(t.say.ui("head.conditions"))
	for _, c := range v.Conditions {
		t.cause(c)
	}
}

func (t *textReport) cause(c causeView) {
	t.blank()
	t.para(0, "["+c.Label+"] "+c.Sentence)
	t.para(2, c.Home)
	if c.Verdict != model.VerdictPossible {
		t.para(2, c.Because)
	}
	if t.verbose {
		if c.Expert != "" {
			t.para(2, t.say.ui("head.expert")+": "+c.Expert)
		}
		t.para(2, t.say.ui("label.id")+": "+c.ID+" / "+t.say.ui("label.probability")+": "+c.Probability)
	}
	t.findings(t.say.ui("head.evidence"), c.For)
	t.against(c)
	if len(c.Missing) > 0 && (t.verbose || c.Verdict != model.VerdictConfirmed) {
		t.missing(c.Missing)
	}
}

func (t *textReport) against(c causeView) {
	if len(c.Against) > 0 {
		t.findings(t.say.ui("head.against"), c.Against)
		return
	}
	if len(c.For) > 0 {
		t.para(2, t.say.ui("head.against")+": "+t.say.ui("against.none"))
	}
}

func (t *textReport) findings(head string, list []findingView) {
	if len(list) == 0 {
		return
	}
	t.para(2, head)
	for _, f := range list {
		t.item(2, f.Text)
		if !t.verbose {
			t.hang(4, t.say.ui("label.place")+": ", t.say.placeLine(f))
			continue
		}
		t.hang(4, t.say.ui("label.place")+": ", f.Full)
		for _, also := range f.Also {
			t.hang(4, t.say.ui("label.place")+": ", also)
		}
		t.hang(4, t.say.ui("label.id")+": ", f.ID)
	}
}

func (t *textReport) missing(list []missingView) {
	t.para(2, t.say.ui("head.settle"))
	for _, m := range list {
		t.item(2, m.Text)
		t.hang(4, t.say.ui("label.reason")+": ", m.Reason)
		if t.verbose {
			t.hang(4, t.say.ui("label.id")+": ", m.Fact)
			t.para(4, m.How)
		}
	}
}

func (t *textReport) steps(v *view) {
	t.heading(t.say.ui("head.plan"))
	if len(v.Steps) == 0 {
		t.para(0, v.PlanEmpty)
		return
	}
	for _, note := range v.PlanNotes {
		t.para(0, note)
		t.blank()
	}
	for i, st := range v.Steps {
		if i > 0 {
			t.blank()
		}
		t.step(st)
	}
}

func (t *textReport) step(st stepView) {
	t.hang(0, strconv.Itoa(st.N)+". ", st.Title)
	t.para(3, st.Why)
	t.para(3, st.Note)
	facts := st.Facts
	if t.verbose {
		facts = append(facts, pair{t.say.ui("label.for-what"), st.Serves}, pair{t.say.ui("label.expect"), st.Expect})
		facts = append(facts, pair{t.say.ui("label.id"), st.Remedy + " " + st.Risk})
	}
	if st.Risk != model.RiskLook {
		facts = append(facts, pair{t.say.ui("label.if-fails"), st.IfFails})
	}
	t.pairs(3, facts)
	t.gates(st)
	if len(st.Otherwise) > 0 {
		t.hang(3, t.say.ui("label.otherwise")+": ", t.say.form.list(st.Otherwise))
	}
	if t.verbose {
		for _, p := range st.Params {
			t.hang(5, p.Label+" = ", p.Text)
		}
	}
}

func (t *textReport) gates(st stepView) {
	if len(st.Gates) == 0 {
		return
	}
	t.para(3, t.say.ui("label.gates"))
	met := 0
	for _, g := range st.Gates {
		if g.State == model.GateOpen && !t.verbose {
			met++
			continue
		}
		t.hang(3, "- ", g.Text+" ["+g.Label+"]")
	}
	if met > 0 {
		t.hang(3, "- ", t.say.say("ui.gates.met", model.Args{"n": int64(met)}))
	}
	t.para(3, st.Blocked)
}

func (t *textReport) unseen(v *view) {
	t.heading(t.say.ui("head.unseen"))
	if len(v.Unseen) == 0 {
		t.para(0, t.say.ui("unseen.none"))
	}
	for i, u := range v.Unseen {
		if !t.verbose && i == shortUnseen {
			t.item(0, t.say.say("ui.and-more-causes", model.Args{"n": int64(len(v.Unseen) - i)}))
			return
		}
		t.item(0, u.Text)
		if t.verbose {
			t.para(2, strings.TrimSpace(u.Path+" "+u.Detail))
			if len(u.Blocks) > 0 {
				t.hang(2, t.say.ui("label.blocks")+": ", t.say.form.list(u.Blocks))
			}
		}
	}
}

func (t *textReport) healed(v *view) {
	if len(v.Healed) == 0 {
		return
	}
	t.heading(t.say.ui("head.healed"))
	for i, line := range v.Healed {
		if !t.verbose && i == shortHealed {
			t.item(0, t.say.say("ui.and-more-causes", model.Args{"n": int64(len(v.Healed) - i)}))
			return
		}
		t.item(0, line)
	}
}

func (t *textReport) details(v *view) {
	t.heading(t.say.ui("head.machine"))
	t.pairs(0, v.Machine)
	for _, part := range []struct {
		head string
		rows [][]string
	}{{"head.partitions", v.Partitions}, {"head.attempts", t.attempts(v.Attempts)}, {"head.looks", v.Looks}} {
		if len(part.rows) > 0 {
			t.heading(t.say.ui(part.head))
			t.table(0, part.rows)
		}
	}
}

// attempts fits the table of attempts to a terminal: long names are cut, codes and
// place share the last column.
func (t *textReport) attempts(rows [][]string) [][]string {
	var out [][]string
	for _, row := range rows {
		last := row[5]
		if row[4] != "" {
			last = row[4] + t.say.ui("list-comma") + last
		}
		out = append(out, []string{row[0], t.cond.Truncate(row[1], 20, "..."), row[2], row[3], last})
	}
	return out
}
