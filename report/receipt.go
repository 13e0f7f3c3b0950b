package report

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"updoc/knowledge"
	"updoc/model"
)

// WriteReceipt writes what a fix, resume or undo came to, in the format of o. before is
// the diagnosis made first, whose facts the drawings use; nil if nothing was looked at.
// JSON is the receipt as it is.
func WriteReceipt(w io.Writer, r *model.Receipt, before *model.Diagnosis, b *knowledge.Base, o Options) error {
	if o.Format == "json" {
		return WriteJSON(w, r)
	}
	s := newSpeaker(b, o.Lang, zoneOfDiagnosis(before))
	title := s.ui("receipt.title")
	if r.Verdict == model.FixDry {
		title = s.ui("receipt.title.dry-run")
	}
	p := paper{Title: title, Lead: []string{s.ofLive(r, "verdict."+outcomeOf(r))}}
	p.add(s.receiptNext(r), o.Verbose)
	p.add(s.waiting(r.Waiting), o.Verbose)
	p.add(s.receiptStopped(r), o.Verbose)
	s.receiptBody(&p, r, before, o.Verbose)
	p.add(s.receiptJournal(r, o.Verbose), o.Verbose)
	return writePaper(w, p, b, o)
}

// WriteProposal writes what is about to be written, for the person who is asked: the
// diagnosis in short, the steps, both partition maps, ranges and bytes.
func WriteProposal(w io.Writer, r *model.Receipt, d *model.Diagnosis, b *knowledge.Base, o Options) error {
	s := newSpeaker(b, o.Lang, zoneOfDiagnosis(d))
	p := paper{Title: s.ui("ask.propose"), Lead: []string{s.ui("ask.tried")}}
	if d != nil {
		p.add(s.proposalDiagnosis(d, b), o.Verbose)
	}
	s.receiptBody(&p, r, d, true)
	return writePaper(w, p, b, o)
}

func (s speaker) proposalDiagnosis(d *model.Diagnosis, b *knowledge.Base) paperSection {
	v := newView(d, b, s.form.lang)
	out := s.section("ask.diagnosis", v.Headline)
	for _, f := range v.Failures {
		for _, c := range f.Causes[:min(1, len(f.Causes))] {
			out.Items = append(out.Items, f.Heading+": "+c.Sentence)
		}
	}
	for _, c := range v.Conditions {
		out.Items = append(out.Items, c.Sentence)
	}
	return out
}

// receiptBody is what a receipt and a proposal have in common.
func (s speaker) receiptBody(p *paper, r *model.Receipt, d *model.Diagnosis, verbose bool) {
	p.add(s.receiptSteps(r), verbose)
	p.add(s.receiptOperations(r), verbose)
	notes := s.section("receipt.notes")
	if r.Backup != "" {
		notes.Items = append(notes.Items, s.say("ui.note.backed-up", model.Args{"path": r.Backup}))
	}
	for _, n := range r.Notes {
		notes.Items = append(notes.Items, s.ui("note."+n))
	}
	p.add(notes, verbose)
	p.add(s.receiptMaps(r, d), verbose)
	p.add(s.receiptChanged(r), verbose)
	p.add(s.receiptRanges(r), verbose)
}

func (s speaker) receiptSteps(r *model.Receipt) paperSection {
	out := s.section("receipt.steps")
	for _, st := range r.Steps {
		line := s.say("remedy."+st.Remedy+".title", st.Args) + " [" + s.ofLive(r, "step."+stepWord(r, st)) + "]"
		if detail := s.stepDetail(st, isLive(r)); detail != "" {
			line += ": " + detail
		}
		out.Items = append(out.Items, line)
	}
	if len(r.Steps) == 0 {
		out.Texts = []string{s.ui("receipt.steps.none")}
	}
	return out
}

// stepWord is the verdict of a step; of what was only tried out it says that it will be
// done.
func stepWord(r *model.Receipt, st model.ReceiptStep) string {
	if st.Verdict == model.StepDone && (r.Verdict == model.FixDry || r.Verdict == "") {
		return "would"
	}
	return st.Verdict
}

// stepDetail says why a step is as it is: an error in words, a text, or a closed gate.
// live: of the running Windows.
func (s speaker) stepDetail(st model.ReceiptStep, live bool) string {
	if st.Detail == "gate-unseen" && !s.base.Gates[st.Gate].Answerable(live) {
		st.Detail = "gate-not-seen"
	}
	args := model.Args{"gate": st.Gate, "risk": st.Risk, "remedy": st.Remedy}
	for name, v := range st.Args {
		args[name] = v
	}
	args = s.inWords(args)
	if s.has("error." + st.Detail) {
		text := s.say("error."+st.Detail, args)
		if how := s.optional("ui.gate-how."+st.Gate, nil); how != "" && st.Detail == "gate-unseen" {
			text += s.gapAfterSentence() + how
		}
		return text
	}
	if text := s.optional(st.Detail, args); text != "" {
		return text
	}
	if st.Gate != "" {
		return fmt.Sprint(args["gate"])
	}
	return ""
}

// inWords replaces ids of gates and remedies by what people read. It leaves args as it is.
func (s speaker) inWords(args model.Args) model.Args {
	out := model.Args{}
	for name, v := range args {
		out[name] = v
		id, ok := v.(string)
		switch {
		case !ok:
		case name == "gate" && s.base.Gates[id] != nil:
			out[name], out["gateName"] = s.base.Gates[id].Text.In(s.form.lang), id
		case name == "remedy" && s.base.Remedies[id] != nil:
			out[name] = s.base.Remedies[id].Title.In(s.form.lang)
		}
	}
	return out
}

func (s speaker) receiptNext(r *model.Receipt) paperSection {
	out := s.section("receipt.next")
	if r.Verdict != "" {
		out.Texts = []string{s.ofLive(r, "next."+outcomeOf(r))}
	}
	if r.Waiting != nil && s.has("ui.live.next.waiting."+r.Waiting.For) {
		out.Texts = []string{s.ui("live.next.waiting." + r.Waiting.For)}
	}
	return out
}

// writes reports whether the disk holds what the receipt tells of.
func writes(r *model.Receipt) bool {
	switch r.Verdict {
	case model.FixCured, model.FixWaiting, model.FixHalfDone, model.FixUndone:
		return true
	}
	return false
}

func (s speaker) receiptChanged(r *model.Receipt) paperSection {
	if r.Changed.Bytes == 0 {
		return paperSection{}
	}
	out := s.section("receipt.changed")
	took := s.ui("receipt.took")
	if !writes(r) {
		out = s.section("receipt.changed.would")
		took = s.ui("receipt.takes")
	}
	out.fact(s.ui("receipt.bytes"), s.say("ui.receipt.bytes.is", model.Args{"bytes": r.Changed.Bytes, "n": int64(len(r.Changed.Ranges))}))
	if r.Changed.Journal > 0 {
		out.fact(s.ui("receipt.journal-size"), sizeOf(float64(r.Changed.Journal)))
	}
	switch {
	case r.Changed.Seconds >= 60:
		out.fact(took, s.say("ui.receipt.takes.is", model.Args{"seconds": r.Changed.Seconds}))
	case r.Changed.Seconds > 0:
		out.fact(took, s.ui("receipt.takes.moment"))
	}
	return out
}

// receiptRanges lists the stretches, for an expert.
func (s speaker) receiptRanges(r *model.Receipt) paperSection {
	out := s.section("receipt.ranges")
	out.Expert = true
	out.Rows = [][]string{{s.ui("label.start"), s.ui("label.size")}}
	for _, x := range r.Changed.Ranges {
		out.Rows = append(out.Rows, []string{commas(int64(x.Start)), commas(int64(x.Size))})
	}
	return out
}

func (s speaker) receiptJournal(r *model.Receipt, verbose bool) paperSection {
	if r.ID == "" || r.Verdict == model.FixDry {
		return paperSection{}
	}
	if isLive(r) {
		return s.liveJournal(r, verbose)
	}
	out := s.section("receipt.journal", s.ui("receipt.journal.text"))
	if r.Verdict == model.FixUndone {
		out.Texts = []string{s.ui("receipt.journal.text.undone")}
	}
	out.fact(s.ui("receipt.folder"), r.Folder)
	out.fact(s.ui("receipt.disk"), r.Source.Path)
	if r.Verdict == model.FixHalfDone {
		out.fact(s.ui("receipt.resume"), s.journalCommand("resume", r))
	}
	if writes(r) && r.Verdict != model.FixUndone {
		out.fact(s.ui("receipt.undo"), s.journalCommand("undo", r))
	}
	if verbose {
		out.fact(s.ui("receipt.state"), r.State)
		out.fact(s.ui("receipt.hash"), r.Journal)
		out.fact(s.ui("receipt.started"), s.form.showTime(r.Started, "stamp"))
		out.fact(s.ui("receipt.ended"), s.form.showTime(r.Ended, "stamp"))
	}
	return out
}

// journalCommand is what to type, with the folder, which need not be the usual one.
func (s speaker) journalCommand(verb string, r *model.Receipt) string {
	return "updoc " + verb + " " + r.ID + " --journal " + quoted(filepath.Dir(r.Folder))
}

// quoted is a path as a shell takes it.
func quoted(path string) string {
	if strings.ContainsAny(path, " '\"$&;()<>|*?\\") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}
