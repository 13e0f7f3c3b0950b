package report

import (
	"html/template"
	"io"
	"slices"
	"sort"

	"updoc/knowledge"
	"updoc/model"
)

// sheet is what the template of the hand-over sheet sees.
type sheet struct {
	*view
	Style    template.CSS
	Storage  []pair
	Harms    []string
	Checks   []string // to be ticked by whoever takes over
	LastRows [][]string
	Cut      string // said if older attempts were left out
}

// Bounds of the sheet: it is read at a workbench, on paper.
const (
	sheetAttempts = 12
	sheetFor      = 4
)

// beforeBackup is the harm that is named first where the disk may be failing.
const beforeBackup = "chkdsk-before-backup"

// WriteHandover writes one self-contained page to be printed and handed to a repair
// shop: what is known, from where, what was tried, what is safe next, what must not be
// done, what was not seen. Of personal data it holds the name of the PC alone; mask
// leaves that out too.
func WriteHandover(w io.Writer, d *model.Diagnosis, b *knowledge.Base, lang string, mask bool) error {
	zone, _ := zoneOf(d.Machine.Clock)
	s := newSpeaker(b, lang, zone)
	plain := withoutPaths(d, mask)
	style, err := templates.ReadFile("templates/handover.css")
	if err != nil {
		return err
	}
	p := sheet{view: newView(plain, b, lang), Style: template.CSS(style), Storage: s.storageFacts(&plain.Machine)}
	for _, h := range sheetHarms(plain, b.Harms) {
		p.Harms = append(p.Harms, s.say("harm."+h.ID+".title", nil))
	}
	for _, id := range []string{"backup", "key", "power", "owner"} {
		p.Checks = append(p.Checks, s.ui("handover.check."+id))
	}
	p.LastRows = p.Attempts
	if n := len(p.Attempts) - 1; n > sheetAttempts { // below the head, the newest first
		p.LastRows, p.Cut = p.Attempts[:sheetAttempts+1], s.say("ui.handover.cut", model.Args{"n": int64(n - sheetAttempts)})
	}
	p.Conditions = slices.DeleteFunc(p.Conditions, p.told)
	t, err := template.New("handover.html").Funcs(template.FuncMap{"ui": s.ui, "rich": rich, "some": some}).
		ParseFS(templates, "templates/handover.html")
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// told reports whether a condition was told already as the cause of a failure.
func (p sheet) told(c causeView) bool {
	return slices.ContainsFunc(p.Failures, func(f failureView) bool {
		return slices.ContainsFunc(f.Causes, func(k causeView) bool { return k.ID == c.ID && k.Verdict == c.Verdict })
	})
}

// some keeps the evidence of one cause within the page.
func some(list []findingView) []findingView { return list[:min(len(list), sheetFor)] }

// withoutPaths returns the diagnosis without what names people or places of the
// computer on which it was made.
func withoutPaths(d *model.Diagnosis, mask bool) *model.Diagnosis {
	out := *d
	out.Source.Path = baseName(d.Source.Path)
	if mask {
		out.Source.Path = ""
		out.Machine.Name = model.NotSeen[string](model.Unseen{Artifact: "hive", Reason: model.ReasonMasked, How: model.HowNothing})
	}
	return &out
}

// sheetHarms are what must not be done; on a failing disk what would strain it stands
// first.
func sheetHarms(d *model.Diagnosis, harms []knowledge.Harm) []knowledge.Harm {
	harms = slices.Clone(harms)
	if healthLine(&d.Machine) == dataFailing {
		sort.SliceStable(harms, func(i, j int) bool { return notFirst(harms[i]) < notFirst(harms[j]) })
	}
	return harms
}

func notFirst(h knowledge.Harm) int {
	if h.ID == beforeBackup {
		return 0
	}
	return 1
}

// storageFacts say how the disk fared.
func (s speaker) storageFacts(m *model.Machine) []pair {
	count := func(n int64) string { return s.say("ui.handover.times", model.Args{"n": n}) }
	yes := func(b bool) string {
		if b {
			return s.ui("yes")
		}
		return s.ui("no")
	}
	out := []pair{
		{s.ui("handover.errors"), shown(s, m.Storage.Errors, count)}, {s.ui("handover.retries"), shown(s, m.Storage.Retries, count)},
		{s.ui("handover.predicted"), shown(s, m.Storage.Predicted, yes)}, {s.ui("handover.unreadable"), shown(s, m.Storage.Unreadable, count)},
		{s.ui("handover.dirty"), shown(s, m.Windows.Dirty, yes)}, {s.ui("label.bitlocker"), shown(s, m.Windows.BitLocker.State, func(w string) string { return s.word("state", w) })},
	}
	if len(m.Disks.Items) > 0 {
		out = append(out, pair{"S.M.A.R.T.", shown(s, m.Disks.Items[0].Health, asIs)})
	}
	return out
}
