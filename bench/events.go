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
	var all, compared []eventRow
	for _, source := range b.logSources() {
		r, err := b.oneLog(ctx, source)
		if err != nil {
			return fmt.Errorf("log %s: %w", source.name, err)
		}
		all = append(all, r)
		if r.peer.Exit == 0 {
			compared = append(compared, r)
		}
		b.table.add(r.row("event log, " + source.name))
	}
	b.table.add(row{what: fmt.Sprintf("event logs, median of %d", len(compared)), value: median(compared, eventRow.ratio), format: "%.1f×", target: 15, atLeast: true})
	b.table.add(row{what: "event logs, allocations a record, worst", value: worst(all, eventRow.allocations), format: "%.3f", target: 4})
	b.table.add(row{what: "event logs, damaged ÷ whole, worst", value: worst(all, eventRow.damagedRatio), format: "%.2f", target: 1.5})
	return nil
}

func worst(rows []eventRow, figure func(eventRow) float64) float64 {
	most := 0.0
	for _, r := range rows {
		most = max(most, figure(r))
	}
	return most
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

// row compares with the peer, or, if the peer gave up, only says how fast we are.
func (r eventRow) row(what string) row {
	ours := logText(r.ours.Records, r.ours.CPU)
	if r.peer.Exit != 0 {
		return row{what: what, peer: "gives up", ours: ours, value: float64(r.ours.Records) / r.ours.CPU.Seconds() / 1000, format: "%.0f k/s"}
	}
	return row{what: what, peer: logText(r.peerRecords, r.peer.CPU), ours: ours, value: r.ratio(), format: "%.1f×", target: 10, atLeast: true}
}

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
	// Two runs of a peer that takes ten seconds and is slower by far tell enough.
	peers, err := b.medians(ctx, 2, command{args: []string{"evtxexport", "-f", "xml", whole}, pinned: true, ends: []int{1}})
	if err != nil {
		return eventRow{}, err
	}
	ours, err := b.medians(ctx, 3*b.rounds, b.worker("events", whole), b.worker("events", bad))
	if err != nil {
		return eventRow{}, err
	}
	n, err := peerRecords(ctx, whole)
	return eventRow{peer: peers[0], ours: ours[0], spoilt: ours[1], peerRecords: n}, err
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
