package commit

import (
	"bytes"
	"context"
	"slices"

	"updoc/disk/overlay"
)

// Range is a stretch of a disk in bytes.
type Range struct{ Start, Size int64 }

// Prepare completes the delta: changes names its slots, 0 to n-1, each once; phase says
// when a block is written; watch are stretches that tell of other writers, of which the
// blocks that change are left out. device is only read. When it returns, all is on the
// medium and was read back from there, room for the undo is allocated, and the state is
// PREPARED. After an error the journal is good for nothing but Discard.
func (j *Journal) Prepare(ctx context.Context, changes []overlay.Change, device Device, phase func(block int64) Phase, watch []Range) error {
	if j.State() != "" || j.delta == nil {
		return &StateError{"new", j.State()}
	}
	ix := newIndex(changes, device.Size(), phase, watch)
	if err := ix.check(); err != nil {
		return err
	}
	r, err := j.start(ctx, ix, device, nil)
	if err != nil {
		return err
	}
	defer r.close()
	if err := r.prepare(); err != nil {
		return err
	}
	text := ix.encode()
	if err := j.keepIndex(deltaIndex, text); err != nil {
		return err
	}
	return j.log.Append(Prepared, Summary{hexSum(j.head), hexSum(text), ix.size, len(ix.entries), ix.bytes(), ix.watched()})
}

func newIndex(changes []overlay.Change, size int64, phase func(int64) Phase, watch []Range) *index {
	ix := &index{size: size}
	changed := map[int64]bool{}
	for _, c := range changes {
		ix.entries = append(ix.entries, entry{block: c.Block, slot: c.Slot, phase: phase(c.Block)})
		changed[c.Block] = true
	}
	slices.SortFunc(ix.entries, compareEntries)
	for _, w := range watch {
		for b := w.Start / overlay.BlockSize; b*overlay.BlockSize < w.Start+w.Size; b++ {
			if !changed[b] {
				changed[b] = true
				ix.see(b)
			}
		}
	}
	return ix
}

// see watches a block, with the ones in front of it if it follows them.
func (ix *index) see(block int64) {
	if n := len(ix.watch); n > 0 {
		if w := &ix.watch[n-1]; w.block+w.count == block && w.count < maxWatched {
			w.count++
			return
		}
	}
	ix.watch = append(ix.watch, watched{block: block, count: 1})
}

// prepare fills the hashes of the index, makes the delta last and takes room for the undo.
func (r *run) prepare() error {
	n := int64(len(r.ix.entries)) * overlay.BlockSize
	if err := r.j.delta.file.Truncate(n); err != nil {
		return err
	}
	if err := r.old.file.Allocate(n); err != nil {
		return err
	}
	if err := r.hashAll(); err != nil {
		return err
	}
	for _, f := range []File{r.j.delta.file, r.old.file} {
		if err := f.Sync(); err != nil {
			return err
		}
	}
	return r.intact(r.new)
}

func (r *run) hashAll() error {
	for i := range r.ix.watch {
		w := &r.ix.watch[i]
		p := r.buf[:r.ix.span(*w)]
		if err := r.readDevice(p, w.block*overlay.BlockSize); err != nil {
			return err
		}
		w.sum = hash(p)
	}
	return r.each("check", r.phases, func(b batch, p []byte) error {
		if err := r.readDevice(p, b.off); err != nil {
			return err
		}
		r.fill(b, p, func(e *entry, s sum) { e.old = s })
		if err := r.new.fetch(b, p, false); err != nil {
			return err
		}
		r.fill(b, p, func(e *entry, s sum) { e.new = s })
		return nil
	})
}

func (r *run) fill(b batch, p []byte, set func(*entry, sum)) {
	for i := range b.n {
		set(&r.ix.entries[b.first+i], hash(r.ix.block(b, i, p)))
	}
}

// keepIndex writes an index file, makes it and all names last, and reads it back.
func (j *Journal) keepIndex(name string, text []byte) error {
	f, err := j.openOrCreate(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Truncate(0); err != nil {
		return err
	}
	if err := writeSync(f, text, 0); err != nil {
		return err
	}
	if err := j.dir.Sync(); err != nil {
		return err
	}
	back := make([]byte, len(text))
	if err := f.ReadFresh(back, 0); err != nil {
		return err
	}
	if !bytes.Equal(back, text) {
		return &DamagedError{name, "read back something else than was written"}
	}
	return nil
}
