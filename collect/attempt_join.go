package collect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"updoc/model"
)

// How far what belongs together may lie apart.
const (
	sameWindow    = 5 * time.Minute // two histories telling of the same moment
	installWindow = day             // from the start of an installation to its end
	waitWindow    = 14 * day        // from a finished download to the installation
	rebootWindow  = 60 * day        // from "restart required" to the result after it
)

// joiner joins what the histories say about one update into attempts.
type joiner struct {
	boots []model.BootEvent
	all   []*joined
	index owners // while what others say is handed to the attempts
}

// joined is an attempt in the making.
type joined struct {
	parts   []happening
	first   map[string]time.Time // when each thing was first said
	said    map[string]bool      // history and thing
	last    time.Time
	outcome string
	ended   time.Time // when the outcome was decided
	stage   string
	inner   []innerCode
	place   int // in joiner.all, while there is an index
}

// join sorts the happenings by update and time and builds the attempts.
func (j *joiner) join(all []happening) {
	sortByTime(all, func(h happening) time.Time { return h.time })
	groups, order := groupByUpdate(all)
	for _, key := range order {
		if key == scanKey {
			j.scans(groups[key])
			continue
		}
		j.update(groups[key])
	}
}

const scanKey = "scan"

// groupByUpdate puts together what is about one update: by its id, for lines without
// one by KB or title. Order is that of first appearance.
func groupByUpdate(all []happening) (map[string][]happening, []string) {
	ids := map[string]string{} // KB or title → update id
	for _, h := range all {
		if h.updateID != "" && h.kbOrTitle() != "" {
			ids[h.kbOrTitle()] = h.updateID
		}
	}
	groups, order := map[string][]happening{}, []string{}
	add := func(key string, h happening) {
		if _, ok := groups[key]; !ok {
			order = append(order, key)
		}
		groups[key] = append(groups[key], h)
	}
	for _, h := range all {
		switch {
		case h.what == whatScanFailed || h.what == whatScanned:
			add(scanKey, h)
		case h.what == whatRestart:
		case h.updateID != "" || h.kbOrTitle() != "":
			add(cmp.Or(h.updateID, ids[h.kbOrTitle()], h.kbOrTitle()), h)
		}
	}
	addRestarts(groups, all)
	return groups, order
}

func (h *happening) kbOrTitle() string { return cmp.Or(h.kb, strings.ToLower(h.title)) }

// addRestarts hands a "restart required" to every update whose title it lists.
func addRestarts(groups map[string][]happening, all []happening) {
	for _, h := range all {
		if h.what != whatRestart {
			continue
		}
		for key, group := range groups {
			if i := slices.IndexFunc(group, func(g happening) bool { return g.title != "" && strings.Contains(h.list, g.title) }); i >= 0 {
				groups[key] = append(group, h)
			}
		}
	}
	for _, group := range groups {
		sortByTime(group, func(h happening) time.Time { return h.time })
	}
}

// scans keeps the searches for updates that failed, and the first good one after each.
func (j *joiner) scans(group []happening) {
	failed := false
	for _, h := range group {
		bad := h.what == whatScanFailed
		if !bad && !failed {
			continue
		}
		if cur := j.newest(group[0]); bad && failed && cur != nil && h.time.Sub(cur.last) <= sameWindow {
			cur.add(h)
			continue
		}
		failed = bad
		a := j.open(h)
		a.stage, a.outcome, a.ended = model.StageScan, model.AttemptInstalled, h.time
		if bad {
			a.outcome = model.AttemptFailed
		}
	}
}

// newest returns the attempt begun last if it is a scan.
func (j *joiner) newest(happening) *joined {
	if len(j.all) == 0 || j.all[len(j.all)-1].stage != model.StageScan {
		return nil
	}
	return j.all[len(j.all)-1]
}

func (j *joiner) open(h happening) *joined {
	a := &joined{first: map[string]time.Time{}, said: map[string]bool{}}
	a.add(h)
	j.all = append(j.all, a)
	return a
}

func (j *joiner) update(group []happening) {
	var cur *joined
	for _, h := range group {
		if cur != nil && cur.fits(h) {
			cur.add(h)
		} else if h.what == whatRestart {
			continue
		} else {
			cur = j.open(h)
		}
		cur.advance(h, j.boots)
	}
}

func (a *joined) add(h happening) {
	if _, ok := a.first[h.what]; !ok {
		a.first[h.what] = h.time
	}
	a.said[sayKey(h)] = true
	a.last = later(a.last, h.time)
	a.parts = append(a.parts, h)
}

func sayKey(h happening) string { return fmt.Sprint(h.history, h.what) }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// fits tells whether a happening belongs to this attempt or begins the next one.
func (a *joined) fits(h happening) bool {
	if a.againThere(h) {
		return false
	}
	if at, ok := a.first[h.what]; ok && !a.said[sayKey(h)] && h.time.Sub(at) <= sameWindow {
		return true // another history tells the same
	}
	if a.over() {
		return isEnd(h.what) && !a.saidEnd(h.history) && h.time.Sub(a.ended) <= 2*sameWindow
	}
	return h.time.Sub(a.last) <= a.patience() && !a.restarts(h)
}

func (a *joined) over() bool { return a.outcome != "" && a.outcome != model.AttemptPending }

func isEnd(what string) bool {
	return slices.Contains([]string{whatDownloadFailed, whatInstallFailed, whatInstalled, whatCancelled, whatPending,
		whatServicingFailed, whatServicingDone, whatSessionFailed}, what)
}

// saidEnd tells whether a history has already told how this attempt ended.
func (a *joined) saidEnd(history int) bool {
	return slices.ContainsFunc(a.parts, func(h happening) bool { return h.history == history && isEnd(h.what) })
}

// patience is how long an attempt that is not over waits for its next record.
func (a *joined) patience() time.Duration {
	_, installing := a.first[whatInstallStarted]
	switch {
	case a.outcome == model.AttemptPending:
		return rebootWindow
	case installing:
		return installWindow
	}
	return waitWindow
}

// restarts tells whether a start begins another try: a history says twice that an
// installation starts, or a download begins after the installation did. A download
// that begins again without either is a resumed one.
func (a *joined) restarts(h happening) bool {
	_, installing := a.first[whatInstallStarted]
	_, failed := a.first[whatDownloadFailed]
	switch h.what {
	case whatInstallStarted, whatServicingStart:
		return a.said[sayKey(h)] || a.outcome == model.AttemptPending
	case whatDownloadStarted:
		return installing || failed || a.outcome == model.AttemptPending
	}
	return false
}

// advance lets a happening change the state of the attempt it was added to.
func (a *joined) advance(h happening, boots []model.BootEvent) {
	switch h.what {
	case whatDownloadStarted, whatDownloaded:
		a.reach(model.StageDownload)
	case whatInstallStarted, whatServicingStart:
		a.reach(model.StageInstall)
	case whatDownloadFailed:
		a.end(model.AttemptFailed, model.StageDownload, h.time)
	case whatInstallFailed, whatServicingFailed, whatSessionFailed:
		a.end(model.AttemptFailed, a.endStage(h, boots), h.time)
	case whatInstalled, whatServicingDone:
		a.end(model.AttemptInstalled, a.endStage(h, boots), h.time)
	case whatCancelled:
		a.end(model.AttemptCancelled, cmp.Or(a.stage, model.StageInstall), h.time)
	case whatPending, whatRestart, whatServicingReboot:
		if !a.over() {
			a.end(model.AttemptPending, model.StageInstall, h.time)
		}
	}
}

var stageOrder = []string{"", model.StageScan, model.StageDownload, model.StageInstall, model.StageCommit}

// reach notes the furthest stage of an attempt that goes on.
func (a *joined) reach(stage string) {
	if !a.over() && slices.Index(stageOrder, stage) > slices.Index(stageOrder, a.stage) {
		a.stage = stage
	}
}

// end decides the outcome; the first history to tell wins over those that repeat it,
// but a failure is never hidden by a success of the same minutes.
func (a *joined) end(outcome, stage string, at time.Time) {
	if a.over() && (a.outcome == model.AttemptFailed || outcome != model.AttemptFailed) {
		return
	}
	a.outcome, a.ended = outcome, at
	if slices.Index(stageOrder, stage) > slices.Index(stageOrder, a.stage) || outcome == model.AttemptFailed {
		a.stage = stage
	}
}

// bootResult is how long after a restart Windows tells the result of an installation
// whose beginning no history holds.
const bootResult = 15 * time.Minute

// endStage is commit if Windows restarted between the start and the end.
func (a *joined) endStage(h happening, boots []model.BootEvent) string {
	begun, ok := a.first[whatInstallStarted]
	if !ok {
		begun, ok = a.first[whatServicingStart]
	}
	if !ok {
		begun = h.time.Add(-bootResult)
	}
	if a.outcome == model.AttemptPending || h.startup {
		return model.StageCommit
	}
	for _, b := range boots {
		if b.Kind != "resume" && b.Kind != "fast" && b.Time.After(begun) && b.Time.Before(h.time) {
			return model.StageCommit
		}
	}
	return model.StageInstall
}
