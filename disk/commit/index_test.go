package commit

import (
	"bytes"
	"crypto/sha256"
	"testing"
)

func sample() []byte {
	ix := &index{size: 40*4096 - 512, watch: []watched{{block: 3, count: 2}, {block: 1, count: 1}}}
	for i, block := range []int64{2, 9, 39, 0, 10} {
		ix.entries = append(ix.entries, entry{block: block, slot: int64(4 - i), phase: Phase(i / 3), old: zeroSum})
	}
	return ix.encode()
}

// Whatever stands in an index, with or without a right hash: it is damaged or comes out
// again as it went in, and can be walked.
func FuzzIndex(f *testing.F) {
	p := sample()
	f.Add(p, false)
	f.Add(p[:len(p)-sha256.Size], true)
	odd := bytes.Clone(p[:len(p)-sha256.Size])
	odd[headerSize+17] = 1 // a phase above 255
	f.Add(odd, true)
	f.Fuzz(func(t *testing.T, p []byte, seal bool) {
		if seal {
			all := sha256.Sum256(p)
			p = append(bytes.Clone(p), all[:]...)
		}
		ix, err := decodeIndex("x", p)
		if err != nil {
			return
		}
		if !bytes.Equal(ix.encode(), p) {
			t.Fatal("comes out otherwise")
		}
		var n int64
		for _, phase := range ix.phases() {
			for _, b := range phase {
				n += b.size
			}
		}
		if n != ix.bytes() || len(ix.entries) > 0 && n <= 0 {
			t.Fatalf("%d bytes in batches, %d in all", n, ix.bytes())
		}
	})
}

func TestIndexBatches(t *testing.T) {
	ix, err := decodeIndex("x", sample())
	if err != nil {
		t.Fatal(err)
	}
	got := ix.phases()
	want := [][]batch{
		{{0, 1, 2 * 4096, 4096}, {1, 1, 9 * 4096, 4096}, {2, 1, 39 * 4096, 4096 - 512}},
		{{3, 1, 0, 4096}, {4, 1, 10 * 4096, 4096}},
	}
	for i := range want {
		for k := range want[i] {
			if got[i][k] != want[i][k] {
				t.Errorf("batch %d of phase %d is %v", k, i, got[i][k])
			}
		}
	}
}
