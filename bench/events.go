package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// bigLog is the least size of a log that is measured.
const bigLog = 64 << 20

// logSource is where a large log comes from.
type logSource struct {
	name string
	make func(path string) error
}

// logSources are the shapes of our own writer and, as far as they are there, the
// samples.
func (b *bench) logSources() []logSource {
	var all []logSource
	for _, s := range shapes() {
		all = append(all, logSource{"made, like " + s.name, func(path string) error { return makeLog(path, s, bigLog) }})
	}
	samples, _ := filepath.Glob(filepath.Join(b.samples, "evtx", "*.evtx"))
	for _, path := range samples {
		src, err := os.ReadFile(path)
		if err != nil || !newRawLog().add(src) {
			continue // no sound chunk to enlarge
		}
		_, name, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".evtx"), "__")
		all = append(all, logSource{"sample " + name, func(to string) error { return os.WriteFile(to, enlargeLog(src, bigLog), 0o600) }})
	}
	return all
}

// events measures how fast logs are decoded to JSON lines, whole and damaged.
func (b *bench) events(ctx context.Context) error {
	if none := missing("evtxexport", "evtxinfo", "taskset"); none != nil {
		b.table.skip("event logs", none)
		return nil
	}
	var rows []eventRow
	for _, s := range b.logSources() {
		r, err := b.oneLog(ctx, s)
		if err != nil {
			return fmt.Errorf("log %s: %w", s.name, err)
		}
		rows = append(rows, r)
		b.table.add(row{what: "event log, " + s.name, peer: r.peerText(), ours: r.oursText(), value: r.ratio(), format: "%.1f×", target: 10, atLeast: true})
	}
	b.table.add(row{what: fmt.Sprintf("event logs, median of %d", len(rows)), value: median(rows, eventRow.ratio), format: "%.1f×", target: 15, atLeast: true})
	worst := func(name, format string, target float64, figure func(eventRow) float64) {
		most := 0.0
		for _, r := range rows {
			most = max(most, figure(r))
		}
		b.table.add(row{what: name, value: most, format: format, target: target})
	}
	worst("event logs, allocations a record, worst", "%.3f", 4, eventRow.allocations)
	worst("event logs, damaged ÷ whole, time, worst", "%.2f", 1.5, eventRow.damagedRatio)
	return nil
}

// eventRow is what one log cost.
type eventRow struct {
	peer, ours, spoilt cost
	peerRecords        int64
}

func (r eventRow) perRecord() (peer, ours float64) {
	return r.peer.CPU.Seconds() / float64(r.peerRecords), r.ours.CPU.Seconds() / float64(r.ours.Records)
}

func (r eventRow) ratio() float64 {
	peer, ours := r.perRecord()
	return peer / ours
}

func (r eventRow) allocations() float64 { return float64(r.ours.Mallocs) / float64(r.ours.Records) }

func (r eventRow) damagedRatio() float64 { return r.spoilt.CPU.Seconds() / r.ours.CPU.Seconds() }

func (r eventRow) peerText() string { return logText(r.peerRecords, r.peer.CPU) }

func (r eventRow) oursText() string { return logText(r.ours.Records, r.ours.CPU) }

func logText(records int64, cpu time.Duration) string {
	return fmt.Sprintf("%d in %s", records, seconds(cpu))
}

func (b *bench) oneLog(ctx context.Context, s logSource) (eventRow, error) {
	whole, bad := filepath.Join(b.work, "whole.evtx"), filepath.Join(b.work, "spoilt.evtx")
	if err := s.make(whole); err != nil {
		return eventRow{}, err
	}
	log, err := os.ReadFile(whole)
	if err != nil {
		return eventRow{}, err
	}
	spoil(log)
	if err := os.WriteFile(bad, log, 0o600); err != nil {
		return eventRow{}, err
	}
	peer := command{args: []string{"evtxexport", "-f", "xml", whole}, pinned: true}
	costs, err := b.medians(ctx, b.rounds, peer, b.worker("events", whole), b.worker("events", bad))
	if err != nil {
		return eventRow{}, err
	}
	n, err := peerRecords(ctx, whole)
	return eventRow{peer: costs[0], ours: costs[1], spoilt: costs[2], peerRecords: n}, err
}

var recordCount = regexp.MustCompile(`Number of (?:recovered )?records\s*:\s*(\d+)`)

// peerRecords is how many records the peer finds.
func peerRecords(ctx context.Context, path string) (int64, error) {
	out, err := exec.CommandContext(ctx, "evtxinfo", path).Output()
	if err != nil {
		return 0, err
	}
	total := int64(0)
	for _, m := range recordCount.FindAllSubmatch(out, -1) {
		n, err := strconv.ParseInt(string(m[1]), 10, 64)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}
