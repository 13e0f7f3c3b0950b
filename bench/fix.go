package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"updoc/casekit"
	"updoc/model"
)

// repairStory is the 64 GB PC whose recovery partition is enlarged.
//
//go:embed fix.yaml
var repairStory string

// byHand are the same steps with the known programs, on loop devices.
//
//go:embed fix_by_hand.sh
var byHand string

// fix measures the repair of a sick PC against the same steps by hand, each on a fresh
// copy of the disk, in turn.
func (b *bench) fix(ctx context.Context) error {
	if none := missing("sgdisk", "ntfsresize", "mkntfs", "ntfscp", "ntfscat", "losetup", "wimlib-imagex", "ntfsfallocate"); none != nil {
		b.table.skip("repair of a 64 GB PC", none)
		return nil
	}
	sick := filepath.Join(b.work, "repair.img")
	pc, err := casekit.Parse(strings.NewReader(repairStory))
	if err != nil {
		return err
	}
	if err := pc.Disk(ctx, sick); err != nil {
		return err
	}
	var walls []float64
	var last *repaired
	for range b.rounds {
		ours, err := b.fixOnce(ctx, sick)
		if err != nil {
			return err
		}
		theirs, err := b.handOnce(ctx, sick)
		if err != nil {
			return err
		}
		walls = append(walls, ours.wall/theirs.wall)
		last = ours
		last.ratio = float64(ours.written) / float64(theirs.written)
		last.against = theirs
	}
	b.repairRows(median(walls, func(f float64) float64 { return f }), *last)
	return nil
}

// repaired is what one repair cost.
type repaired struct {
	wall    float64 // seconds
	written int64   // bytes to the disk
	delta   int64   // bytes of the journal's two files
	undo    int64
	blocks  int64
	ratio   float64
	against *repaired
}

func (b *bench) repairRows(ratio float64, r repaired) {
	peer := fmt.Sprintf("by hand: %.2f s, %.0f MB", r.against.wall, megabytes(r.against.written))
	b.table.add(row{what: "repair of a 64 GB PC with a 500 MB image, wall time", peer: peer, ours: fmt.Sprintf("%.2f s", r.wall), value: ratio, format: "%.2f×", target: 1.6})
	b.table.add(row{what: "repair, bytes written to the disk", peer: peer, ours: fmt.Sprintf("%.0f MB", megabytes(r.written)), value: r.ratio, format: "%.2f×", target: 1.2})
	b.table.add(row{what: "repair, delta for the blocks changed", value: float64(r.delta) / float64(r.blocks), format: "%.2f×", target: 1.1})
	b.table.add(row{what: "repair, undo for the blocks changed", value: float64(r.undo) / float64(r.blocks), format: "%.2f×", target: 1.1})
}

// fresh copies the sick disk, holes kept, and drops nothing from the cache: both sides
// find it warm.
func (b *bench) fresh(ctx context.Context, sick string) (string, error) {
	path := filepath.Join(b.work, "patient.img")
	if _, err := b.run(ctx, command{args: []string{"cp", "--sparse=always", sick, path}}); err != nil {
		return "", err
	}
	_, err := b.run(ctx, command{args: []string{"sync"}})
	return path, err
}

func (b *bench) fixOnce(ctx context.Context, sick string) (*repaired, error) {
	path, err := b.fresh(ctx, sick)
	if err != nil {
		return nil, err
	}
	journal, receipt := filepath.Join(b.work, "journal"), filepath.Join(b.work, "receipt.json")
	if err := os.RemoveAll(journal); err != nil {
		return nil, err
	}
	fix := command{args: []string{b.tool("updoc"), "fix", path, "--yes", "--accept", "R4", "--journal", journal, "--format", "json", "--quiet", "--output", receipt}, ends: []int{5}}
	c, err := b.run(ctx, fix)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(receipt)
	if err != nil {
		return nil, err
	}
	var said model.Receipt
	if err := json.Unmarshal(text, &said); err != nil {
		return nil, err
	}
	if said.State != "VERIFIED" {
		return nil, fmt.Errorf("the repair ended as %q, %s", said.State, said.Verdict)
	}
	out := &repaired{wall: c.Wall.Seconds(), written: said.Changed.Bytes, blocks: said.Changed.Bytes}
	out.delta, out.undo = sizes(said.Folder, "delta"), sizes(said.Folder, "undo")
	return out, nil
}

// sizes adds up a file of a journal and its index.
func sizes(folder, name string) int64 {
	var sum int64
	for _, n := range []string{name, name + ".index"} {
		if info, err := os.Stat(filepath.Join(folder, n)); err == nil {
			sum += info.Size()
		}
	}
	return sum
}

func (b *bench) handOnce(ctx context.Context, sick string) (*repaired, error) {
	path, err := b.fresh(ctx, sick)
	if err != nil {
		return nil, err
	}
	script, written := filepath.Join(b.work, "by-hand.sh"), filepath.Join(b.work, "written")
	if err := os.WriteFile(script, []byte(byHand), 0o700); err != nil {
		return nil, err
	}
	c, err := b.run(ctx, command{args: []string{"bash", script, path, written}})
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(written)
	if err != nil {
		return nil, err
	}
	out := &repaired{wall: c.Wall.Seconds()}
	_, err = fmt.Sscan(string(text), &out.written)
	return out, err
}
