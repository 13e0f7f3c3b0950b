package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"updoc/cases/layouts"
	"updoc/disk/commit/cut"
	"updoc/disk/partfs"
	"updoc/disk/table"
	"updoc/remedy/host"
)

// plain cuts the power of ntfsresize itself, run on the same volume to the same size, and
// counts after how many cuts the volume is not whole: it has nothing to resume with.
func (b *bench) plain(ctx context.Context, l layouts.Layout, w *layouts.Work, base []byte, seed uint64) (tally, error) {
	op, p, ok := shrinking(l, w.Host.Before())
	if !ok {
		return tally{}, nil
	}
	volume := base[p.Start:p.End()]
	m := cut.New(volume)
	if err := resize(ctx, m, b.work, int64(len(volume)), op.Size); err != nil {
		return tally{}, err
	}
	was, _ := read(m.At(0, 0).Disk, int64(len(volume)))
	var out tally
	for k := range b.peer {
		d := m.At(m.Events()*k/b.peer, seed+uint64(k)).Disk
		now, ok := read(d, int64(len(volume)))
		out.cuts++
		if ok && was.keeps(now, nil) {
			out.whole++
		}
	}
	return out, nil
}

// shrinking finds the operation of a layout that shrinks a volume.
func shrinking(l layouts.Layout, t *table.Table) (host.Op, table.Partition, bool) {
	for _, op := range l.Ops(t) {
		for _, p := range t.Partitions {
			if op.Kind == host.ShrinkVolume && layouts.ID(p) == op.Partition {
				return op, p, true
			}
		}
	}
	return host.Op{}, table.Partition{}, false
}

// resize runs ntfsresize on a disk that records every write and flush.
func resize(ctx context.Context, m *cut.Machine, work string, size int64, to uint64) error {
	dir, err := os.MkdirTemp(work, "peer-")
	if err != nil {
		return err
	}
	view, err := partfs.Mount(dir, m.Disk)
	if err != nil {
		return err
	}
	defer view.Close()
	path, err := view.Show("volume", 0, size)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "ntfsresize", "--force", "--force", "--no-progress-bar", "--size", fmt.Sprint(to), filepath.Clean(path))
	cmd.Stdin = strings.NewReader("y\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ntfsresize: %w: %s", err, out)
	}
	return nil
}
