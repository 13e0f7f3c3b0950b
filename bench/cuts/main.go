// Command cuts cuts the power of repairs: over every layout, at any moment of commit,
// undo and resume, and prints how many disks were lost; the same for plain ntfsresize;
// and, without a bound, how many disks still mount if the journal is lost as well. It
// exits with 1 if one of ours was lost.
//
//	go run ./bench/cuts -points 100000
//
// It may import every room and run foreign programs, and must never be imported.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"updoc/cases/layouts"
	"updoc/disk/commit/cut"
)

// bench is one run.
type bench struct {
	points int // cut points of ours, over all layouts
	peer   int // cut points of ntfsresize, for each layout that shrinks a volume
	lost   int // losses of unflushed writes tried at each cut with the journal lost
	work   string
}

func main() {
	var b bench
	flag.IntVar(&b.points, "points", 100_000, "cut points over all layouts")
	flag.IntVar(&b.peer, "peer", 200, "cut points of ntfsresize for each layout")
	flag.IntVar(&b.lost, "lost", 1, "tries at each cut with the journal lost")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	losses, err := b.run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "cuts:", err)
		os.Exit(2)
	}
	if losses > 0 {
		os.Exit(1)
	}
}

// row is what came of one layout.
type row struct {
	name           string
	blocks         int
	points, losses int // ours
	peer           tally
	left           tally // the journal lost
}

func (b *bench) run(ctx context.Context) (losses int, err error) {
	if b.work, err = os.MkdirTemp("", "updoc-cuts-"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(b.work)
	all := layouts.All()
	var sum row
	fmt.Println("| layout | blocks | cut points | losses | ntfsresize: cuts | broken | journal lost: cuts | still mount, all files whole |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	for i, l := range all {
		r, err := b.layout(ctx, l, b.points/len(all)+1, uint64(i))
		if err != nil {
			return 0, fmt.Errorf("%s: %w", l.Name, err)
		}
		r.print()
		sum.add(r)
	}
	sum.name = "**all**"
	sum.print()
	return sum.losses, nil
}

func (r row) print() {
	fmt.Printf("| %s | %d | %d | %d | %d | %d | %d | %d |\n", r.name, r.blocks, r.points, r.losses, r.peer.cuts, r.peer.cuts-r.peer.whole, r.left.cuts, r.left.whole)
}

func (r *row) add(o row) {
	r.blocks, r.points, r.losses = r.blocks+o.blocks, r.points+o.points, r.losses+o.losses
	r.peer, r.left = r.peer.plus(o.peer), r.left.plus(o.left)
}

// layout measures one layout.
func (b *bench) layout(ctx context.Context, l layouts.Layout, points int, seed uint64) (row, error) {
	r := row{name: l.Name}
	path := filepath.Join(b.work, l.Name+".img")
	if err := l.Build(ctx, path); err != nil {
		return r, err
	}
	defer os.Remove(path)
	base, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	w, err := l.CarryOut(ctx, path, b.work)
	if err != nil {
		return r, err
	}
	defer w.Close()
	cfg := w.Cuts(base, points, seed)
	found, err := cut.Run(cfg)
	if err != nil {
		return r, err
	}
	if found.Losses > 0 {
		fmt.Fprintln(os.Stderr, l.Name, found.Lost)
	}
	r.blocks, r.points, r.losses = len(cfg.Changes), found.Points, found.Losses
	if r.peer, err = b.plain(ctx, l, w, base, seed); err != nil {
		return r, err
	}
	r.left, err = b.withoutJournal(w, cfg, base, seed)
	return r, err
}
