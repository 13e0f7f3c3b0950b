package conform

import (
	"io"
	"io/fs"
	"slices"

	"updoc/disk/commit"
	"updoc/remedy/host"
	"updoc/remedy/host/fake"
)

// folder is the folder of a journal in memory. What was written and not synced is lost
// in every other cut, and torn in the rest.
type folder struct {
	power *fake.Power
	files map[string]*contents
	ops   []host.Op
}

// contents are a file as it is read, and as it is on the medium.
type contents struct{ now, synced []byte }

func newFolder(p *fake.Power) *folder { return &folder{power: p, files: map[string]*contents{}} }

func (d *folder) restart() {
	for _, c := range d.files {
		if d.power.Ticks()%2 == 0 {
			c.now = slices.Clone(c.synced)
		}
		c.synced = slices.Clone(c.now)
	}
}

// Create makes a file.
func (d *folder) Create(name string) (commit.File, error) {
	if d.files[name] != nil {
		return nil, fs.ErrExist
	}
	if err := d.power.Tick(); err != nil {
		return nil, err
	}
	d.files[name] = &contents{}
	return d.Open(name)
}

// Open opens a file.
func (d *folder) Open(name string) (commit.File, error) {
	if d.files[name] == nil {
		return nil, fs.ErrNotExist
	}
	return &openFile{d, d.files[name]}, nil
}

// Rename gives a file another name.
func (d *folder) Rename(from, to string) error {
	if d.files[from] == nil {
		return fs.ErrNotExist
	}
	if err := d.power.Tick(); err != nil {
		return err
	}
	d.files[to] = d.files[from]
	delete(d.files, from)
	return nil
}

// Remove removes a file.
func (d *folder) Remove(name string) error {
	if err := d.power.Tick(); err != nil {
		return err
	}
	delete(d.files, name)
	return nil
}

// Sync makes names last; they always do here.
func (d *folder) Sync() error { return d.power.Tick() }

type openFile struct {
	d *folder
	c *contents
}

// ReadAt reads.
func (f *openFile) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(f.c.now)) {
		return 0, io.EOF
	}
	n := copy(p, f.c.now[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt writes; if the power is cut, half of it.
func (f *openFile) WriteAt(p []byte, off int64) (int, error) {
	err := f.d.power.Tick()
	if err != nil {
		p = p[:len(p)/2]
	}
	if end := off + int64(len(p)); end > int64(len(f.c.now)) {
		f.c.now = append(f.c.now, make([]byte, end-int64(len(f.c.now)))...)
	}
	return copy(f.c.now[off:], p), err
}

// Size is the length.
func (f *openFile) Size() (int64, error) { return int64(len(f.c.now)), nil }

// Truncate cuts off.
func (f *openFile) Truncate(size int64) error {
	if size >= int64(len(f.c.now)) {
		return nil
	}
	if err := f.d.power.Tick(); err != nil {
		return err
	}
	f.c.now = f.c.now[:size]
	return nil
}

// Allocate always finds room.
func (f *openFile) Allocate(int64) error { return nil }

// Sync makes what was written last.
func (f *openFile) Sync() error {
	if err := f.d.power.Tick(); err != nil {
		return err
	}
	f.c.synced = slices.Clone(f.c.now)
	return nil
}

// ReadFresh reads.
func (f *openFile) ReadFresh(p []byte, off int64) error {
	_, err := f.ReadAt(p, off)
	return err
}

// Close does nothing.
func (f *openFile) Close() error { return nil }
