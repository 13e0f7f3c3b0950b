package wim

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// maxDepth is how many directories deep a walk goes.
const maxDepth = 256

// Walk calls fn for every entry of an image (from 1), a directory before what is in it, the root first. fs.SkipDir and
// fs.SkipAll mean what they mean in fs.WalkDir; any other error of fn ends the walk. Damage does not: what can be reached
// is visited, then ErrDamaged is returned. Names that Windows refuses are damage.
func (f *File) Walk(image int, fn func(Entry) error) error {
	m, err := f.imageMetadata(image)
	if err != nil {
		return err
	}
	w := &walker{f: f, m: m, fn: fn, seen: make([]byte, len(m.b)/(8*alignment)+1)}
	root := m.root
	err = w.visit(&root, 0)
	if errors.Is(err, fs.SkipAll) {
		err = nil
	}
	return errors.Join(err, w.damage)
}

type walker struct {
	f      *File
	m      *metadataReader
	fn     func(Entry) error
	seen   []byte // one bit for each place where an entry can lie, so that loops end
	damage error  // the first
}

func (w *walker) visit(e *Entry, depth int) error {
	w.f.setSize(e)
	err := w.fn(*e)
	if errors.Is(err, fs.SkipDir) {
		return nil
	}
	if err != nil || !e.IsDir() {
		return err
	}
	if depth == maxDepth {
		w.note(fmt.Errorf("%w: directories are nested too deep", ErrDamaged))
		return nil
	}
	return w.children(e, depth)
}

func (w *walker) children(dir *Entry, depth int) error {
	var stop error
	err := w.m.list(dir, func(at uint64, e *Entry) bool {
		if w.again(at) {
			w.note(fmt.Errorf("%w: the directory %q loops", ErrDamaged, dir.Path))
			return false
		}
		if !validName(e.Name) {
			w.note(fmt.Errorf("%w: the directory %q holds the name %q", ErrDamaged, dir.Path, e.Name))
			return true
		}
		e.Path = strings.TrimPrefix(dir.Path+"/"+e.Name, "/")
		stop = w.visit(e, depth+1)
		return stop == nil
	})
	w.note(err)
	return stop
}

// again says whether the entry at this place was visited before.
func (w *walker) again(at uint64) bool {
	place, bit := at/(8*alignment), byte(1)<<(at/alignment%8)
	before := w.seen[place]&bit != 0
	w.seen[place] |= bit
	return before
}

func (w *walker) note(err error) {
	if w.damage == nil && err != nil {
		w.damage = err
		w.f.problem("%v", err)
	}
}
