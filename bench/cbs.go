package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// cbsSize is the size of the logs that are read, in bytes.
const cbsSize = 256 << 20

// cbs measures the extraction of everything from a CBS log.
func (b *bench) cbs(ctx context.Context) error {
	if none := missing("rg", "taskset"); none != nil {
		b.table.skip("CBS.log", none)
		return nil
	}
	if err := b.oneCBS(ctx, "made", cbsLines(16<<20)); err != nil {
		return err
	}
	samples, _ := filepath.Glob(filepath.Join(b.samples, "log", "cbs", "*.log"))
	var joined []byte
	for _, path := range samples {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		joined = append(joined, text...)
	}
	if joined == nil {
		return nil
	}
	return b.oneCBS(ctx, fmt.Sprintf("%d samples joined", len(samples)), joined)
}

// oneCBS measures the reading of a log made of a text over and over. The peer is
// compared twice: as it is, when it maps the file into its memory, and reading it as
// we must, whose files lie inside an image. The second is for information.
func (b *bench) oneCBS(ctx context.Context, name string, text []byte) error {
	path := filepath.Join(b.work, "CBS.log")
	if err := os.WriteFile(path, bytes.Repeat(text, 1+cbsSize/len(text)), 0o600); err != nil {
		return err
	}
	defer os.Remove(path)
	alone, both := b.worker("cbs", path, "1"), b.worker("cbs", path, "2")
	both.pinned = false
	peer := command{args: []string{"rg", "-c", "HRESULT", path}, ends: []int{1}}
	pinned, reading := peer, command{args: []string{"rg", "--no-mmap", "-c", "HRESULT", path}, ends: []int{1}, pinned: true}
	pinned.pinned = true
	costs, err := b.medians(ctx, 3*b.rounds, pinned, reading, alone, peer, both)
	if err != nil {
		return err
	}
	add := func(what string, peer, ours time.Duration, target float64) {
		b.table.add(row{what: fmt.Sprintf("CBS.log, %s, %s", name, what), peer: seconds(peer), ours: seconds(ours),
			value: peer.Seconds() / ours.Seconds(), format: "%.2f×", target: target, atLeast: true})
	}
	add("one core", costs[0].CPU, costs[2].CPU, 0.4)
	add("one core, rg --no-mmap", costs[1].CPU, costs[2].CPU, 0)
	add("two cores (wall time)", costs[3].Wall, costs[4].Wall, 0.7)
	b.table.add(row{what: fmt.Sprintf("CBS.log, %s, memory", name), value: megabytes(max(costs[2].RSS, costs[4].RSS)), format: "%.1f MB", target: 32})
	return nil
}
