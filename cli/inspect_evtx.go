package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"updoc/format/evtx"
)

// maxNames bounds every count by name; real logs have a few hundred.
const maxNames = 4096

// tally counts by name, in bounded memory.
type tally map[string]int64

const otherNames = "…" // counts what is beyond maxNames

func (t tally) add(name string) {
	if _, ok := t[name]; !ok && len(t) >= maxNames {
		name = otherNames
	}
	t[name]++
}

type evtxView struct {
	s   *subject
	log *evtx.Log
}

func openEvtx(s *subject) (view, error) {
	log, err := evtx.Open(s.file, s.size)
	if errors.Is(err, evtx.ErrNotEventLog) {
		return nil, damagedFile(s.name, "evtx", err)
	}
	if err != nil {
		return nil, unreadable(s.name, err)
	}
	return &evtxView{s, log}, nil
}

// evtxDocument: first and last are when the log service wrote the records, as the
// record headers say; firstCreated and lastCreated are System/TimeCreated.
type evtxDocument struct {
	Kind           string     `json:"kind"`
	Records        int        `json:"records"`
	DamagedChunks  int        `json:"damagedChunks"`
	DamagedRecords int        `json:"damagedRecords"`
	FirstTime      *time.Time `json:"firstTime"`
	LastTime       *time.Time `json:"lastTime"`
	Providers      tally      `json:"providers"` // by source name of classic sources, else by provider
	about
	Events           tally       `json:"events"` // "provider/event id"
	Levels           tally       `json:"levels"`
	Channels         tally       `json:"channels"`
	Computers        tally       `json:"computers"`
	FirstCreated     *time.Time  `json:"firstCreated"`
	LastCreated      *time.Time  `json:"lastCreated"`
	Version          string      `json:"version,omitempty"`
	Dirty            bool        `json:"dirty"`
	Full             bool        `json:"full"`
	NextRecordID     uint64      `json:"nextRecordId"`
	OldestRecordID   uint64      `json:"oldestRecordId"`
	NewestRecordID   uint64      `json:"newestRecordId"`
	Chunks           int         `json:"chunks"`
	StaleChunks      int         `json:"staleChunks"`
	Recovered        int         `json:"recovered"` // of the records
	MissingRecords   int         `json:"missingRecords"`
	DuplicateRecords int         `json:"duplicateRecords"`
	Issues           []evtxIssue `json:"issues"`
	Problems         []string    `json:"problems"`
}

type evtxIssue struct {
	Offset  int64  `json:"offset"` // of the chunk, bytes
	Problem string `json:"problem"`
}

func (v *evtxView) document(ctx context.Context) (document, error) {
	d := &evtxDocument{Kind: "evtx", Providers: tally{}, Events: tally{}, Levels: tally{}, Channels: tally{}, Computers: tally{},
		Issues: []evtxIssue{}, Problems: []string{}}
	err := v.log.Records(ctx, nil, func(r *evtx.Record) error {
		d.count(r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	d.fill(v.log.Info())
	d.about = aboutOf(v.s)
	return d, nil
}

func (d *evtxDocument) count(r *evtx.Record) {
	name := r.Source
	if name == "" {
		name = r.Provider
	}
	d.Providers.add(name)
	d.Events.add(name + "/" + strconv.FormatUint(uint64(r.EventID), 10))
	d.Levels.add(strconv.Itoa(int(r.Level)))
	d.Channels.add(r.Channel)
	d.Computers.add(r.Computer)
}

func (d *evtxDocument) fill(info evtx.Info) {
	d.Records, d.DamagedChunks, d.DamagedRecords = info.Records, info.DamagedChunks, info.DamagedRecords
	d.FirstTime, d.LastTime = timeOrNull(info.FirstWritten), timeOrNull(info.LastWritten)
	d.FirstCreated, d.LastCreated = timeOrNull(info.First), timeOrNull(info.Last)
	if info.Header.Present {
		d.Version = fmt.Sprintf("%d.%d", info.Header.Major, info.Header.Minor)
	}
	d.Dirty, d.Full, d.NextRecordID = info.Dirty, info.Full, info.NextRecordID
	d.OldestRecordID, d.NewestRecordID = info.OldestRecordID, info.NewestRecordID
	d.Chunks, d.StaleChunks, d.Recovered = info.Chunks, info.StaleChunks, info.Recovered
	d.MissingRecords, d.DuplicateRecords = info.MissingRecords, info.DuplicateRecords
	for _, i := range info.Issues {
		d.Issues = append(d.Issues, evtxIssue(i))
	}
	d.Problems = append(d.Problems, info.Problems...)
}

func (v *evtxView) records(ctx context.Context, out *lines) error {
	var line []byte
	return v.log.Records(ctx, nil, func(r *evtx.Record) error {
		line = evtx.AppendJSON(line[:0], r)
		return out.raw(line)
	})
}

func (d *evtxDocument) show(s *sheet) {
	s.title(d.Path, "evtx")
	s.rowCount("records", int64(d.Records))
	s.rowIf("recovered-records", int64(d.Recovered))
	s.rowIf("damaged-records", int64(d.DamagedRecords))
	s.rowIf("missing-records", int64(d.MissingRecords))
	s.row("chunks", commas(d.Chunks))
	s.rowIf("damaged-chunks", int64(d.DamagedChunks))
	s.showTimes(d.FirstTime, d.LastTime)
	s.rowBool("dirty-log", d.Dirty)
	s.counts("channels", d.Channels)
	s.counts("computers", d.Computers)
	s.counts("events", d.Events)
	problems := append([]string{}, d.Problems...)
	for _, i := range d.Issues {
		problems = append(problems, fmt.Sprintf("%s: %s", commas(i.Offset), i.Problem))
	}
	s.list("problems", append(problems, d.Notes...))
}

func (s *sheet) showTimes(first, last *time.Time) {
	if first != nil && last != nil {
		s.rowTime("first", *first)
		s.rowTime("last", *last)
	}
}
