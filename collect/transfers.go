package collect

import (
	"net/url"
	"strconv"
	"strings"

	"updoc/format/hosts"
	"updoc/model"
)

const (
	bitsClient    = "Microsoft-Windows-Bits-Client"
	bitsLog       = "Microsoft-Windows-Bits-Client%4Operational"
	transferLimit = 500
	urlLongest    = 300
)

// transfers fills Machine.Agent.Transfers from the log of BITS: transfers of updates
// that stopped (60) or failed (61). Other programs use BITS too; what counts is the
// server. A code of the success class is none. Source: field guide, artifacts §2,
// codes §9.
func transfers(d *desk) {
	if _, err := d.stat(d.on(eventFolder + bitsLog + ".evtx")); err != nil {
		d.m.Agent.Transfers = model.Partial[model.Note](nil, *d.look("evtx", d.on(eventFolder+bitsLog+".evtx"), err))
		return
	}
	log := d.log(bitsLog)
	var items []model.Note
	for i := range log.events {
		e := &log.events[i]
		if e.id != 60 && e.id != 61 {
			continue
		}
		hr, err := strconv.ParseInt(strings.TrimSpace(e.get("hr")), 0, 64)
		where := e.get("url")
		if err != nil || uint32(hr)&0x80000000 == 0 || !updateTransfer(where, e.get("name")) {
			continue
		}
		where, _, _ = strings.Cut(where, "?")
		items = append(items, model.Note{Kind: "transfer-failed", Code: hexText(uint32(hr)), Text: e.get("name"),
			Subject: where[:min(len(where), urlLongest)], Time: e.time, Origin: e.origin})
	}
	kept, cut := within(items, transferLimit)
	listOf(d, log, kept, &d.m.Agent.Transfers)
	if cut {
		d.m.Agent.Transfers.Coverage.From = kept[0].Time
	}
}

// updateTransfer tells whether a job of BITS is one of Windows Update's.
func updateTransfer(where, job string) bool {
	if u, err := url.Parse(where); err == nil && hosts.UpdateServer(u.Hostname()) {
		return true
	}
	job = strings.ToLower(job)
	return strings.HasPrefix(job, "wu client") || strings.HasPrefix(job, "windows update")
}
