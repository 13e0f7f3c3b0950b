package cut

import (
	"bytes"
	"io/fs"
	"maps"
	"slices"

	"updoc/disk/commit"
)

// Folder is the folder of a Machine. It implements commit.Dir.
type Folder struct{ m *Machine }

const folderName = "folder"

// Names lists the files.
func (f *Folder) Names() []string { return slices.Sorted(maps.Keys(f.m.now.names)) }

// Create makes a file.
func (f *Folder) Create(name string) (file commit.File, err error) {
	err = f.m.call(Call{Name: name, Op: "create"}, func() error {
		if _, ok := f.m.now.names[name]; ok {
			return fs.ErrExist
		}
		f.m.lastID++
		f.m.happen(event{kind: create, id: f.m.lastID, name: name})
		file = &memFile{f.m, name, f.m.lastID}
		return nil
	})
	return file, err
}

// Open opens a file.
func (f *Folder) Open(name string) (file commit.File, err error) {
	err = f.m.call(Call{Name: name, Op: "open"}, func() error {
		id, ok := f.m.now.names[name]
		if !ok {
			return fs.ErrNotExist
		}
		file = &memFile{f.m, name, id}
		return nil
	})
	return file, err
}

// Rename renames a file over whatever is there.
func (f *Folder) Rename(from, to string) error {
	return f.m.call(Call{Name: from, Op: "rename"}, func() error {
		if _, ok := f.m.now.names[from]; !ok {
			return fs.ErrNotExist
		}
		f.m.happen(event{kind: rename, name: from, to: to})
		return nil
	})
}

// Remove removes a file.
func (f *Folder) Remove(name string) error {
	return f.m.call(Call{Name: name, Op: "remove"}, func() error {
		if _, ok := f.m.now.names[name]; !ok {
			return fs.ErrNotExist
		}
		f.m.happen(event{kind: remove, name: name})
		return nil
	})
}

// Sync makes names last.
func (f *Folder) Sync() error { return f.m.sync(folderName, event{kind: flushNames}) }

// memFile is an open file; it goes on being there when its name is removed.
type memFile struct {
	m    *Machine
	name string
	id   int
}

func (f *memFile) content() *content { return f.m.now.contents[f.id] }

func (f *memFile) ReadAt(p []byte, off int64) (n int, err error) {
	err = f.m.call(Call{f.name, "read", off, int64(len(p))}, func() error {
		n, err = f.content().readAt(p, off)
		return err
	})
	return n, err
}

func (f *memFile) ReadFresh(p []byte, off int64) error {
	n, err := f.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	return err
}

func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	return len(p), f.m.call(Call{f.name, "write", off, int64(len(p))}, func() error {
		f.m.happen(event{kind: write, id: f.id, off: off, data: bytes.Clone(p)})
		return nil
	})
}

func (f *memFile) Close() error { return nil }

func (f *memFile) Size() (size int64, err error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	return f.content().size, nil
}

func (f *memFile) Truncate(size int64) error {
	return f.m.call(Call{f.name, "truncate", size, 0}, func() error {
		f.m.happen(event{kind: resize, id: f.id, off: size})
		return nil
	})
}

func (f *memFile) Allocate(size int64) error {
	return f.m.call(Call{f.name, "allocate", size, 0}, func() error {
		if size > f.content().size {
			f.m.happen(event{kind: resize, id: f.id, off: size})
		}
		return nil
	})
}

func (f *memFile) Sync() error { return f.m.sync(f.name, event{kind: flush, id: f.id}) }
