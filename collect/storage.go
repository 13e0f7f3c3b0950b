package collect

import (
	"slices"
	"strings"
	"time"

	"updoc/model"
)

const (
	// storageDays is how far back trouble with the disk still says something about it now.
	storageDays = 30
	checkLog    = "Application"
	checkLimit  = 20   // results of chkdsk that are kept
	checkText   = 4000 // bytes of each
)

// storage sums up what the events and the reading of the disk say about its health.
func (d *desk) storage(events []model.DiskEvent, cover model.Coverage) {
	s := &d.m.Storage
	since := d.m.LastSeen.Add(-storageDays * day)
	recent := slices.DeleteFunc(slices.Clone(events), func(e model.DiskEvent) bool { return e.Time.Before(since) })
	failed := ofKind(recent, "bad-block", "io-error")
	s.Errors = countOf(failed, int64(len(failed)), cover, d.m.LastSeen)
	s.ErrorDays = countOf(failed, days(failed), cover, d.m.LastSeen)
	again := ofKind(recent, "retried", "controller-reset")
	s.Retries = countOf(again, int64(len(again)), cover, d.m.LastSeen)
	told := ofKind(recent, "predicted-failure")
	n := countOf(told, int64(len(told)), cover, d.m.LastSeen)
	s.Predicted = model.Fact[bool]{Value: n.Value > 0, Known: n.Known, Origin: n.Origin, Why: n.Why}
	d.unreadable()
	for i := range d.m.Disks.Items {
		d.m.Disks.Items[i].Health = model.NotSeen[string](model.Unseen{Artifact: "smart", Reason: model.ReasonOffline, How: model.HowLive})
	}
}

func ofKind(events []model.DiskEvent, kinds ...string) []model.DiskEvent {
	var out []model.DiskEvent
	for _, e := range events {
		if slices.Contains(kinds, e.Kind) {
			out = append(out, e)
		}
	}
	return out
}

// countOf is a count with the newest event as its origin. That there are none is known
// only if the log was read up to the end.
func countOf(events []model.DiskEvent, n int64, cover model.Coverage, end time.Time) model.Fact[int64] {
	switch {
	case len(events) > 0:
		return model.Known(n, events[len(events)-1].Origin)
	case cover.Complete || !end.IsZero() && !cover.To.IsZero() && !cover.To.Before(end.Add(-time.Hour)):
		return model.Known(n, model.Origin{Artifact: "evtx", Path: windowsPath(eventFolder + systemLog + ".evtx")})
	}
	return model.NotSeen[int64](cover.Reason())
}

func days(events []model.DiskEvent) int64 {
	seen := map[string]bool{}
	for _, e := range events {
		seen[e.Time.UTC().Format(time.DateOnly)] = true
	}
	return int64(len(seen))
}

// unreadable counts the places that the examined disk itself refused to give.
func (d *desk) unreadable() {
	p := d.partition(d.windows)
	if p == nil {
		d.m.Storage.Unreadable = model.NotSeen[int64](*d.noDisk())
		return
	}
	disk := d.disk(p.Disk)
	n := int64(0)
	for _, problem := range disk.Problems {
		if problem.Code == "read-error" {
			n++
		}
	}
	d.m.Storage.Unreadable = model.Known(n, disk.Origin)
}

// checks keeps what chkdsk said, at boot (Wininit 1001) or online (Chkdsk 26212, 26226).
// The text is in the language of Windows, so it is shown and never read.
func (d *desk) checks() {
	log := d.optionalLog(checkLog)
	var notes []model.Note
	for i := range log.events {
		e := &log.events[i]
		if p := strings.ToLower(e.provider); p != "chkdsk" && p != "microsoft-windows-wininit" {
			continue
		}
		text := strings.Join(strings.Fields(firstText(e.at(0), e.get("Data"))), " ")
		notes = append(notes, model.Note{Kind: "checked", Subject: e.provider, Text: strings.ToValidUTF8(text[:min(len(text), checkText)], ""), Time: e.time, Origin: e.origin})
	}
	kept, cut := within(notes, checkLimit)
	listOf(d, log, kept, &d.m.Storage.Checks)
	if cut {
		d.m.Storage.Checks.Coverage.From = kept[0].Time
	}
}
