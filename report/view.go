package report

import (
	"slices"

	"updoc/knowledge"
	"updoc/model"
)

// view is a diagnosis in the words of one language, in the order in which people
// read it. Text, HTML and Markdown only arrange it.
type view struct {
	Lang       string
	Title      string
	Data       []string // is my data safe; said first
	Headline   string
	Now        string // the one thing to do now
	Facts      []pair
	Failures   []failureView // those that did not heal
	Healed     []string
	Conditions []causeView
	Steps      []stepView
	PlanEmpty  string   // said where there are no steps
	PlanNotes  []string // said above the steps
	Unseen     []unseenView
	Machine    []pair // for an expert
	Attempts   [][]string
	Partitions [][]string
	Looks      [][]string
	Footer     string
}

type failureView struct {
	ID      string
	Heading string
	Facts   []pair
	Lead    string      // said if no cause is sure
	Causes  []causeView // worth showing first
	Others  []causeView // considered too
	KB      string
	Outcome string

	Contrast  *contrastView
	IfNothing string // what happens if nothing is done
}

type causeView struct {
	ID          string
	Verdict     string // stable word
	Label       string // in the language
	Title       string
	Sentence    string // what is the cause, with how sure
	Because     string
	Home        string
	Expert      string
	Probability string
	For         []findingView
	Against     []findingView
	Missing     []missingView
	Refines     string
}

type findingView struct {
	Text  string
	Place string // short
	Full  string
	Also  []string // further places, short
	ID    string

	Others int // how many further places
}

type missingView struct{ Text, Fact, Reason, How string }

type unseenView struct {
	Text, Artifact, Path, Reason, How, Detail string
	Blocks                                    []string // titles of causes
}

// nothingToInstall is the remedy for an update that its vendor took back.
const nothingToInstall = "nothing-to-install"

// maxPossible is how many merely possible causes are shown first.
const maxPossible = 3

func newView(d *model.Diagnosis, b *knowledge.Base, lang string) *view {
	full := Fill(d, b, lang)
	zone, _ := zoneOf(d.Machine.Clock)
	s := newSpeaker(b, lang, zone)
	v := &view{Lang: s.form.lang, Title: s.ui("title"), Footer: s.ui("footer")}
	for _, id := range dataLines(d) {
		v.Data = append(v.Data, s.ui("data."+id))
	}
	v.Headline, v.Now = s.headline(full), s.now(full)
	v.Facts, v.Machine = s.facts(full), s.machineFacts(full)
	s.addFailures(v, full)
	for _, c := range full.Conditions {
		v.Conditions = append(v.Conditions, s.condition(c, v.Failures))
	}
	s.addSteps(v, full)
	s.addUnseen(v, full)
	v.Attempts, v.Partitions, v.Looks = s.attemptRows(full), s.partitionRows(&full.Machine), s.lookRows(&full.Machine)
	return v
}

// condition says a condition; one that is also the cause of a failure was explained
// there already.
func (s speaker) condition(c model.Cause, failures []failureView) causeView {
	v := s.cause(c, true)
	for _, f := range failures {
		if slices.ContainsFunc(f.Causes, func(k causeView) bool { return k.ID == c.ID && k.Verdict == c.Verdict }) {
			v.Home, v.Because = s.ui("condition.remains"), ""
		}
	}
	return v
}

func (s speaker) headline(d *model.Diagnosis) string {
	outside := func(f model.Failure) bool { return f.Outcome == model.OutcomeFailing }
	if d.Outcome == model.OutcomeFalseError && slices.ContainsFunc(d.Failures, outside) {
		return s.ui("outcome.failing-other")
	}
	return s.word("outcome", d.Outcome)
}

// now names one action. Copying files comes before everything else if the disk fails.
func (s speaker) now(d *model.Diagnosis) string {
	what := s.ui("now.nothing")
	switch {
	case healthLine(&d.Machine) == dataFailing:
		what = s.ui("now.save-files")
	case d.Outcome == model.OutcomeHealthy, d.Outcome == model.OutcomeHealed, d.Outcome == model.OutcomeFalseError:
	case len(d.Plan.Steps) > 0 && d.Plan.Steps[0].Remedy == nothingToInstall:
		what = s.ui("now.nothing-to-install")
		if len(d.Plan.Steps) > 1 {
			what = s.pointing("now.prepare")
		}
	case len(d.Plan.Steps) > 0:
		what = s.say("ui.now.step", model.Args{"title": d.Plan.Steps[0].Title})
	case d.Outcome == model.OutcomeCondition:
		what = s.pointing("now.read")
	case len(d.Unseen) > 0:
		what = s.pointing("now.look")
	}
	return s.say("ui.now", model.Args{"what": what})
}

// pointing says a text that points to a place in the report.
func (s speaker) pointing(id string) string {
	if s.apart {
		return s.ui(id + "-in-report")
	}
	return s.ui(id)
}

func (s speaker) addFailures(v *view, d *model.Diagnosis) {
	for i := range d.Failures {
		f := &d.Failures[i]
		if f.Outcome == model.OutcomeHealed {
			v.Healed = append(v.Healed, s.say("ui.healed.line", model.Args{"name": s.failureName(f), "code": f.Code, "last": f.Last}))
			continue
		}
		v.Failures = append(v.Failures, s.failure(f))
	}
}

func (s speaker) failure(f *model.Failure) failureView {
	v := failureView{ID: f.ID, KB: f.KB, Outcome: f.Outcome, Contrast: s.contrastView(f), IfNothing: f.IfNothing}
	v.Heading = s.say("ui.failure."+f.Outcome, model.Args{"name": s.failureName(f)})
	v.Facts = s.failureFacts(f)
	first := worthShowing(f.Causes)
	for _, c := range f.Causes {
		if slices.Contains(first, c.ID) {
			v.Causes = append(v.Causes, s.cause(c, false))
		} else {
			v.Others = append(v.Others, s.cause(c, false))
		}
	}
	if len(v.Causes) == 0 || v.Causes[0].Verdict == model.VerdictPossible {
		v.Lead = s.ui("not-narrowed")
	}
	return v
}

// worthShowing returns the ids of the causes to show first: the sure ones, else the
// first possible ones that something speaks for, else the first possible ones.
func worthShowing(causes []model.Cause) []string {
	pick := func(limit int, take func(model.Cause) bool) (ids []string) {
		for _, c := range causes {
			if take(c) && len(ids) < limit {
				ids = append(ids, c.ID)
			}
		}
		return ids
	}
	possible := func(c model.Cause) bool { return c.Verdict == model.VerdictPossible }
	for _, ids := range [][]string{
		pick(len(causes), sure),
		pick(maxPossible, func(c model.Cause) bool { return possible(c) && len(c.For) > 0 }),
	} {
		if len(ids) > 0 {
			return ids
		}
	}
	return pick(maxPossible, possible)
}

func sure(c model.Cause) bool {
	return c.Verdict == model.VerdictConfirmed || c.Verdict == model.VerdictLikely
}

func (s speaker) failureName(f *model.Failure) string {
	switch {
	case f.KB != "":
		return f.KB
	case f.Title != "":
		return f.Title
	}
	return s.ui("failure.nameless")
}

func (s speaker) failureFacts(f *model.Failure) []pair {
	update := s.failureName(f)
	if f.Class != "" && f.Class != "unknown" && s.has("class."+f.Class) {
		class := s.say("class."+f.Class, nil)
		if f.ClassFrom == "evidence" {
			class = s.say("ui.failure.class-by-evidence", model.Args{"class": class})
		}
		update += " (" + class + ")"
	}
	out := []pair{{s.ui("label.update"), update}}
	if f.KB != "" && f.Title != "" {
		out = append(out, pair{s.ui("label.title"), f.Title})
	}
	out = append(out, pair{s.ui("label.error"), s.code(f.Code)})
	if f.InnerCode != "" && f.InnerCode != f.Code {
		out = append(out, pair{s.ui("label.inner"), s.code(f.InnerCode)})
	}
	return append(out, pair{s.ui("label.stage"), s.word("stage", f.Stage)}, pair{s.ui("label.failed"), s.failedTimes(f)})
}

func (s speaker) failedTimes(f *model.Failure) string {
	n := 0
	for _, a := range f.Attempts {
		if a.Outcome == model.AttemptFailed {
			n++
		}
	}
	args := model.Args{"n": int64(n), "last": f.Last}
	if n == 1 {
		return s.say("ui.times.once", args)
	}
	return s.say("ui.times.failed", args)
}
