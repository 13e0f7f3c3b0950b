package collect

import (
	"slices"
	"strings"
	"time"

	"updoc/model"
)

// addHistory hands the rows of DataStore.edb to the attempts they repeat. A row is one
// result without a stage. One that fits no attempt is an attempt that only the
// database knows.
func (d *desk) addHistory(j *joiner) {
	index := map[string][]*joined{}
	for _, a := range j.all {
		for _, key := range a.keys() {
			index[key] = append(index[key], a)
		}
	}
	var alone []happening
	for _, h := range d.work.history {
		if a := d.repeated(h, index); a != nil {
			a.addRow(h, j.boots)
			continue
		}
		h.what = stageWord(h)
		alone = append(alone, h)
	}
	first := len(j.all)
	j.join(alone)
	for _, a := range j.all[first:] {
		a.rawCodes()
	}
}

// keys are the names under which an attempt can be found: those of its update.
func (a *joined) keys() []string {
	var keys []string
	for _, p := range a.parts {
		for _, k := range p.names() {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	return keys
}

func (h *happening) names() []string {
	var names []string
	for _, k := range []string{h.updateID, h.kb, strings.ToLower(h.title)} {
		if k != "" {
			names = append(names, k)
		}
	}
	return names
}

// repeated returns the attempt whose result a row repeats, or whose missing end it is.
func (d *desk) repeated(h happening, index map[string][]*joined) *joined {
	for i, at := range d.readings(h.time) {
		h.time = at
		for _, name := range h.names() {
			for _, a := range index[name] {
				if a.sameUpdate(h) && (a.repeats(h) || i == 0 && a.lacksEnd(h)) {
					return a
				}
			}
		}
	}
	return nil
}

// readings are the moments that the date of a row can mean: UTC as it is said to be,
// the machine's own clock (the database names no zone), or what either clock showed
// before or after somebody set it.
func (d *desk) readings(t time.Time) []time.Time {
	all := []time.Time{t}
	if d.zone != nil {
		all = append(all, d.zone.utc(t))
	}
	for _, jump := range d.m.Clock.Jumps.Items {
		if by := time.Duration(jump.Seconds) * time.Second; t.Sub(jump.Time).Abs() <= by.Abs()+installWindow {
			all = append(all, t.Add(by), t.Add(-by))
		}
	}
	return all
}

// sameUpdate tells whether ids do not contradict: a KB may be several updates.
func (a *joined) sameUpdate(h happening) bool {
	return !slices.ContainsFunc(a.parts, func(p happening) bool {
		return p.updateID != "" && h.updateID != "" && p.updateID != h.updateID
	})
}

// repeats tells whether another history noted this result within minutes.
func (a *joined) repeats(h happening) bool {
	if a.said[sayKey(h)] {
		return false
	}
	outcome := outcomeOf(h.what)
	return slices.ContainsFunc(a.parts, func(p happening) bool {
		return isEnd(p.what) && outcomeOf(p.what) == outcome && p.time.Sub(h.time).Abs() <= 2*sameWindow
	})
}

// lacksEnd tells whether a row can be the end of an attempt that no other history
// ends.
func (a *joined) lacksEnd(h happening) bool {
	return !a.over() && a.stage != model.StageScan && !a.said[sayKey(h)] &&
		!h.time.Before(a.parts[0].time) && h.time.Sub(a.last) <= a.patience()
}

// addRow adds a row to its attempt. It ends one that has no end; what the others said
// of the stage stays.
func (a *joined) addRow(h happening, boots []model.BootEvent) {
	if h.what == whatInstallFailed && a.stage == model.StageDownload {
		h.what = whatDownloadFailed
		_, loaded := a.first[whatDownloaded]
		if !a.over() && loaded {
			h.what = whatInstallFailed // it had been downloaded: what failed came after
		}
	}
	over := a.over()
	last := a.last
	a.add(h)
	if over {
		a.last = last // the row is a repetition, it may even be on another clock
	} else {
		a.advance(h, boots)
	}
	a.raw(h)
}

// raw notes the code of the installer as one behind the wrapper.
func (a *joined) raw(h happening) {
	if h.raw != "" && a.outcome == model.AttemptFailed {
		o := h.origin
		o.Key += ":UnmappedResult"
		a.inner = append(a.inner, innerCode{h.raw, o})
	}
}

func (a *joined) rawCodes() {
	for _, h := range a.parts {
		a.raw(h)
	}
}

// stageWord says where a failure happened that the database alone knows: a code of
// the network or of the download tells, any other is of the installation.
func stageWord(h happening) string {
	if h.what == whatInstallFailed && isDownloadCode(h.code) {
		return whatDownloadFailed
	}
	return h.what
}

// downloadCodes begin the codes of the transfer: network (0x80072ee2 and its like),
// HTTP, BITS, Delivery Optimization, download manager. Source: field guide, codes.
var downloadCodes = []string{"0x80072e", "0x80072f", "0x80190", "0x80200", "0x80d0", "0x80246"}

func isDownloadCode(code string) bool {
	return code == "0x80240034" || slices.ContainsFunc(downloadCodes, func(p string) bool { return strings.HasPrefix(code, p) })
}
