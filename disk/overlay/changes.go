package overlay

import (
	"bytes"
	"cmp"
	"slices"
)

// atOnce is how many blocks are compared together.
const atOnce = 256

// Changes gives the blocks that differ from the base, sorted by block. A block that
// holds again what the base does is forgotten. An error of the base or the store is
// passed on; the overlay reads as before.
func (o *Overlay) Changes() ([]Change, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.changes()
}

func (o *Overlay) changes() ([]Change, error) {
	all := o.sorted()
	kept := make([]Change, 0, len(all))
	for len(all) > 0 {
		n := run(all)
		same, err := o.same(all[:n])
		if err != nil {
			return nil, err
		}
		for i, c := range all[:n] {
			if !same[i] {
				kept = append(kept, c)
				continue
			}
			delete(o.slots, c.Block)
			o.free = append(o.free, c.Slot)
		}
		all = all[n:]
	}
	return kept, nil
}

func (o *Overlay) sorted() []Change {
	all := make([]Change, 0, len(o.slots))
	for block, slot := range o.slots {
		all = append(all, Change{block, slot})
	}
	slices.SortFunc(all, func(a, b Change) int { return cmp.Compare(a.Block, b.Block) })
	return all
}

// run is how many of the first changes lie together on the disk and in the store.
func run(all []Change) int {
	n := 1
	for n < min(len(all), atOnce) && all[n].Block == all[0].Block+int64(n) && all[n].Slot == all[0].Slot+int64(n) {
		n++
	}
	return n
}

// same tells of each block of a run whether the base holds the same.
func (o *Overlay) same(run []Change) ([]bool, error) {
	at := run[0].Block * BlockSize
	length := min(int64(len(run))*BlockSize, o.size-at)
	ours, theirs := make([]byte, length), make([]byte, length)
	if err := readFull(o.store, ours, run[0].Slot*BlockSize); err != nil {
		return nil, err
	}
	if err := readFull(o.base, theirs, at); err != nil {
		return nil, err
	}
	same := make([]bool, len(run))
	for i := range same {
		from, to := int64(i)*BlockSize, min(int64(i+1)*BlockSize, length)
		same[i] = bytes.Equal(ours[from:to], theirs[from:to])
	}
	return same, nil
}

// Compact gives the same as Changes, and lets the first slots of the store hold exactly
// these n blocks: those that lie behind are moved into the holes. The caller may then
// cut the store off at n*BlockSize and take it as it is. After an error the overlay
// reads as before.
func (o *Overlay) Compact() ([]Change, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	changes, err := o.changes()
	if err != nil {
		return nil, err
	}
	n := int64(len(changes))
	slices.SortFunc(o.free, func(a, b int64) int { return cmp.Compare(b, a) }) // the lowest is taken first
	var left []int64
	defer func() { o.free = append(left, o.free...) }()
	for i, c := range changes {
		if c.Slot < n {
			continue
		}
		hole := o.take(1)
		if err := o.move(c, hole[0]); err != nil {
			o.release(hole)
			return nil, err
		}
		left, changes[i].Slot = append(left, c.Slot), hole[0]
	}
	left, o.free, o.next = nil, nil, n
	return changes, nil
}

func (o *Overlay) move(c Change, to int64) error {
	block := make([]byte, BlockSize)
	if err := readFull(o.store, block, c.Slot*BlockSize); err != nil {
		return err
	}
	if err := writeFull(o.store, block, to*BlockSize); err != nil {
		return err
	}
	o.slots[c.Block] = to
	return nil
}
