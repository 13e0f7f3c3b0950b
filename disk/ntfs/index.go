package ntfs

import (
	"fmt"
	"io/fs"
	"unicode/utf16"
)

// The index every folder keeps its names in.
const indexName = "$I30"

// Flags of an index entry.
const (
	entryHasChild = 1
	entryLast     = 2
)

// Name spaces of a file name.
const nameDOS = 2

// dirent is one name in a folder.
type dirent struct {
	ref   uint64
	name  []uint16
	space byte
	attrs uint32 // file attributes as the folder has them; bit 28 is folder
	tag   uint32 // reparse tag if attrs say it is a reparse point
}

// index is an open folder.
type index struct {
	v      *Volume
	dir    uint64
	root   []byte  // entries of the root node
	blocks *stream // nil if everything fits into the root
	block  int64   // bytes of a block
	unit   int64   // bytes a child number counts in
}

func (v *Volume) openIndex(rec *record) (*index, error) {
	if !rec.dir {
		return nil, fmt.Errorf("not a folder: %w", fs.ErrInvalid)
	}
	return v.openTree(rec, indexName)
}

// openTree opens an index of a record by its name; that of descriptors has the same form as those of folders.
func (v *Volume) openTree(rec *record, name string) (*index, error) {
	roots, err := v.pieces(rec, attrIndexRoot, name)
	if err != nil {
		return nil, err
	}
	if len(roots) == 0 || !roots[0].local || len(roots[0].value) < 32 {
		return nil, fmt.Errorf("folder %d has no index root: %w", rec.num, ErrDamaged)
	}
	b := roots[0].value
	x := &index{v: v, dir: rec.num, block: int64(le.Uint32(b[8:]))}
	if x.block < 512 || x.block > 64<<10 || x.block&(x.block-1) != 0 {
		return nil, fmt.Errorf("folder %d: index blocks of %d bytes: %w", rec.num, x.block, ErrDamaged)
	}
	if x.unit = v.boot.cluster; x.block < x.unit {
		x.unit = 512
	}
	if x.root, err = nodeEntries(b[16:]); err != nil {
		return nil, fmt.Errorf("folder %d: %w", rec.num, err)
	}
	return x, x.openBlocks(rec, name)
}

func (x *index) openBlocks(rec *record, name string) error {
	pieces, err := x.v.pieces(rec, attrIndexAlloc, name)
	if err != nil || len(pieces) == 0 {
		return err
	}
	if x.blocks, err = x.v.newStream(pieces); err != nil {
		return fmt.Errorf("folder %d: %w", rec.num, err)
	}
	x.blocks.meta = true
	return nil
}

// nodeEntries cuts the entries out of a node that begins with its header.
func nodeEntries(b []byte) ([]byte, error) {
	if len(b) < 16 {
		return nil, fmt.Errorf("index node: %w", ErrDamaged)
	}
	from, to := int64(le.Uint32(b)), int64(le.Uint32(b[4:]))
	if from < 16 || from > to || to > int64(len(b)) {
		return nil, fmt.Errorf("index node with entries at %d to %d: %w", from, to, ErrDamaged)
	}
	return b[from:to], nil
}

// child reads the block with number vcn. The number must stand in the block itself, so that no two
// numbers can lead to one block and no tree can be larger than the volume.
func (x *index) child(vcn int64) ([]byte, error) {
	if x.blocks == nil || vcn < 0 || vcn >= x.blocks.size/x.unit {
		return nil, fmt.Errorf("folder %d has no block %d: %w", x.dir, vcn, ErrDamaged)
	}
	b := make([]byte, x.block)
	if err := x.blocks.readFull(b, vcn*x.unit); err != nil {
		return nil, fmt.Errorf("folder %d, block %d: %w", x.dir, vcn, err)
	}
	if err := Fixup(b, "INDX"); err != nil {
		return nil, fmt.Errorf("folder %d, block %d: %w", x.dir, vcn, err)
	}
	if int64(le.Uint64(b[16:])) != vcn {
		return nil, fmt.Errorf("folder %d, block %d calls itself %d: %w", x.dir, vcn, le.Uint64(b[16:]), ErrDamaged)
	}
	return nodeEntries(b[24:])
}

// entry is the first entry of a node.
type entry struct {
	dirent
	last  bool
	child int64 // -1 if there is none
}

// nextEntry takes one entry off a node.
func nextEntry(b []byte) (entry, []byte, error) {
	e := entry{child: -1}
	if len(b) < 16 {
		return e, nil, fmt.Errorf("index node ends without a last entry: %w", ErrDamaged)
	}
	size, flags := int(le.Uint16(b[8:])), le.Uint16(b[12:])
	if size < 16 || size > len(b) {
		return e, nil, fmt.Errorf("index entry of %d bytes: %w", size, ErrDamaged)
	}
	body := b[16:size]
	if flags&entryHasChild != 0 {
		if len(body) < 8 {
			return e, nil, fmt.Errorf("index entry of %d bytes with a child: %w", size, ErrDamaged)
		}
		e.child = int64(le.Uint64(body[len(body)-8:]))
		body = body[:len(body)-8]
	}
	if e.last = flags&entryLast != 0; e.last {
		return e, nil, nil
	}
	e.ref = le.Uint64(b)
	return e, b[size:], e.parseName(body)
}

// parseName reads the copy of the file name attribute an entry is keyed by.
func (d *dirent) parseName(b []byte) error {
	if len(b) < 66 || len(b) < 66+2*int(b[64]) {
		return fmt.Errorf("index entry: name leaves it: %w", ErrDamaged)
	}
	d.attrs, d.tag, d.space = le.Uint32(b[56:]), le.Uint32(b[60:]), b[65]
	d.name = make([]uint16, b[64])
	for i := range d.name {
		d.name[i] = le.Uint16(b[66+2*i:])
	}
	return nil
}

// maxDepth is far beyond what 2^32 names need.
const maxDepth = 32

// lookup finds a name in any case by walking down the tree.
func (x *index) lookup(name string) (*dirent, error) {
	key := utf16.Encode([]rune(name))
	node, err := x.root, error(nil)
	for range maxDepth {
		found, down, nerr := x.search(node, key)
		if nerr != nil {
			return nil, x.note(nerr)
		}
		if found != nil {
			return found, nil
		}
		if down < 0 {
			return nil, fs.ErrNotExist
		}
		if node, err = x.child(down); err != nil {
			return nil, x.note(err)
		}
	}
	return nil, x.note(fmt.Errorf("folder %d is too deep: %w", x.dir, ErrDamaged))
}

// search looks for key in one node; else it tells which child to go to, -1 for none.
func (x *index) search(node []byte, key []uint16) (*dirent, int64, error) {
	for {
		e, rest, err := nextEntry(node)
		if err != nil {
			return nil, 0, err
		}
		if e.last {
			return nil, e.child, nil
		}
		switch x.v.collate(key, e.name) {
		case 0:
			return &e.dirent, 0, nil
		case -1:
			return nil, e.child, nil
		}
		node = rest
	}
}

func (x *index) note(err error) error {
	x.v.log.Add("index-damaged", int64(min(x.dir, 1<<40))*x.v.boot.record, "%v", err)
	return err
}

// all gives every name once, short names of the DOS name space left out. On damage it gives what is
// readable together with the first error.
func (x *index) all() ([]dirent, error) {
	w := walk{x: x, seen: map[int64]bool{}}
	w.node(x.root)
	return w.out, w.err
}

// walk is one pass over a folder's tree.
type walk struct {
	x    *index
	seen map[int64]bool
	out  []dirent
	err  error
}

func (w *walk) fail(err error) {
	if w.err == nil {
		w.err = w.x.note(err)
	}
}

// node takes a node and all below it; blocks already seen are not taken again.
func (w *walk) node(root []byte) {
	stack := [][]byte{root}
	for len(stack) > 0 {
		node := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, vcn := range w.entries(node) {
			if w.seen[vcn] {
				w.fail(fmt.Errorf("folder %d: block %d is used twice: %w", w.x.dir, vcn, ErrDamaged))
				continue
			}
			w.seen[vcn] = true
			b, err := w.x.child(vcn)
			if err != nil {
				w.fail(err)
				continue
			}
			stack = append(stack, b)
		}
	}
}

// entries takes the names of one node and gives its children.
func (w *walk) entries(node []byte) []int64 {
	var children []int64
	for {
		e, rest, err := nextEntry(node)
		if err != nil {
			w.fail(err)
			return children
		}
		if e.child >= 0 {
			children = append(children, e.child)
		}
		if e.last {
			return children
		}
		if e.space != nameDOS {
			w.out = append(w.out, e.dirent)
		}
		node = rest
	}
}
