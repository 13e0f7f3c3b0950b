package commit

import "updoc/disk/overlay"

// maxBatch is how many blocks are read and written at once: 1 MiB.
const maxBatch = 256

// batch is a stretch of the disk in one phase: n entries from first, off and size in bytes.
type batch struct {
	first, n  int
	off, size int64
}

// phases are the batches of each phase, in order.
func (ix *index) phases() [][]batch {
	var all [][]batch
	for i := range ix.entries {
		e := &ix.entries[i]
		fresh := batch{i, 1, e.block * overlay.BlockSize, ix.length(e.block)}
		if i == 0 || e.phase != ix.entries[i-1].phase {
			all = append(all, []batch{fresh})
			continue
		}
		last := &all[len(all)-1]
		if b := &(*last)[len(*last)-1]; b.n < maxBatch && b.off+b.size == fresh.off {
			b.n, b.size = b.n+1, b.size+fresh.size
			continue
		}
		*last = append(*last, fresh)
	}
	return all
}

// longest is how much memory a batch or watched blocks take, in bytes.
func longest(ix *index, phases [][]batch) int64 {
	n := int64(overlay.BlockSize)
	for _, w := range ix.watch {
		n = max(n, ix.span(w))
	}
	for _, phase := range phases {
		for _, b := range phase {
			n = max(n, b.size)
		}
	}
	return n
}

// bytes is how long all the content is.
func (ix *index) bytes() (n int64) {
	for i := range ix.entries {
		n += ix.length(ix.entries[i].block)
	}
	return n
}

// block is the content of entry i of b within the content p of b.
func (ix *index) block(b batch, i int, p []byte) []byte {
	return p[i*overlay.BlockSize : min(int64(i+1)*overlay.BlockSize, b.size)]
}

// one is the batch of entry i alone.
func (ix *index) one(i int) batch {
	block := ix.entries[i].block
	return batch{i, 1, block * overlay.BlockSize, ix.length(block)}
}

// watched is how many blocks are watched.
func (ix *index) watched() int {
	n := int64(0)
	for _, w := range ix.watch {
		n += w.count
	}
	return int(n)
}
