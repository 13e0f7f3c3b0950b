package report

import (
	"io"

	"updoc/knowledge"
	"updoc/model"
)

// WriteHistory writes the journals of a folder in the format of o.
func WriteHistory(w io.Writer, h *model.History, b *knowledge.Base, o Options) error {
	if o.Format == "json" {
		return WriteJSON(w, h)
	}
	s := newSpeaker(b, o.Lang, nil)
	p := paper{Title: s.ui("history.title"), Lead: []string{s.say("ui.history.folder", model.Args{"path": h.Folder})}}
	if h.Waiting != nil && s.has("ui.live.next.waiting."+h.Waiting.For) {
		p.Lead = append(p.Lead, s.ui("live.next.waiting."+h.Waiting.For))
	}
	p.add(s.waiting(h.Waiting), o.Verbose)
	if len(h.Journals) == 0 {
		p.Lead = append(p.Lead, s.ui("history.none"))
		return writePaper(w, p, b, o)
	}
	out := s.section("receipt.journal")
	out.Rows = [][]string{{s.ui("history.id"), s.ui("history.when"), s.ui("history.bytes"), s.ui("history.state"), s.ui("history.what")}}
	for _, j := range h.Journals {
		out.Rows = append(out.Rows, s.historyRow(j))
	}
	p.add(out, o.Verbose)
	return writePaper(w, p, b, o)
}

func (s speaker) historyRow(j model.JournalInfo) []string {
	state := s.ui("history.state." + j.State)
	if j.Problem != "" {
		state = s.ui("history.problem")
	}
	var what []string
	for _, id := range j.Remedy {
		what = append(what, s.say("remedy."+id+".title", nil))
	}
	return []string{j.ID, s.form.showTime(j.Started, "stamp"), sizeOf(float64(j.Bytes)), state, s.form.list(what) + " (" + j.Target + ")"}
}

// WriteVerify writes whether updates are in, in the format of o.
func WriteVerify(w io.Writer, v *model.Verification, b *knowledge.Base, o Options) error {
	if o.Format == "json" {
		return WriteJSON(w, v)
	}
	s := newSpeaker(b, o.Lang, nil)
	p := paper{Title: s.ui("verify.title"), Lead: []string{s.ui("verify.verdict." + v.Verdict)}}
	if v.Tries > 0 || v.Stopped != "" {
		p.Title = s.ui("watch.title")
		p.Lead = append(p.Lead, s.ui("watch.tries")+": "+commas(int64(v.Tries)))
	}
	if v.Stopped != "" {
		p.Lead = append(p.Lead, s.ui("live.stopped."+v.Stopped))
	}
	out := s.section("verify.updates")
	for _, u := range v.Updates {
		out.Items = append(out.Items, s.verifiedLine(u, o.Verbose))
	}
	if len(v.Updates) == 0 {
		out.Texts = []string{s.ui("verify.none")}
	}
	p.add(out, o.Verbose)
	rest := s.section("verify.conditions")
	for _, id := range v.Conditions {
		rest.Items = append(rest.Items, s.say("cause."+id+".title", nil))
	}
	p.add(rest, o.Verbose)
	return writePaper(w, p, b, o)
}

// verifiedLine is an update with its state and what says so; -v names the places too.
func (s speaker) verifiedLine(u model.Verified, verbose bool) string {
	name := s.failureName(&model.Failure{KB: u.KB, Title: u.Title})
	var signs []string
	for _, sign := range u.Signs {
		text := s.say("ui.verify.sign."+sign.Kind, model.Args{"have": s.signWord(sign), "need": sign.Need, "time": sign.Time})
		if verbose && sign.Origin.Artifact != "" {
			text += " (" + s.place(sign.Origin, true) + ")"
		}
		signs = append(signs, text)
	}
	line := name + ": " + s.ui("verify.state."+u.State)
	if len(signs) > 0 {
		line += " - " + s.form.list(signs)
	}
	return line
}

func (s speaker) signWord(sign model.Sign) string {
	switch sign.Kind {
	case "history":
		return s.word("attempt", sign.Have)
	case "diagnosis":
		return s.ui("verify.outcome." + sign.Have)
	}
	return sign.Have
}

// WriteBackup writes where a person's files are and what was copied, in the format of o.
func WriteBackup(w io.Writer, r *model.Backup, b *knowledge.Base, o Options) error {
	if o.Format == "json" {
		return WriteJSON(w, r)
	}
	s := newSpeaker(b, o.Lang, nil)
	p := paper{Title: s.ui("backup.title"), Lead: []string{s.backupVerdict(r)}}
	if r.Folder == "" {
		p.Title = s.ui("backup.title.list")
	} else {
		p.Lead = append(p.Lead, s.say("ui.backup.folder", model.Args{"path": r.Folder}), s.ui("backup.next"))
	}
	p.add(s.backupPlaces(r), o.Verbose)
	p.add(s.backupMissing(r), o.Verbose)
	unseen := s.section("backup.unseen")
	for _, l := range r.Unseen {
		reason := model.ReasonDamaged
		if l.Unseen != nil {
			reason = l.Unseen.Reason
		}
		unseen.Items = append(unseen.Items, l.Volume+l.Path+" ("+s.ui("reason-short."+reason)+")")
	}
	p.add(unseen, o.Verbose)
	not := s.section("backup.not")
	for _, id := range r.Notes {
		not.Items = append(not.Items, s.say(id, nil))
	}
	p.add(not, o.Verbose)
	return writePaper(w, p, b, o)
}

// backupVerdict claims only what was read again.
func (s speaker) backupVerdict(r *model.Backup) string {
	safe := model.BackupCount{Files: r.Copied.Files + r.Kept.Files, Bytes: r.Copied.Bytes + r.Kept.Bytes}
	missing := r.Failed.Files + r.LeftOut.Files
	id, count := "all", safe
	switch {
	case r.Folder == "":
		id, count = "list", r.Total
	case r.Stopped != "":
		id = "stopped"
	case missing > 0 || safe.Files < r.Total.Files || len(r.Unseen) > 0:
		id, missing = "some", max(missing, r.Total.Files-safe.Files)
	}
	return s.say("ui.backup.verdict."+id, model.Args{"files": count.Files, "bytes": count.Bytes, "missing": missing})
}

func (s speaker) backupPlaces(r *model.Backup) paperSection {
	out := s.section("backup.places")
	out.Rows = [][]string{{s.ui("backup.kind"), s.ui("backup.files"), s.ui("backup.size"), s.ui("backup.path")}}
	for _, p := range r.Places {
		out.Rows = append(out.Rows, []string{s.ui("backup.kind." + p.Kind), commas(p.Found.Files), sizeOf(float64(p.Found.Bytes)), p.Path})
	}
	return out
}

// shortMissing is how many files that were not copied are named unless everything is
// wanted in JSON.
const shortMissing = 200

func (s speaker) backupMissing(r *model.Backup) paperSection {
	out := s.section("backup.missing")
	more := 0
	for _, f := range r.Files {
		switch {
		case f.Problem == "":
		case len(out.Items) < shortMissing:
			out.Items = append(out.Items, f.Path+" ("+s.ui("backup.problem."+f.Problem)+")")
		default:
			more++
		}
	}
	if more > 0 {
		out.Items = append(out.Items, s.say("ui.and-more-causes", model.Args{"n": int64(more)}))
	}
	return out
}
