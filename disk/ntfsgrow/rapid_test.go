package ntfsgrow

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"updoc/disk/ntfs"
)

// What encode writes is what ParseRuns reads, moved or not.
func TestEncodeIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Int64Range(0, 1<<40).Draw(t, "first")
		vcn := first
		var runs []ntfs.Run
		for range rapid.IntRange(0, 20).Draw(t, "runs") {
			r := ntfs.Run{VCN: vcn, LCN: ntfs.Sparse, Count: anySize(t, 40)}
			if rapid.Bool().Draw(t, "allocated") {
				r.LCN = anySize(t, 50) - 1
			}
			runs, vcn = append(runs, r), vcn+r.Count
		}
		k := anySize(t, 32)
		moved := shifted(runs, k)
		for _, want := range [][]ntfs.Run{runs, moved} {
			b := encode(want)
			got, err := ntfs.ParseRuns(b, first)
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("%x is %v (%v), not %v", b, got, err, want)
			}
		}
		if !slices.Equal(shifted(moved, -k), runs) {
			t.Fatalf("%v moved by %d", runs, k)
		}
	})
}

// anySize is a positive number of any length up to so many bits.
func anySize(t *rapid.T, bits int) int64 {
	return rapid.Int64Range(1, 1<<rapid.IntRange(1, bits).Draw(t, "bits")).Draw(t, "size")
}

// Moving and filling bits by the byte is what it is bit by bit.
func TestBitsAreMoved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, k, more := rapid.Int64Range(1, 300).Draw(t, "n"), rapid.Int64Range(0, 100).Draw(t, "k"), rapid.Int64Range(0, 100).Draw(t, "more")
		s := newBits(n)
		for i := range n {
			s.fill(i, 1, rapid.Bool().Draw(t, "bit"))
		}
		moved := s.shift(k, n+k+more)
		for i := range moved.n {
			if want := i >= k && i < k+n && s.get(i-k); moved.get(i) != want {
				t.Fatalf("bit %d of %d, moved by %d: %v", i, n, k, !want)
			}
		}
		wantClaims(t, moved)
	})
}

// wantClaims claims a stretch, which works only if it was free.
func wantClaims(t *rapid.T, s bits) {
	first, count := rapid.Int64Range(-2, s.n+2).Draw(t, "first"), rapid.Int64Range(0, 40).Draw(t, "count")
	free := first >= 0 && first+count <= s.n
	for i := first; free && i < first+count; i++ {
		free = !s.get(i)
	}
	room, ok := s.room(count)
	if ok != (count == 0 || ok && s.next(room, room+count, true) == room+count) || free && count > 0 && (!ok || room > first) {
		t.Fatalf("room for %d at %d, %v", count, room, ok)
	}
	if got := s.claim(first, count); got != free {
		t.Fatalf("claimed %d+%d: %v", first, count, got)
	}
	for i := first; free && i < first+count; i++ {
		if !s.get(i) {
			t.Fatalf("bit %d is not claimed", i)
		}
	}
}
