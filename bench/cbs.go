package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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
	texts := map[string][]byte{"made": cbsLines(16 << 20)}
	for _, name := range []string{"solstice__CBS_19041_clean", "loghub__Windows_2k", "romi1996__CBS"} {
		if text, err := os.ReadFile(filepath.Join(b.samples, "log", "cbs", name+".log")); err == nil {
			_, short, _ := strings.Cut(name, "__")
			texts["sample "+short] = text
		}
	}
	for _, name := range sortedKeys(texts) {
		if err := b.oneCBS(ctx, name, texts[name]); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) oneCBS(ctx context.Context, name string, text []byte) error {
	path := filepath.Join(b.work, "CBS.log")
	if err := os.WriteFile(path, bytes.Repeat(text, 1+cbsSize/len(text)), 0o600); err != nil {
		return err
	}
	defer os.Remove(path)
	alone, both := b.worker("cbs", path, "1"), b.worker("cbs", path, "2")
	both.pinned = false
	peer := command{args: []string{"rg", "-c", "HRESULT", path}, ends: []int{1}}
	pinned := peer
	pinned.pinned = true
	costs, err := medians(ctx, 3*b.rounds, pinned, alone, peer, both)
	if err != nil {
		return err
	}
	add := func(what string, peer, ours time.Duration, target float64) {
		b.table.add(row{what: fmt.Sprintf("CBS.log, %s, %s", name, what), peer: seconds(peer), ours: seconds(ours),
			value: peer.Seconds() / ours.Seconds(), format: "%.2f×", target: target, atLeast: true})
	}
	add("one core", costs[0].cpu, costs[1].cpu, 0.4)
	add("two cores (wall time)", costs[2].wall, costs[3].wall, 0.7)
	b.table.add(row{what: fmt.Sprintf("CBS.log, %s, memory", name), value: megabytes(max(costs[1].rss, costs[3].rss)), format: "%.1f MB", target: 32})
	return nil
}
