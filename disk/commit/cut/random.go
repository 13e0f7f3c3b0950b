package cut

import (
	"maps"
	"math/rand/v2"
	"slices"

	"updoc/disk/commit"
	"updoc/disk/overlay"
)

// Random is a random change of a random disk: blocks in all phases, alone and in rows,
// zeros among old and new, a short last block among them, the first blocks watched.
func Random(seed uint64, diskBlocks, blocks int) Config {
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
	for _, b := range slices.Sorted(maps.Keys(taken)) {
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
