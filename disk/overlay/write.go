package overlay

import (
	"fmt"
	"io"
	"slices"
)

// WriteAt writes all of p or nothing: after an error every block reads as before. A
// write that leaves the disk is ErrPastEnd. Blocks written in part keep the rest of what
// they held; an error of the base or the store is passed on.
func (o *Overlay) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || off > o.size || int64(len(p)) > o.size-off {
		return 0, fmt.Errorf("%d bytes at %d, the disk has %d: %w", len(p), off, o.size, ErrPastEnd)
	}
	if len(p) == 0 {
		return 0, nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.wrote++
	first := off / BlockSize
	data, err := o.wholeBlocks(p, off)
	if err != nil {
		return 0, err
	}
	slots := o.take(len(data) / BlockSize)
	if err := o.put(data, slots); err != nil {
		o.release(slots)
		return 0, err
	}
	o.release(o.swap(first, slots))
	return len(p), nil
}

// wholeBlocks gives the blocks p touches with p in them: p itself if it is whole blocks.
func (o *Overlay) wholeBlocks(p []byte, off int64) ([]byte, error) {
	from := off - off%BlockSize
	end := (off + int64(len(p)) + BlockSize - 1) / BlockSize * BlockSize
	if end-from == int64(len(p)) {
		return p, nil
	}
	data := make([]byte, end-from)
	if from < off {
		if err := o.fill(data[:BlockSize], from); err != nil {
			return nil, err
		}
	}
	if last := end - BlockSize; off+int64(len(p)) < min(end, o.size) && (last > from || from == off) {
		if err := o.fill(data[last-from:], last); err != nil {
			return nil, err
		}
	}
	copy(data[off-from:], p)
	return data, nil
}

// fill reads one block as it is; of a short last one the rest stays zero.
func (o *Overlay) fill(block []byte, at int64) error {
	_, err := o.read(block[:min(BlockSize, o.size-at)], at)
	return err
}

// take gives n slots that hold nothing.
func (o *Overlay) take(n int) []int64 {
	slots := make([]int64, 0, n)
	for len(slots) < n && len(o.free) > 0 {
		slots = append(slots, o.free[len(o.free)-1])
		o.free = o.free[:len(o.free)-1]
	}
	for len(slots) < n {
		slots = append(slots, o.next)
		o.next++
	}
	return slots
}

// release gives slots back; they will be taken again in the order given.
func (o *Overlay) release(slots []int64) {
	slices.Reverse(slots)
	o.free = append(o.free, slots...)
}

// put writes blocks into slots, as many at once as lie together.
func (o *Overlay) put(data []byte, slots []int64) error {
	for i := 0; i < len(slots); {
		n := 1
		for i+n < len(slots) && slots[i+n] == slots[i]+int64(n) {
			n++
		}
		if err := writeFull(o.store, data[i*BlockSize:(i+n)*BlockSize], slots[i]*BlockSize); err != nil {
			return err
		}
		i += n
	}
	return nil
}

// swap lets the blocks from first on lie in these slots, and gives the slots where they
// lay before.
func (o *Overlay) swap(first int64, slots []int64) []int64 {
	var before []int64
	for i, slot := range slots {
		if old, stored := o.slots[first+int64(i)]; stored {
			before = append(before, old)
		}
		o.slots[first+int64(i)] = slot
	}
	return before
}

// writeFull writes all of p; less than that is an error.
func writeFull(w io.WriterAt, p []byte, at int64) error {
	n, err := w.WriteAt(p, at)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	return err
}
