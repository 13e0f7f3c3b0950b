package cli

import (
	"context"
	"fmt"
	"time"

	"updoc/format/reportingevents"
)

type reportingView struct{ s *subject }

type reportingDocument struct {
	Kind   string     `json:"kind"`
	Events int64      `json:"events"`
	First  *time.Time `json:"firstTime"`
	Last   *time.Time `json:"lastTime"`
	about
	Encoding     string   `json:"encoding"`
	Lines        int64    `json:"lines"`
	DamagedLines int64    `json:"damagedLines"`
	Names        tally    `json:"names"`    // of events
	HRESULTs     tally    `json:"hresults"` // other than 0
	KBs          tally    `json:"kbs"`
	Clients      tally    `json:"clients"`
	Problems     []string `json:"problems"`
}

func (v *reportingView) document(ctx context.Context) (document, error) {
	d := &reportingDocument{Kind: "reportingevents", Names: tally{}, HRESULTs: tally{}, KBs: tally{}, Clients: tally{}, Problems: []string{}}
	stats, err := reportingevents.Read(ctx, v.s.reader(), func(e reportingevents.Event) error {
		d.count(e)
		return nil
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		d.Problems = append(d.Problems, err.Error())
	}
	d.about, d.Encoding, d.Lines, d.Events, d.DamagedLines = aboutOf(v.s), stats.Encoding.String(), stats.Lines, stats.Events, stats.Damaged
	d.First, d.Last = timeOrNull(stats.First), timeOrNull(stats.Last)
	for _, line := range stats.DamagedLines {
		d.Problems = append(d.Problems, fmt.Sprintf("line %d is no event", line))
	}
	return d, nil
}

func (d *reportingDocument) count(e reportingevents.Event) {
	d.Names.add(fmt.Sprintf("%s/%d", e.Name, e.ID))
	d.Clients.add(e.Client)
	if e.HRESULT != 0 {
		d.HRESULTs.add(hex32(e.HRESULT))
	}
	if e.KB != "" {
		d.KBs.add(e.KB)
	}
}

type reportingRecord struct {
	Line     int64     `json:"line"`
	Time     time.Time `json:"time"`
	Zone     int       `json:"zone"` // seconds east of UTC
	ID       int       `json:"id"`
	Name     string    `json:"name"`
	GUID     string    `json:"guid"`
	UpdateID string    `json:"updateId"`
	Revision int       `json:"revision"`
	HRESULT  string    `json:"hresult"`
	Client   string    `json:"client"`
	Status   string    `json:"status"`
	Content  string    `json:"content"`
	KB       string    `json:"kb,omitempty"`
	Title    string    `json:"title,omitempty"`
	Message  string    `json:"message"`
}

func (v *reportingView) records(ctx context.Context, out *lines) error {
	_, err := reportingevents.Read(ctx, v.s.reader(), func(e reportingevents.Event) error {
		return out.add(reportingRecord{e.Line, e.Time.UTC(), e.Zone, e.ID, e.Name, e.GUID, e.UpdateID, e.Revision, hex32(e.HRESULT),
			e.Client, e.Status, e.Content, e.KB, e.Title, e.Message})
	})
	return err
}

func (d *reportingDocument) show(s *sheet) {
	s.title(d.Path, "reportingevents")
	s.rowCount("events-count", d.Events)
	s.rowIf("damaged-lines", d.DamagedLines)
	s.showTimes(d.First, d.Last)
	s.counts("events", d.Names)
	s.counts("codes", d.HRESULTs)
	s.counts("kbs", d.KBs)
	s.counts("clients", d.Clients)
	s.list("problems", append(append([]string{}, d.Problems...), d.Notes...))
}
