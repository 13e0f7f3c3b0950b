package ntfsgrow

import (
	"fmt"
	mathbits "math/bits"

	"updoc/disk/ntfs"
)

// encode writes a mapping pairs array in its shortest form, with the zero byte that ends it. It is the
// inverse of ntfs.ParseRuns.
func encode(runs []ntfs.Run) []byte {
	var out []byte
	var before int64
	for _, r := range runs {
		n := width(r.Count)
		if r.LCN == ntfs.Sparse {
			out = append(out, byte(n))
			out = number(out, r.Count, n)
			continue
		}
		m := width(r.LCN - before)
		out = append(out, byte(m<<4|n))
		out = number(number(out, r.Count, n), r.LCN-before, m)
		before = r.LCN
	}
	return append(out, 0)
}

// width is how many bytes a signed number needs, at least one.
func width(v int64) int {
	return mathbits.Len64(uint64(v^v>>63))/8 + 1
}

func number(out []byte, v int64, n int) []byte {
	for range n {
		out = append(out, byte(v))
		v >>= 8
	}
	return out
}

// shifted gives the runs with their clusters k further behind the beginning of the volume.
func shifted(runs []ntfs.Run, k int64) []ntfs.Run {
	out := make([]ntfs.Run, len(runs))
	for i, r := range runs {
		if r.LCN != ntfs.Sparse {
			r.LCN += k
		}
		out[i] = r
	}
	return out
}

// counted is how many clusters the runs cover, holes included.
func counted(runs []ntfs.Run) (n int64) {
	for _, r := range runs {
		n += r.Count
	}
	return n
}

// claim marks the clusters of the runs in use, each of which must be free until now.
func claim(used bits, runs []ntfs.Run) error {
	for _, r := range runs {
		if r.LCN != ntfs.Sparse && !used.claim(r.LCN, r.Count) {
			return fmt.Errorf("clusters %d+%d belong to two files or to none: %w", r.LCN, r.Count, ntfs.ErrDamaged)
		}
	}
	return nil
}
