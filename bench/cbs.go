package main

import (
	"bufio"
	"context"
	"errors"
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
	if err := b.oneCBS(ctx, "made", cbsLines(16<<20, epoch)); err != nil {
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

// oneCBS measures the reading of a log made of a text over and over. It is written in
// small pieces, as a log grows. A file written at once is kept by newer kernels in
// large pages, which makes the peer, who maps it into its memory, several times faster
// and us a little: that comparison is shown for information.
func (b *bench) oneCBS(ctx context.Context, name string, text []byte) error {
	path := filepath.Join(b.work, "CBS.log")
	defer os.Remove(path)
	if err := writeRepeated(path, text, cbsSize, 1<<12); err != nil {
		return err
	}
	alone, both := b.worker("cbs", path, "1"), b.worker("cbs", path, "2")
	both.pinned = false
	peer := command{args: []string{"rg", "-c", "HRESULT", path}, ends: []int{1}}
	pinned := peer
	pinned.pinned = true
	costs, err := b.medians(ctx, 3*b.rounds, pinned, alone, peer, both)
	if err != nil {
		return err
	}
	if err := writeRepeated(path, text, cbsSize, 1<<24); err != nil {
		return err
	}
	large, err := b.medians(ctx, 3*b.rounds, pinned, alone)
	if err != nil {
		return err
	}
	add := func(what string, peer, ours time.Duration, target float64) {
		b.table.add(row{what: fmt.Sprintf("CBS.log, %s, %s", name, what), peer: seconds(peer), ours: seconds(ours),
			value: peer.Seconds() / ours.Seconds(), format: "%.2f×", target: target, atLeast: true})
	}
	add("one core", costs[0].CPU, costs[1].CPU, 0.4)
	add("two cores (wall time)", costs[2].Wall, costs[3].Wall, 0.7)
	add("one core, file in large pages", large[0].CPU, large[1].CPU, 0)
	b.table.add(row{what: fmt.Sprintf("CBS.log, %s, memory", name), value: megabytes(max(costs[1].RSS, costs[3].RSS)), format: "%.1f MB", target: 32})
	return nil
}

// writeRepeated writes a text over and over, up to size bytes, in pieces.
func writeRepeated(path string, text []byte, size, piece int) error {
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, piece)
	for done := 0; done < size; done += len(text) {
		for rest := text; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
			if _, err := w.Write(rest[:min(piece, len(rest))]); err != nil {
				return errors.Join(err, f.Close())
			}
		}
	}
	return errors.Join(w.Flush(), f.Close())
}
