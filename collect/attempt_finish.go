package collect

import (
	"cmp"
	"sort"
	"strconv"
	"strings"
	"time"

	"updoc/model"
)

// finish turns what was joined into attempts, oldest first.
func (j *joiner) finish() []model.Attempt {
	out := []model.Attempt{}
	for _, a := range j.all {
		out = append(out, a.attempt())
	}
	sort.SliceStable(out, func(i, j int) bool {
		x, y := out[i], out[j]
		return cmp.Or(x.Start.Compare(y.Start), x.End.Compare(y.End), cmp.Compare(x.KB, y.KB), cmp.Compare(x.Title, y.Title)) < 0
	})
	nameAttempts(out)
	return out
}

// nameAttempts gives each an id that stays the same from look to look: what and when.
func nameAttempts(all []model.Attempt) {
	seen := map[string]int{}
	for i := range all {
		a := &all[i]
		what := cmp.Or(a.KB, a.UpdateID)
		if what == "" {
			what = a.Stage
		}
		id := what + "-" + a.Start.UTC().Format("20060102T150405Z")
		if seen[id]++; seen[id] > 1 {
			id += "-" + strconv.Itoa(seen[id])
		}
		a.ID = id
	}
}

func (a *joined) attempt() model.Attempt {
	sortByTime(a.parts, func(h happening) time.Time { return h.time })
	out := model.Attempt{Start: a.parts[0].time, End: a.last, Stage: a.stage, Outcome: cmp.Or(a.outcome, model.AttemptOpen)}
	if !a.ended.IsZero() {
		out.End = a.ended
	}
	for _, h := range a.parts {
		out.KB, out.Title = cmp.Or(out.KB, h.kb), betterTitle(out.Title, h)
		out.UpdateID, out.Revision = cmp.Or(out.UpdateID, h.updateID), cmp.Or(out.Revision, h.revision)
		out.Client = cmp.Or(out.Client, h.client)
		out.Store = out.Store || h.store
		if len(out.Records) < recordLimit {
			out.Records = append(out.Records, model.Record{Time: h.time, What: h.what, Code: h.code, Origin: h.origin})
		}
	}
	a.codes(&out)
	return out
}

// betterTitle prefers the title field of an event over what was cut out of a sentence.
func betterTitle(have string, h happening) string {
	if have == "" || h.history != fromReporting && h.title != "" && strings.Contains(have, h.title) {
		return cmp.Or(h.title, have)
	}
	return have
}

// codes chooses the outer code (what the person sees), the record that decided, and
// the code behind a wrapper.
func (a *joined) codes(out *model.Attempt) {
	ends := a.ends(out.Outcome)
	if len(ends) == 0 {
		out.Origin = a.parts[len(a.parts)-1].origin
		return
	}
	sort.SliceStable(ends, func(i, j int) bool { return ends[i].history < ends[j].history })
	outer := ends[0]
	for _, e := range ends {
		if outer.code == "" || e.code == "0x80070643" && outer.code != e.code {
			outer = e
		}
	}
	out.Code, out.Origin = outer.code, outer.origin
	if out.Outcome != model.AttemptFailed {
		return
	}
	out.InnerCode, out.Inner = a.behind(out.Code, ends)
}

// behind returns the first code that is neither the outer one nor a wrapper: Windows
// Update's own records first, then CBS, WinREAgent and Servicing.
func (a *joined) behind(outer string, ends []happening) (string, model.Origin) {
	var all []innerCode
	for _, e := range ends {
		if e.history <= fromSystem {
			all = append(all, innerCode{e.code, e.origin})
		}
	}
	for _, i := range append(all, a.inner...) {
		if i.code != "" && i.code != outer && !wrappers[i.code] {
			return i.code, i.origin
		}
	}
	return "", model.Origin{}
}

// ends returns the records that told of this outcome.
func (a *joined) ends(outcome string) []happening {
	var ends []happening
	for _, h := range a.parts {
		if outcomeOf(h.what) == outcome {
			ends = append(ends, h)
		}
	}
	return ends
}

func outcomeOf(what string) string {
	switch what {
	case whatDownloadFailed, whatInstallFailed, whatScanFailed, whatServicingFailed, whatSessionFailed:
		return model.AttemptFailed
	case whatInstalled, whatScanned, whatServicingDone:
		return model.AttemptInstalled
	case whatPending, whatRestart, whatServicingReboot:
		return model.AttemptPending
	case whatCancelled:
		return model.AttemptCancelled
	}
	return model.AttemptOpen
}
