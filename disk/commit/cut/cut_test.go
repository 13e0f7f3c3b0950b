package cut

import (
	"math/rand/v2"
	"testing"

	"updoc/disk/commit"
	"updoc/disk/overlay"
)

// change is a random change of a random disk: blocks in all phases, alone and in rows,
// zeros among old and new, a short last block among them.
func change(seed uint64, diskBlocks, blocks int) Config {
	r := rand.New(rand.NewPCG(seed, 1))
	cfg := Config{Base: make([]byte, diskBlocks*pageSize-1536), Delta: make([]byte, blocks*pageSize), Seed: seed}
	fill(r, cfg.Base)
	fill(r, cfg.Delta)
	taken := map[int64]bool{int64(diskBlocks - 1): true}
	for b := int64(0); len(taken) < blocks; b++ {
		if r.IntN(4) == 0 {
			b = r.Int64N(int64(diskBlocks))
		}
		taken[b%int64(diskBlocks)] = true
	}
	slots := r.Perm(blocks)
	for b := range taken {
		cfg.Changes = append(cfg.Changes, overlay.Change{Block: b, Slot: int64(slots[len(cfg.Changes)])})
	}
	cfg.Phase = func(b int64) commit.Phase { return commit.Phase(1 + b/8%6) }
	cfg.Watch = []commit.Range{{Start: 0, Size: 64 * pageSize}}
	return cfg
}

func fill(r *rand.Rand, p []byte) {
	for at := 0; at < len(p); at += pageSize {
		if r.IntN(4) == 0 {
			continue
		}
		for i := at; i < min(at+pageSize, len(p)); i++ {
			p[i] = byte(r.Uint32())
		}
	}
}

func TestNoCutLosesAnything(t *testing.T) {
	for seed, blocks := range []int{40, 500} {
		cfg := change(uint64(seed), 1500, blocks)
		cfg.Points = 2000
		if got, err := Run(cfg); err != nil || got.Losses != 0 || got.Points != 2000 {
			t.Errorf("%d blocks: %+v, %v", blocks, got, err)
		}
	}
}
