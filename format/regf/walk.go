package regf

import (
	"context"
	"errors"
	"io/fs"
)

const (
	maxDepth = 512   // levels of keys; Windows' own limit
	maxPath  = 32767 // bytes of a path, as much as a Windows string holds characters
)

// Walk calls fn for every key, parents first, with its path below the root ("" for the root, parts divided by backslashes).
// Damage is skipped and shows up in Info; a key reached twice is visited once. If fn returns fs.SkipDir the key's subkeys are
// left out, fs.SkipAll ends the walk without error, any other error ends it with that error, as does the end of ctx.
func (h *Hive) Walk(ctx context.Context, fn func(path string, k Key) error) error {
	root, err := h.Root()
	if err != nil {
		return err
	}
	w := walker{h: h, ctx: ctx, fn: fn, seen: make([]uint64, h.pages.limit/512+1)}
	w.budget = int(h.pages.limit/keyHeader) + 1
	err = w.visit(root, 0)
	if errors.Is(err, fs.SkipAll) {
		return nil
	}
	return err
}

type walker struct {
	h      *Hive
	ctx    context.Context
	fn     func(string, Key) error
	seen   []uint64 // one bit for each place a cell can begin
	budget int      // subkey entries that may still be looked at; a sound hive cannot have more
	path   []byte
	keys   []Key // the subkeys of the keys on the way down, those of the deepest last
}

func (w *walker) visit(k Key, depth int) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if !w.mark(k) {
		return nil
	}
	switch err := w.fn(string(w.path), k); {
	case errors.Is(err, fs.SkipDir):
		return nil
	case err != nil:
		return err
	}
	return w.children(k, depth)
}

// mark tells whether the key is met for the first time.
func (w *walker) mark(k Key) bool {
	bit := k.off / 8
	if w.seen[bit/64]&(1<<(bit%64)) != 0 {
		w.h.note("the key at 0x%x is reached twice", k.Offset())
		return false
	}
	w.seen[bit/64] |= 1 << (bit % 64)
	return true
}

func (w *walker) children(k Key, depth int) error {
	base := len(w.keys)
	keys, err := k.appendSubkeys(w.keys)
	if err != nil {
		w.h.note("%s: %v", w.path, err)
	}
	w.keys = keys
	defer func() { w.keys = w.keys[:base] }()
	subs := keys[base:]
	if len(subs) == 0 {
		return nil
	}
	if w.budget -= len(subs); w.budget < 0 || depth >= maxDepth {
		w.h.note("%s: more or deeper subkeys than a hive can have", w.path)
		return nil
	}
	here := len(w.path)
	for _, s := range subs {
		w.path = appendName(w.path[:here], s)
		if len(w.path) > maxPath {
			w.h.note("%s: a path is too long", w.path[:here])
			continue
		}
		if err := w.visit(s, depth+1); err != nil {
			return err
		}
	}
	w.path = w.path[:here]
	return nil
}

func appendName(path []byte, k Key) []byte {
	if len(path) > 0 {
		path = append(path, '\\')
	}
	b, wide := k.rawName()
	if !wide && isASCII(b) {
		return append(path, b...)
	}
	return append(path, k.Name()...)
}

// Count walks the hive and returns how many keys it has, the root included, and how many values.
func (h *Hive) Count(ctx context.Context) (keys, values int, err error) {
	most := int(h.pages.limit / valueHeader)
	err = h.Walk(ctx, func(path string, k Key) error {
		keys++
		vs, err := k.Values()
		if err != nil {
			h.note("%s: %v", path, err)
		}
		if values += len(vs); values > most {
			h.note("%s: more values than a hive can have", path)
			return fs.SkipAll
		}
		return nil
	})
	return keys, values, err
}
