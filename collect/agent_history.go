package collect

import (
	"time"

	"updoc/model"
	"updoc/source"
)

// Results of an entry. Source: OperationResultCode of wuapi.h.
const (
	resultSucceeded  = 2
	resultWithErrors = 3
	resultFailed     = 4
	resultAborted    = 5
)

// askHistory lets the update agent of a running Windows tell what its database holds: that
// is whole where the database was not closed, or may not be read. An agent that tells
// nothing leaves what was read.
func (d *desk) askHistory() {
	agent, ok := d.src.(source.Historied)
	if !ok {
		return
	}
	told, err := agent.UpdateHistory(d.ctx)
	if err != nil {
		return
	}
	var all []happening
	for _, e := range told {
		if h, ok := agentEntry(e); ok {
			all = append(all, h)
		}
	}
	if len(all) == 0 {
		return
	}
	sortByTime(all, func(h happening) time.Time { return h.time })
	first, last := all[0].time, all[len(all)-1].time
	d.work.history = all
	d.work.historySpan = model.Coverage{From: first, To: last, Why: &model.Unseen{Artifact: storeArtifact, Reason: model.ReasonOutOfRange,
		How: model.HowOlderLogs, Detail: "the history begins at " + first.Format(time.RFC3339)}}
	d.met(last)
}

// agentEntry reads one entry as historyRow reads a row of the database. One that has not
// ended is none.
func agentEntry(e source.HistoryEntry) (happening, bool) {
	h := happening{time: e.Time, title: e.Title, client: e.Client, kb: kbIn(e.Title), updateID: bareGUID(e.UpdateID), revision: e.Revision,
		history: fromDataStore, store: storeTitle(e.Title) || bareGUID(e.ServiceID) == storeService,
		origin: model.Origin{Artifact: "live", Key: "update-history"}}
	switch e.Result {
	case resultSucceeded:
		h.what = whatInstalled
	case resultWithErrors, resultFailed:
		h.what = whatInstallFailed
		if e.Result == resultWithErrors && e.HResult == 0 {
			h.what = whatInstalled
		}
	case resultAborted:
		h.what = whatCancelled
	}
	if h.what == "" || h.time.IsZero() || h.updateID == "" && h.kbOrTitle() == "" {
		return h, false
	}
	h.setCode(e.HResult, true)
	if e.HResult == callCancelled {
		h.what = whatCancelled
	}
	h.raw = rawCode(e.Unmapped)
	return h, true
}
