// Package overlay lets tools write to a disk without the disk being written: changed
// blocks are kept in a store of their own and laid over the base, which is only read.
//
// It may import the standard library. It must never write to the base.
package overlay

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// BlockSize is the unit of change in bytes. The last block of a disk may be shorter.
const BlockSize = 4096

// Store keeps the changed blocks, one behind the other: block number n of the store at
// n*BlockSize. It grows as it is written. A short last block of the disk is kept there
// with zeros behind it.
type Store interface {
	io.ReaderAt
	io.WriterAt
}

// Change is one changed block: its number on the disk and its number in the store.
type Change struct{ Block, Slot int64 }

// ErrPastEnd is the error of a write that begins before the disk or goes on behind its
// end. Nothing of it was written.
var ErrPastEnd = errors.New("a write leaves the disk")

// Overlay is a disk of a fixed size whose changes lie in a store. Several goroutines may
// use it at once: those that read do not wait for each other.
type Overlay struct {
	base  io.ReaderAt
	size  int64
	store Store

	// mu is held for reading while blocks are read, and for writing while they are
	// written or moved: whoever has looked up a slot finds the block's content there.
	mu    sync.RWMutex
	slots map[int64]int64 // block → slot
	free  []int64         // slots below next that hold nothing, the next to be used last
	next  int64           // the first slot never used
	wrote int64           // how many writes there were
}

// New lays an empty overlay over the first size bytes of base. What the store holds is
// overwritten.
func New(base io.ReaderAt, size int64, store Store) *Overlay {
	return &Overlay{base: base, size: max(size, 0), store: store, slots: map[int64]int64{}}
}

// Size is the length of the disk in bytes.
func (o *Overlay) Size() int64 { return o.size }

// Writes counts the writes so far: as long as it stays, nothing has changed.
func (o *Overlay) Writes() int64 {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.wrote
}

// ReadAt reads what was written last, else what the base holds. At the end of the disk
// it gives what is there, and io.EOF. An error of the base or the store is passed on.
func (o *Overlay) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("read at %d: before the disk", off)
	}
	if off >= o.size {
		return 0, io.EOF
	}
	o.mu.RLock()
	defer o.mu.RUnlock()
	want := p[:min(int64(len(p)), o.size-off)]
	n, err := o.read(want, off)
	if err == nil && len(want) < len(p) {
		err = io.EOF
	}
	return n, err
}

// read fills p, stretch by stretch; all of it lies on the disk.
func (o *Overlay) read(p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) {
		from, at, length := o.stretch(off+int64(done), int64(len(p)-done))
		if err := readFull(from, p[done:done+int(length)], at); err != nil {
			return done, err
		}
		done += int(length)
	}
	return done, nil
}

// stretch tells where the disk's bytes from off on are to be read, and how many of the
// next length lie there together.
func (o *Overlay) stretch(off, length int64) (from io.ReaderAt, at, together int64) {
	block := off / BlockSize
	slot, stored := o.slots[block]
	together = BlockSize - off%BlockSize
	for i := int64(1); together < length; i++ {
		next, also := o.slots[block+i]
		if also != stored || stored && next != slot+i {
			break
		}
		together += BlockSize
	}
	together = min(together, length)
	if !stored {
		return o.base, off, together
	}
	return o.store, slot*BlockSize + off%BlockSize, together
}

// readFull reads all of p; less than that is an error.
func readFull(r io.ReaderAt, p []byte, at int64) error {
	n, err := r.ReadAt(p, at)
	switch {
	case n == len(p):
		return nil
	case err == nil || err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return err
}
