package collect

import (
	"path"
	"strings"
	"time"

	"updoc/format/wulog"
	"updoc/model"
)

const (
	agentLogFolder = "Windows/Logs/WindowsUpdate"
	agentLogName   = "WindowsUpdate.log"
	agentLogFiles  = 20
	agentLogBytes  = 128 << 20 // of one file
	agentNoteLimit = 1000
)

// updateLog fills Machine.Agent.Log from WindowsUpdate.log: the one that old versions
// write into the Windows folder, and those that a person had Get-WindowsUpdateLog make,
// which end when they were made. The logs show local time; without the zone no time is
// given.
func updateLog(d *desk) {
	w := agentLogReader{d: d, items: []model.Note{}}
	for _, at := range d.updateLogs() {
		w.file(at)
	}
	sortByTime(w.items, func(n model.Note) time.Time { return n.Time })
	kept, cut := within(w.items, agentNoteLimit)
	if cut {
		w.span.From = later(w.span.From, kept[0].Time)
	}
	w.span.Why = firstWhy(w.why, d.noZone(), outOfRange("wulog", w.span.From))
	if w.span.From.IsZero() && w.why == nil && len(kept) == 0 {
		w.span.Why = &model.Unseen{Artifact: "wulog", Reason: model.ReasonUnsupported, How: model.HowLive,
			Detail: "the update agent's log is kept as traces; Get-WindowsUpdateLog turns them into text"}
	}
	d.m.Agent.Log = model.List[model.Note]{Items: kept, Coverage: w.span}
	if w.live {
		d.grow(&d.m.Agent.Log.Coverage)
	}
}

// updateLogs returns the places where such a log lies.
func (d *desk) updateLogs() []place {
	found := []place{d.on("Windows/" + agentLogName)}
	entries, _ := d.list(d.on(agentLogFolder))
	for _, e := range entries {
		if strings.EqualFold(path.Ext(e.Name()), ".log") {
			found = append(found, d.on(agentLogFolder+"/"+e.Name()))
		}
	}
	users, _ := d.list(d.on("Users"))
	for _, u := range users {
		found = append(found, d.on("Users/"+u.Name()+"/Desktop/"+agentLogName))
	}
	var there []place
	for _, at := range found {
		if info, err := d.stat(at); err == nil && !info.IsDir() && len(there) < agentLogFiles {
			there = append(there, at)
		}
	}
	return there
}

// agentLogReader gathers what several logs say. Of their spans that of the newest
// counts.
type agentLogReader struct {
	d     *desk
	items []model.Note
	span  model.Coverage
	live  bool // the newest one is still being written
	why   *model.Unseen
}

func (w *agentLogReader) file(at place) {
	f, begin, err := w.d.tail(at, agentLogBytes)
	var log *wulog.Log
	if err == nil {
		defer f.Close()
		log, err = wulog.Read(w.d.ctx, f)
	}
	if log != nil && log.Stamped == 0 && err == nil {
		return // it says that the log is kept as traces
	}
	if why := w.d.look("wulog", at, err); why != nil {
		w.why = why
		return
	}
	z := w.d.zone
	for _, n := range log.Notes {
		w.items = append(w.items, inTail(agentNote(n, at, z), begin))
	}
	from, to := z.utc(log.FirstTime), z.utc(log.LastTime)
	w.d.met(to)
	if !to.After(w.span.To) {
		return
	}
	w.span.From, w.span.To, w.live = from, to, log.Tabs > 0
	for kind, count := range log.Counts {
		if first, kept := firstOf(log.Notes, kind); count > kept {
			w.span.From = later(w.span.From, z.utc(first))
		}
	}
}

// firstOf returns when the oldest note of a kind was written that was kept, and how
// many were.
func firstOf(notes []wulog.Note, kind wulog.Kind) (first time.Time, count int64) {
	for _, n := range notes {
		if n.Kind != kind {
			continue
		}
		if count++; count == 1 {
			first = n.Time
		}
	}
	return first, count
}

func agentNote(n wulog.Note, at place, z *zone) model.Note {
	out := model.Note{Kind: string(n.Kind), Text: n.Text, Subject: n.Subject, Time: z.utc(n.Time), Origin: textOrigin("wulog", at, n.Line, n.At)}
	if n.Code != 0 {
		out.Code = hexText(n.Code)
	}
	return out
}
