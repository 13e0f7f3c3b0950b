package cbs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	"updoc/format/textlog"
	"updoc/testkit"
)

type truth struct {
	HRESULT             map[string]int64
	Clients             map[string]int64
	Bytes               int64
	Lines               int64
	BOM                 string
	Codes               map[string]int64
	StampedLines        *int64                               `json:"timestamped_lines"`
	ContinuationLines   int64                                `json:"continuation_lines"`
	CorruptionSummaries []struct{ Detected, Repaired int64 } `json:"corruption_summaries"`
	FirstTS             string                               `json:"first_ts"`
	LastTS              string                               `json:"last_ts"`
	LevelCounts         map[string]int64                     `json:"level_counts"`
	ServicingStack      []string                             `json:"servicing_stack"`
	SRCannotRepair      int64                                `json:"sr_cannot_repair"`
	SRRepaired          int64                                `json:"sr_repaired"`
}

// TestTruth compares with the counts that independent tools took.
func TestTruth(t *testing.T) {
	for name, want := range testkit.Truth[truth](t, "log/cbs/") {
		data := testkit.SampleBytes(t, name)
		for way, log := range everyWay(t, data, 0) {
			compareTruth(t, name+" "+way, log, want)
		}
	}
}

// everyWay reads data in all the ways that must agree.
func everyWay(t *testing.T, data []byte, step int) map[string]*Log {
	t.Helper()
	ctx := context.Background()
	out := map[string]*Log{}
	read := func(way string, f func() (*Log, error)) {
		log, err := f()
		if err != nil {
			t.Fatal(way, err)
		}
		out[way] = log
	}
	r := bytes.NewReader(data)
	for _, n := range []int{1, 3} {
		opts := Options{Parallel: n, step: step}
		at, stream := "at/"+strconv.Itoa(n), "stream/"+strconv.Itoa(n)
		read(at, func() (*Log, error) { return ReadAt(ctx, r, int64(len(data)), opts) })
		read(stream, func() (*Log, error) { return Read(ctx, bytes.NewReader(data), opts) })
	}
	return out
}

func compareTruth(t *testing.T, name string, log *Log, want truth) {
	t.Helper()
	check := func(what string, got, want any) {
		if g, w := mustJSON(t, got), mustJSON(t, want); g != w {
			t.Errorf("%s: %s is %s, want %s", name, what, g, w)
		}
	}
	check("lines", log.Lines, want.Lines)
	if want.StampedLines == nil {
		for code, n := range want.Codes {
			v, _ := strconv.ParseUint(code, 16, 32)
			if log.HRESULTs[uint32(v)] != n {
				t.Errorf("%s: %s seen %d times, want %d", name, code, log.HRESULTs[uint32(v)], n)
			}
		}
		return
	}
	const layout = "2006-01-02 15:04:05"
	check("hresults", hresultTexts(log), want.HRESULT)
	check("clients", log.Clients, want.Clients)
	check("bytes", log.Bytes, want.Bytes)
	check("stamped", log.Stamped, *want.StampedLines)
	check("continuations", log.Lines-log.Stamped, want.ContinuationLines)
	check("corruption", corruptionCounts(log), want.CorruptionSummaries)
	check("first", log.FirstTime.Format(layout), want.FirstTS)
	check("last", log.LastTime.Format(layout), want.LastTS)
	check("levels", log.Levels, want.LevelCounts)
	check("cannot repair", log.SFC.CannotRepairCount, want.SRCannotRepair)
	check("repaired", log.SFC.Repaired, want.SRRepaired)
	check("stacks", append([]string{}, log.StackVersions...), want.ServicingStack)
	check("mark", log.BOM == 3, want.BOM == "utf-8")
	check("encoding", log.Encoding, textlog.UTF8)
	var sessions int64
	for _, n := range log.Clients {
		sessions += n
	}
	check("sessions", log.SessionCount, sessions)
}

// hresultTexts are the counts of codes with the codes as the truth writes them.
func hresultTexts(log *Log) map[string]int64 {
	counts := map[string]int64{}
	for v, n := range log.HRESULTs {
		counts[fmt.Sprintf("0x%08x", v)] = n
	}
	return counts
}

func corruptionCounts(log *Log) []map[string]int64 {
	counts := []map[string]int64{}
	for _, c := range log.Corruption {
		counts = append(counts, map[string]int64{"Detected": c.Detected, "Repaired": c.Repaired})
	}
	return counts
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
