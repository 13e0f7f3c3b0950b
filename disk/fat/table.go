package fat

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"sync"
)

// table is the file allocation table, read page by page.
type table struct {
	r  io.ReaderAt
	g  *geometry
	mu sync.Mutex
	at int64 // offset of the page held
	b  []byte
}

const tablePage = 12 << 10 // a multiple of 3 and 4: no entry of any kind crosses a page

// raw is the entry of a cluster, with 12, 16 or 28 bits that count.
func (t *table) raw(cluster uint32) (uint32, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	bit := int64(cluster) * int64(t.g.kind)
	page := bit / 8 / tablePage * tablePage
	if t.b == nil || page != t.at {
		if err := t.load(page); err != nil {
			return 0, err
		}
	}
	in := int(bit/8 - t.at)
	if in+(t.g.kind+7)/8 > len(t.b) {
		return 0, fmt.Errorf("table has no entry %d: %w", cluster, ErrDamaged)
	}
	return entryAt(t.b[in:], t.g.kind, cluster), nil
}

func (t *table) load(page int64) error {
	b := make([]byte, max(0, min(tablePage, t.g.fatSize-page)))
	if n, err := t.r.ReadAt(b, t.g.fatAt+page); n < len(b) {
		t.b = nil
		return fmt.Errorf("allocation table at %d: %w", t.g.fatAt+page, err)
	}
	t.at, t.b = page, b
	return nil
}

func entryAt(b []byte, kind int, cluster uint32) uint32 {
	switch kind {
	case 12:
		return uint32(le.Uint16(b)) >> (4 * (cluster & 1)) & 0xfff
	case 16:
		return uint32(le.Uint16(b))
	}
	return le.Uint32(b) & 0x0fffffff
}

// run is a stretch of consecutive clusters.
type run struct{ first, count uint32 }

// chain follows a chain of at most limit clusters. On damage, a loop included, it gives what it has with
// the error; a chain longer than limit is cut there without one.
func (v *Volume) chain(first, limit uint32) ([]run, error) {
	var runs []run
	end := uint32(1)<<v.g.kind - 8
	if v.g.kind == 32 {
		end = 0x0ffffff8
	}
	mark := uint32(0) // moves on in growing steps: a chain that comes back to it is a loop
	for c, n := first, uint32(0); n < limit && c < end; n++ {
		if c == mark {
			return runs, fmt.Errorf("chain from %d comes back to cluster %d: %w", first, c, ErrDamaged)
		}
		if n&(n-1) == 0 {
			mark = c
		}
		if c < 2 || c-2 >= v.g.clusters {
			return runs, fmt.Errorf("chain from %d leads to cluster %d: %w", first, c, ErrDamaged)
		}
		if k := len(runs) - 1; k >= 0 && runs[k].first+runs[k].count == c {
			runs[k].count++
		} else {
			runs = append(runs, run{c, 1})
		}
		next, err := v.fat.raw(c)
		if err != nil {
			return runs, err
		}
		c = next
	}
	if crossing(runs) {
		return runs, fmt.Errorf("chain from %d uses a cluster twice: %w", first, ErrDamaged)
	}
	return runs, nil
}

// crossing finds loops too short for the mark to meet before the limit.
func crossing(runs []run) bool {
	sorted := slices.Clone(runs)
	slices.SortFunc(sorted, func(a, b run) int { return cmp.Compare(a.first, b.first) })
	for i := 1; i < len(sorted); i++ {
		if sorted[i-1].first+sorted[i-1].count > sorted[i].first {
			return true
		}
	}
	return false
}

// FreeBytes counts the unused clusters in the table, in bytes. The table is read once, at the first call.
func (v *Volume) FreeBytes() (uint64, error) {
	v.free.once.Do(func() { v.free.bytes, v.free.err = v.countFree() })
	return v.free.bytes, v.free.err
}

func (v *Volume) countFree() (uint64, error) {
	free := uint64(0)
	for c := uint32(2); c < v.g.clusters+2; c++ {
		e, err := v.fat.raw(c)
		if err != nil {
			v.log.Add("fat-unreadable", v.g.fatAt, "%v", err)
			return 0, err
		}
		if e == 0 {
			free++
		}
	}
	return free * uint64(v.g.cluster), nil
}
