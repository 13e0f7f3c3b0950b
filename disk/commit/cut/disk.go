package cut

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"slices"
)

var errPastEnd = errors.New("past the end of the disk")

// Disk is the disk of a Machine. It implements commit.Device.
type Disk struct{ m *Machine }

const diskName = "disk"

// Size is its length in bytes.
func (d *Disk) Size() int64 { return d.m.now.contents[diskID].size }

// ReadAt reads what was written last, flushed or not.
func (d *Disk) ReadAt(p []byte, off int64) (n int, err error) {
	err = d.m.call(Call{diskName, "read", off, int64(len(p))}, func() error {
		n, err = d.m.now.contents[diskID].readAt(p, off)
		return err
	})
	return n, err
}

// ReadFresh is ReadAt: the memory has no cache that could differ.
func (d *Disk) ReadFresh(p []byte, off int64) error {
	n, err := d.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	return err
}

// WriteAt writes.
func (d *Disk) WriteAt(p []byte, off int64) (int, error) {
	return len(p), d.m.call(Call{diskName, "write", off, int64(len(p))}, func() error {
		if off < 0 || off+int64(len(p)) > d.m.now.contents[diskID].size {
			return errPastEnd
		}
		d.m.happen(event{kind: write, id: diskID, off: off, data: bytes.Clone(p)})
		return nil
	})
}

// Sync flushes.
func (d *Disk) Sync() error { return d.m.sync(diskName, event{kind: flush, id: diskID}) }

// Changed are the pages that were written and differ from the base, by place: offset in
// bytes and content, which must not be changed. The last page may reach past the end.
func (d *Disk) Changed() iter.Seq2[int64, []byte] {
	c := d.m.now.contents[diskID]
	return func(yield func(int64, []byte) bool) {
		var numbers []int64
		for n, p := range c.pages {
			if !bytes.Equal(p, c.basePage(n)) {
				numbers = append(numbers, n)
			}
		}
		slices.Sort(numbers)
		for _, n := range numbers {
			if !yield(n*pageSize, c.pages[n]) {
				return
			}
		}
	}
}

func (c *content) readAt(p []byte, off int64) (int, error) {
	if off >= c.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), c.size-off))
	c.read(p[:n], off)
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Writes is how many writes the timeline has for the disk.
func (d *Disk) Writes() (n int) {
	for _, e := range d.m.events {
		if e.kind == write && e.id == diskID {
			n++
		}
	}
	return n
}
