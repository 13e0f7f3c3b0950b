package report

import (
	"io"
	"strings"

	"updoc/knowledge"
	"updoc/model"
)

// isLive tells of a receipt of the running Windows.
func isLive(r *model.Receipt) bool { return r.Source.Kind == "live" }

// outcomeOf is the verdict; "left" where a running Windows waits for nothing by which a
// repair could go on: what remains is a person's.
func outcomeOf(r *model.Receipt) string {
	if isLive(r) && r.Verdict == model.FixWaiting && r.Waiting == nil {
		return "left"
	}
	return r.Verdict
}

// ofLive is a text of a receipt, as it is said of the running Windows if that differs.
func (s speaker) ofLive(r *model.Receipt, id string) string {
	if isLive(r) && s.has("ui.live."+id) {
		return s.ui("live." + id)
	}
	return s.ui("receipt." + id)
}

// waiting says what is waited for, and what the person does.
func (s speaker) waiting(w *model.Waiting) paperSection {
	out := s.section("live.waiting")
	if w != nil {
		out.fact(s.ui("live.waiting"), s.ui("live.waiting."+w.For))
		out.fact(s.ui("live.waiting.since"), s.form.showTime(w.Since, "stamp"))
		out.fact(s.ui("live.waiting.text"), s.optional(w.Text, nil))
	}
	return out
}

// receiptStopped names a loop: what was tried, and what is still seen.
func (s speaker) receiptStopped(r *model.Receipt) paperSection {
	out := s.section("live.stopped")
	if r.Stopped == nil {
		return out
	}
	out.Texts = []string{s.ui("live.stopped." + r.Stopped.Code)}
	out.fact(s.ui("live.stopped.tried"), s.titles("remedy", r.Stopped.Tried))
	out.fact(s.ui("live.stopped.seen"), s.titles("cause", r.Stopped.Seen))
	return out
}

// titles are the titles of remedies or causes.
func (s speaker) titles(kind string, ids []string) string {
	var out []string
	for _, id := range ids {
		out = append(out, s.say(kind+"."+id+".title", nil))
	}
	return s.form.list(out)
}

// receiptOperations lists what a dry run on a running Windows would do, for an expert.
func (s speaker) receiptOperations(r *model.Receipt) paperSection {
	out := s.section("live.operations")
	out.Expert = true
	for _, st := range r.Steps {
		if len(st.Operations) > 0 {
			out.Items = append(out.Items, st.Remedy+": "+strings.Join(st.Operations, "; "))
		}
	}
	return out
}

// liveJournal says where the journal of a running Windows lies, and how to go back.
func (s speaker) liveJournal(r *model.Receipt, verbose bool) paperSection {
	out := s.section("receipt.journal")
	out.fact(s.ui("receipt.folder"), r.Folder)
	if r.Verdict != model.FixUndone && r.Verdict != model.FixRefused {
		out.fact(s.ui("receipt.undo"), "updoc undo")
	}
	if verbose {
		out.fact(s.ui("receipt.state"), r.State)
		out.fact(s.ui("receipt.hash"), r.Journal)
		out.fact(s.ui("receipt.started"), s.form.showTime(r.Started, "stamp"))
		out.fact(s.ui("receipt.ended"), s.form.showTime(r.Ended, "stamp"))
	}
	return out
}

// WriteLiveProposal writes what is about to be done on the running Windows, for the
// person who is asked: the diagnosis in short, and each step with risk, time and undo.
func WriteLiveProposal(w io.Writer, steps []model.Step, d *model.Diagnosis, b *knowledge.Base, o Options) error {
	s := newSpeaker(b, o.Lang, zoneOfDiagnosis(d))
	p := paper{Title: s.ui("ask.propose"), Lead: []string{s.ui("ask.live")}}
	if d != nil {
		p.add(s.proposalDiagnosis(d, b), o.Verbose)
	}
	out := s.section("receipt.steps")
	for _, st := range steps {
		out.Items = append(out.Items, s.proposedStep(st))
	}
	p.add(out, o.Verbose)
	return writePaper(w, p, b, o)
}

func (s speaker) proposedStep(st model.Step) string {
	line := []string{s.say("remedy."+st.Remedy+".title", st.Params), s.ui("ask.live.risk") + ": " + st.Risk}
	if st.Seconds > 0 {
		line = append(line, s.ui("ask.live.time")+": "+s.say("ui.receipt.takes.is", model.Args{"seconds": st.Seconds}))
	}
	if undo := s.optional("remedy."+st.Remedy+".undo", st.Params); undo != "" {
		line = append(line, s.ui("ask.live.undo-how")+": "+undo)
	}
	return strings.Join(line, " / ")
}
