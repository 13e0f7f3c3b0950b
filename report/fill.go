package report

import (
	"slices"

	"updoc/knowledge"
	"updoc/model"
)

// Fill returns a copy of a diagnosis with all texts in a language ("ja", else
// English). d is not changed.
func Fill(d *model.Diagnosis, b *knowledge.Base, lang string) *model.Diagnosis {
	zone, _ := zoneOf(d.Machine.Clock)
	s := newSpeaker(b, lang, zone)
	out := *d
	out.Lang = s.form.lang
	out.Failures = slices.Clone(d.Failures)
	for i := range out.Failures {
		f := &out.Failures[i]
		f.Causes, f.Contrast = s.causes(f.Causes), s.contrast(f.Contrast)
		f.IfNothing = s.ifNothing(f)
	}
	out.Conditions = s.causes(d.Conditions)
	out.Unseen = slices.Clone(d.Unseen)
	for i := range out.Unseen {
		out.Unseen[i].Text = s.unseen(out.Unseen[i])
	}
	out.Plan = s.plan(d)
	return &out
}

// FillPlan returns a copy of the plan of a diagnosis with all texts in a language.
func FillPlan(d *model.Diagnosis, b *knowledge.Base, lang string) model.Plan {
	zone, _ := zoneOf(d.Machine.Clock)
	return newSpeaker(b, lang, zone).plan(d)
}

func (s speaker) causes(in []model.Cause) []model.Cause {
	out := slices.Clone(in)
	for i := range out {
		c := &out[i]
		at := "cause." + c.ID + "."
		c.Text = &model.Words{Title: s.say(at+"title", c.Args)}
		if c.Verdict != model.VerdictRuledOut { // the rest speaks as if it were so
			c.Text.Home, c.Text.Expert = s.optional(at+"home", c.Args), s.optional(at+"expert", c.Args)
			c.Text.IfNothing = s.optional(at+"ifNothing", c.Args)
		}
		c.For, c.Against = s.findings(c.For), s.findings(c.Against)
		c.Missing = slices.Clone(c.Missing)
		for j := range c.Missing {
			c.Missing[j].Text = s.optional(c.Missing[j].TextID, nil)
		}
	}
	return out
}

func (s speaker) findings(in []model.Finding) []model.Finding {
	out := slices.Clone(in)
	for i := range out {
		out[i].Text = s.say(out[i].TextID, out[i].Args)
	}
	return out
}

// unseen says what could not be seen, why, and how to see it.
func (s speaker) unseen(u model.UnseenEntry) string {
	what := s.artifact(u.Artifact, u.Path)
	text := s.say("ui.reason."+u.Reason, model.Args{"what": what, "What": upperFirst(what)})
	if how := s.optional("ui.how."+u.How, nil); u.How != "" && how != "" {
		text += s.gapAfterSentence() + how
	}
	return text
}

// artifact names a kind of evidence. A file is named by its path.
func (s speaker) artifact(artifact, path string) string {
	switch {
	case artifact == "file" && path != "":
		return baseName(path)
	case s.has("ui.artifact." + artifact):
		return s.ui("artifact." + artifact)
	case artifact == "":
		return s.ui("artifact.evidence")
	}
	return artifact
}

// gapAfterSentence separates two sentences: Japanese ones follow each other directly.
func (s speaker) gapAfterSentence() string {
	if s.form.lang == "ja" {
		return ""
	}
	return " "
}

func (s speaker) plan(d *model.Diagnosis) model.Plan {
	out := d.Plan
	out.Steps = slices.Clone(d.Plan.Steps)
	for i := range out.Steps {
		s.step(&out.Steps[i], d)
	}
	out.Limits = slices.Clone(d.Plan.Limits)
	for i := range out.Limits {
		l := &out.Limits[i]
		l.Message, l.Hint = s.say("error."+l.Code, s.inWords(l.Args)), s.optional("error."+l.Code+".hint", s.inWords(l.Args))
	}
	return out
}

func (s speaker) step(step *model.Step, d *model.Diagnosis) {
	args := stepArgs(step, d)
	at := "remedy." + step.Remedy + "."
	step.Title, step.Why = s.say(at+"title", args), s.optional(at+"why", args)
	step.ExpectIs, step.IfFails = s.optional(at+"expect", args), s.optional(at+"if-fails", args)
	step.Undo = s.optional(at+"undo", args)
	if step.Undo == "" && step.UndoKind != "" {
		step.Undo = s.word("undo", step.UndoKind)
	}
	step.Gates = slices.Clone(step.Gates)
	for i, g := range step.Gates {
		step.Gates[i].Text = s.say(at+"gate."+g.ID, args)
	}
}

// stepArgs are the parameters of a step over the arguments of its cause.
func stepArgs(step *model.Step, d *model.Diagnosis) model.Args {
	args := model.Args{}
	add := func(from model.Args) {
		for k, v := range from {
			args[k] = v
		}
	}
	if c := causeOf(step, d); c != nil {
		add(c.Args)
	}
	add(step.Params)
	return args
}

func causeOf(step *model.Step, d *model.Diagnosis) *model.Cause {
	for i := range d.Failures {
		for j := range d.Failures[i].Causes {
			if c := &d.Failures[i].Causes[j]; c.ID == step.Cause && slices.Contains(step.For, d.Failures[i].ID) {
				return c
			}
		}
	}
	for i := range d.Conditions {
		if c := &d.Conditions[i]; c.ID == step.Cause {
			return c
		}
	}
	return nil
}
