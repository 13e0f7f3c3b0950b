package evtx

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"updoc/testkit"
)

// truth is what TRUTH.json says of an event log, by libevtx and a plain walk
// over record signatures.
type truth struct {
	Chunks  int            `json:"chunks_with_magic"`
	Slots   int            `json:"chunks_in_file"`
	BadCRC  int            `json:"chunk_event_crc_bad"`
	Records int            `json:"libevtx_records"`
	RawWalk int            `json:"records_by_raw_walk"`
	First   string         `json:"first_time"`
	Last    string         `json:"last_time"`
	Levels  map[string]int `json:"level_counts"`
	Events  map[string]int `json:"provider_event_counts"`
	Hosts   map[string]int `json:"computers"`
	Kinds   int            `json:"distinct_provider_event"`
	Fails   []struct {
		Error, Service, Title, Update string
		Record                        uint64
	} `json:"wu_failures_event20"`
	Header struct {
		ChunkCount int  `json:"chunk_count"`
		CRCOK      bool `json:"crc_ok"`
		Dirty      bool
		Full       bool
		First      uint64 `json:"first_chunk"`
		Last       uint64 `json:"last_chunk"`
		MagicOK    bool   `json:"magic_ok"`
		Next       uint64 `json:"next_record_id"`
		Version    string
	}
}

// exception is a sample whose truth is known to be incomplete, with what is
// right; the reasons are in docs/truth.md.
type exception struct {
	recovered int  // records libevtx does not reach
	damaged   int  // records seen that nobody can read
	unread    bool // libevtx reads none, so there are no figures by content
}

func exceptions(name string) exception {
	switch name {
	case "evtx2mitre__ID1151-Defender-health-status.evtx":
		return exception{unread: true}
	case "omer__sample-with-zero-data-size-event.evtx":
		return exception{recovered: 115}
	case "omer__sample_with_a_bad_chunk_magic.evtx":
		return exception{recovered: 113, damaged: 4}
	}
	return exception{}
}

// tally counts what the truth counts, over records libevtx reaches too. It
// names a provider by its classic source name if it has one.
type tally struct {
	records               int
	levels, events, hosts map[string]int
	first, last           time.Time
}

func (c *tally) add(r *Record) {
	if r.Recovered {
		return
	}
	name := r.Provider
	if r.Source != "" {
		name = r.Source
	}
	c.records++
	c.levels[fmt.Sprint(r.Level)]++
	c.events[fmt.Sprintf("%s/%d", name, r.EventID)]++
	c.hosts[r.Computer]++
	if c.records == 1 || r.Written.Before(c.first) {
		c.first = r.Written
	}
	if r.Written.After(c.last) {
		c.last = r.Written
	}
}

func TestSamplesEqualTruth(t *testing.T) {
	all := testkit.Truth[truth](t, "evtx/")
	for _, path := range sampleLogs(t) {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			want, known := all["evtx/"+name], exceptions(name)
			c := tally{levels: map[string]int{}, events: map[string]int{}, hosts: map[string]int{}}
			info := readAll(t, openBytes(t, testkit.ReadFile(t, path)), c.add)
			checkHeader(t, info, want)
			equal(t, "records", c.records, want.Records)
			equal(t, "recovered", info.Recovered, known.recovered)
			equal(t, "damaged", info.DamagedRecords, known.damaged)
			if !known.unread {
				checkContent(t, c, want)
			}
		})
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func checkHeader(t *testing.T, info Info, want truth) {
	h := info.Header
	equal(t, "slots", info.Slots, want.Slots)
	equal(t, "chunks with magic", info.Chunks-info.BadMagic, want.Chunks)
	equal(t, "bad records checksums", info.BadRecordsCRC, want.BadCRC)
	equal(t, "version", fmt.Sprintf("%d.%d", h.Major, h.Minor), want.Header.Version)
	equal(t, "magic", h.Present, want.Header.MagicOK)
	equal(t, "checksum", h.CRCOK, want.Header.CRCOK)
	equal(t, "dirty", info.Dirty, want.Header.Dirty)
	equal(t, "full", info.Full, want.Header.Full)
	equal(t, "chunk count", int(h.ChunkCount), want.Header.ChunkCount)
	equal(t, "first chunk", h.FirstChunk, want.Header.First)
	equal(t, "last chunk", h.LastChunk, want.Header.Last)
	equal(t, "next record id", info.NextRecordID, want.Header.Next)
}

// checkContent compares the counts; TRUTH.json keeps the 40 commonest events.
func checkContent(t *testing.T, c tally, want truth) {
	equal(t, "distinct events", len(c.events), want.Kinds)
	for what, pair := range map[string][2]map[string]int{
		"level": {c.levels, want.Levels}, "event": {c.events, want.Events}, "computer": {c.hosts, want.Hosts},
	} {
		for k, n := range pair[1] {
			equal(t, what+" "+k, pair[0][k], n)
		}
	}
	equal(t, "levels", len(c.levels), len(want.Levels))
	equalTime(t, "first", c.first, want.First)
	equalTime(t, "last", c.last, want.Last)
}

func equalTime(t *testing.T, what string, got time.Time, want string) {
	t.Helper()
	w, err := time.Parse("2006-01-02T15:04:05", want)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, what, got.Truncate(time.Microsecond), w)
}

// TestSampleInstallFailures finds the failed updates of a real System log by
// head alone and compares their fields.
func TestSampleInstallFailures(t *testing.T) {
	const name = "evtx/omer__2-vss_7-System.evtx"
	want := testkit.Truth[truth](t, name)[name].Fails
	l := openBytes(t, testkit.SampleBytes(t, name))
	err := l.Records(t.Context(), func(h Head) bool {
		return h.EventID == 20 && h.Provider == "Microsoft-Windows-WindowsUpdateClient"
	}, func(r *Record) error {
		if len(want) == 0 {
			t.Fatal("more failures than recorded")
		}
		w := want[0]
		want = want[1:]
		equal(t, "record", r.RecordID, w.Record)
		equal(t, "error", r.Get("errorCode"), w.Error)
		equal(t, "title", r.Get("updateTitle"), w.Title)
		equal(t, "update", r.Get("updateGuid"), w.Update)
		equal(t, "service", r.Get("serviceGuid"), w.Service)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "failures not found", len(want), 0)
}
