package collect

import (
	"fmt"
	"io"
	"time"

	"updoc/format/reportingevents"
	"updoc/model"
)

const (
	reportingPath  = "Windows/SoftwareDistribution/ReportingEvents.log"
	reportingLimit = 50000 // happenings kept; the newest stay
)

// reportingWhat maps the names of events, which are the same in all versions; the
// numbers stand in for lines that lack the name. Source: field guide, artifacts
// confirmed §6.
var reportingWhat = map[string]string{
	reportingevents.DetectionFinished:   whatScanned,
	reportingevents.DetectionFailed:     whatScanFailed,
	reportingevents.DownloadFailed:      whatDownloadFailed,
	reportingevents.DownloadSucceeded:   whatDownloaded,
	reportingevents.DownloadCanceled:    whatCancelled,
	reportingevents.DownloadStarted:     whatDownloadStarted,
	reportingevents.InstallingStarted:   whatInstallStarted,
	reportingevents.InstallingFailed:    whatInstallFailed,
	reportingevents.InstallingSucceeded: whatInstalled,
	reportingevents.InstallingPending:   whatPending,
	reportingevents.InstallReboot:       whatPending,
	"AGENT_INSTALL_CANCEL":              whatCancelled,
	"AGENT_INSTALL_KILLED":              whatCancelled,
}

var reportingNumbers = map[int]string{
	147: whatScanned, 148: whatScanFailed, 161: whatDownloadFailed, 162: whatDownloaded, 163: whatCancelled,
	167: whatDownloadStarted, 181: whatInstallStarted, 182: whatInstallFailed, 183: whatInstalled,
	184: whatPending, 186: whatCancelled, 201: whatPending,
}

// reporting reads ReportingEvents.log. Its span begins behind the last line that
// could not be understood.
func (d *desk) reporting() ([]happening, model.Coverage) {
	at := d.on(reportingPath)
	f, size, err := d.open(at)
	if err != nil {
		return nil, model.Coverage{Why: d.look("reportingevents", at, err)}
	}
	r := reportingReader{at: at}
	stats, err := reportingevents.Read(d.ctx, io.NewSectionReader(f, 0, size), r.take)
	if err == nil && stats.Events == 0 && stats.Lines > 0 {
		err = fmt.Errorf("none of its %d lines is an event", stats.Lines)
	}
	note := ""
	if stats.Damaged > 0 {
		note = fmt.Sprintf("%d of %d lines are no event", stats.Damaged, stats.Lines)
	}
	why := d.lookNote("reportingevents", at, err, note)
	d.met(stats.Last)
	return r.all, r.span(stats, why)
}

type reportingReader struct {
	at     place
	all    []happening
	line   int64
	gapEnd time.Time // time of the first event behind a line that is none
	cut    bool
}

func (r *reportingReader) take(e reportingevents.Event) error {
	if e.Line > r.line+1 {
		r.gapEnd = e.Time
	}
	r.line = e.Line
	what, ok := reportingWhat[e.Name]
	if !ok && e.Name == "" {
		what = reportingNumbers[e.ID]
	}
	if what == "" {
		return nil
	}
	h := happening{time: e.Time, what: what, kb: e.KB, title: e.Title, updateID: bareGUID(e.UpdateID),
		revision: int64(e.Revision), client: e.Client, store: e.IsStoreApp(), history: fromReporting,
		origin: textOrigin("reportingevents", r.at, e.Line, e.Offset)}
	h.setCode(e.HRESULT, true)
	if len(r.all) >= 2*reportingLimit {
		r.all = append(r.all[:0], r.all[reportingLimit:]...)
		r.cut = true
	}
	r.all = append(r.all, h)
	return nil
}

func (r *reportingReader) span(stats reportingevents.Stats, why *model.Unseen) model.Coverage {
	c := model.Coverage{From: stats.First, To: stats.Last, Why: why}
	if stats.Damaged > 0 {
		c.From = later(c.From, r.gapEnd)
	}
	if r.cut {
		c.From = later(c.From, r.all[0].time)
	}
	if why != nil {
		return model.Coverage{Why: why}
	}
	c.Why = outOfRange("reportingevents", c.From)
	return c
}
