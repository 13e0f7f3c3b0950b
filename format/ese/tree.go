package ese

import (
	"bytes"
	"errors"
	"fmt"
)

const (
	depthLimit = 16 // a tree of this depth with two children a page has more pages than a file may
	cachePages = 64
)

// errStop ends a walk early.
var errStop = errors.New("enough")

// walk hands over the entries of the leaves below a page whose key is not below from,
// in order. Pages that cannot be read are counted and passed over.
func (db *DB) walk(root uint32, from []byte, fn func(entry) error) error {
	w := walker{db: db, seen: map[uint32]bool{}, from: from, fn: fn}
	err := w.page(root, 0)
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

type walker struct {
	db   *DB
	seen map[uint32]bool
	from []byte
	fn   func(entry) error
}

func (w *walker) page(number uint32, depth int) error {
	if w.seen[number] || depth > depthLimit {
		return w.db.harm(fmt.Errorf("%w: page %d is met twice", ErrDamaged, number))
	}
	w.seen[number] = true
	p, err := w.db.load(number)
	if err != nil {
		return w.db.harm(err)
	}
	if p.leaf() {
		return w.leaf(p)
	}
	for _, e := range p.tags {
		if len(e.data) < 4 {
			return w.db.harm(fmt.Errorf("%w: page %d leads nowhere", ErrDamaged, number))
		}
		if len(e.key) > 0 && bytes.Compare(e.key, w.from) <= 0 && len(w.from) > 0 {
			continue // everything below is smaller than this key
		}
		if err := w.page(u32(e.data, 0), depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) leaf(p *page) error {
	for _, e := range p.tags {
		if bytes.Compare(e.key, w.from) < 0 {
			continue
		}
		if err := w.fn(e); err != nil {
			return err
		}
	}
	return nil
}

// harm notes damage that a walk goes on after; what ends everything is handed back.
func (db *DB) harm(err error) error {
	if db.ctx.Err() != nil {
		return db.ctx.Err()
	}
	if db.damage == nil {
		db.damage = err
	}
	db.Harmed++
	if db.budget < 0 {
		return err
	}
	return nil
}
