package regf

import (
	"encoding/binary"
	"slices"
)

// An index is all subkey lists of a key.
type index struct {
	root   uint32 // the index root's cell; nowhere if there is none
	leaves []editLeaf
}

type editLeaf struct {
	off   uint32
	sig   string // lf, lh or li
	keys  []uint32
	hints map[uint32]uint32 // what stands beside a key now: Windows' upper case decides on it, not ours
}

// maxLeaf is how many entries of a kind fill a page, where Windows begins a new leaf.
func maxLeaf(sig string) int {
	if sig == "li" {
		return 2 * leafEntries
	}
	return leafEntries
}

// index reads the subkey lists of a key and refuses those that are not in order.
func (e *Editor) index(nk uint32) (index, error) {
	x := index{root: nowhere}
	key, err := e.key(nk)
	if err != nil || u32(key, 20) == 0 {
		return x, err
	}
	top, err := e.own(u32(key, 28), 4)
	if err != nil {
		return x, err
	}
	offs := []uint32{u32(key, 28)}
	if string(top[:2]) == "ri" {
		x.root = offs[0]
		if offs, err = e.entries(x.root, top, 4); err != nil {
			return x, err
		}
	}
	total := 0
	for _, off := range offs {
		l, err := e.leaf(off)
		if err != nil {
			return x, err
		}
		total += len(l.keys)
		x.leaves = append(x.leaves, l)
	}
	if total != int(u32(key, 20)) {
		return x, damaged("the key at 0x%x counts %d subkeys, its lists hold %d", baseSize+int64(nk), u32(key, 20), total)
	}
	return x, nil
}

func (e *Editor) leaf(off uint32) (editLeaf, error) {
	b, err := e.own(off, 4)
	if err != nil {
		return editLeaf{}, err
	}
	_, width, ok := leafOf(b)
	if !ok {
		return editLeaf{}, damaged("no subkey list at 0x%x", baseSize+int64(off))
	}
	keys, err := e.entries(off, b, width)
	if err != nil {
		return editLeaf{}, err
	}
	return editLeaf{off, string(b[:2]), keys, readHints(b, width)}, nil
}

func (e *Editor) entries(off uint32, b []byte, width int) (list []uint32, err error) {
	n := int(u16(b, 2))
	if 4+n*width > len(b) {
		return nil, errShortList(off)
	}
	for i := range n {
		list = append(list, u32(b, 4+i*width))
	}
	return list, nil
}

// insert puts a new key into the lists of its parent, where its name belongs.
func (e *Editor) insert(parent, nk uint32, name []uint16) error {
	x, err := e.index(parent)
	if err != nil {
		return err
	}
	if len(x.leaves) == 0 {
		x.leaves = []editLeaf{{off: nowhere, sig: "lh"}}
		if e.base.minor < 5 {
			x.leaves[0].sig = "lf"
		}
	}
	i, at, err := e.place(x, name)
	if err != nil {
		return err
	}
	l := &x.leaves[i]
	l.keys = slices.Insert(l.keys, at, nk)
	if n := len(l.keys); n > maxLeaf(l.sig) {
		rest := editLeaf{nowhere, l.sig, slices.Clone(l.keys[n/2:]), l.hints}
		l.keys = l.keys[:n/2]
		x.leaves = slices.Insert(x.leaves, i+1, rest)
		if err := e.putLeaf(&x.leaves[i+1]); err != nil {
			return err
		}
	}
	if err := e.putLeaf(&x.leaves[i]); err != nil {
		return err
	}
	return e.putIndex(parent, x)
}

// place returns the leaf and the place in it of a name that is not there yet.
func (e *Editor) place(x index, name []uint16) (leaf, at int, err error) {
	for i, l := range x.leaves {
		for at, off := range l.keys {
			other, err := e.foldedName(off)
			if err != nil {
				return 0, 0, err
			}
			if slices.Compare(other, name) > 0 {
				return i, at, nil
			}
		}
	}
	last := len(x.leaves) - 1
	return last, len(x.leaves[last].keys), nil
}

func (e *Editor) foldedName(nk uint32) ([]uint16, error) {
	b, err := e.key(nk)
	return foldName(Key{nk: b}.Name()), err
}

// remove takes a key out of the lists of its parent.
func (e *Editor) remove(parent, nk uint32) error {
	x, err := e.index(parent)
	if err != nil {
		return err
	}
	for i := range x.leaves {
		l := &x.leaves[i]
		at := slices.Index(l.keys, nk)
		if at < 0 {
			continue
		}
		if len(l.keys) > 1 {
			return e.removeEntry(parent, x, l, at)
		}
		if err := e.release(l.off); err != nil {
			return err
		}
		x.leaves = slices.Delete(x.leaves, i, i+1)
		return e.putIndex(parent, x)
	}
	return damaged("the key at 0x%x is not in the list of the key above it", baseSize+int64(nk))
}

// removeEntry moves the entries behind one forward; their hints stay as they are.
func (e *Editor) removeEntry(parent uint32, x index, l *editLeaf, at int) error {
	b, err := e.own(l.off, 4)
	if err != nil {
		return err
	}
	_, width, _ := leafOf(b)
	rest := slices.Clone(b[4+(at+1)*width : 4+len(l.keys)*width])
	e.put(content(l.off)+4+at*width, rest)
	l.keys = slices.Delete(l.keys, at, at+1)
	e.put16(l.off, 2, uint16(len(l.keys)))
	return e.putIndex(parent, x)
}

// putLeaf writes a leaf; its place may change.
func (e *Editor) putLeaf(l *editLeaf) (err error) {
	b := binary.LittleEndian.AppendUint16([]byte(l.sig), uint16(len(l.keys)))
	for _, off := range l.keys {
		b = binary.LittleEndian.AppendUint32(b, off)
		if l.sig == "li" {
			continue
		}
		hint, known := l.hints[off]
		if !known {
			if hint, err = e.hint(l.sig, off); err != nil {
				return err
			}
		}
		b = binary.LittleEndian.AppendUint32(b, hint)
	}
	if l.off == nowhere {
		l.off, err = e.alloc(b)
	} else {
		l.off, err = e.rewrite(l.off, b)
	}
	return err
}

// readHints reads what an lf or lh leaf holds beside its keys.
func readHints(b []byte, width int) map[uint32]uint32 {
	out := map[uint32]uint32{}
	for i := 0; width == 8 && i < int(u16(b, 2)); i++ {
		out[u32(b, 4+8*i)] = u32(b, 8+8*i)
	}
	return out
}

func (e *Editor) hint(sig string, nk uint32) (uint32, error) {
	b, err := e.key(nk)
	if err != nil {
		return 0, err
	}
	name := Key{nk: b}.Name()
	if sig == "lh" {
		return nameHash(foldName(name)), nil
	}
	four := make([]byte, 4)
	fastHint(four, name)
	return binary.LittleEndian.Uint32(four), nil
}

// putIndex lets a key point to its lists: directly to a single one, by an index root to several.
func (e *Editor) putIndex(nk uint32, x index) (err error) {
	n, offs := 0, []uint32{}
	for _, l := range x.leaves {
		n += len(l.keys)
		offs = append(offs, l.off)
	}
	top := uint32(nowhere)
	root := append(binary.LittleEndian.AppendUint16([]byte("ri"), uint16(len(offs))), words(offs)...)
	switch {
	case len(offs) > 0xFFFF:
		return ErrEdit
	case len(offs) == 0 && x.root != nowhere:
		err = e.release(x.root)
	case x.root != nowhere:
		top, err = e.rewrite(x.root, root)
	case len(offs) == 1:
		top = offs[0]
	case len(offs) > 1:
		top, err = e.alloc(root)
	}
	if err != nil {
		return err
	}
	e.put32(nk, 20, uint32(n))
	e.put32(nk, 28, top)
	return nil
}

// newNode is the content of a key node without subkeys and values.
func newNode(name string, parent, sk uint32, filetime uint64) []byte {
	stored, comp := storedName(name)
	b := append(make([]byte, keyHeader), stored...)
	copy(b, "nk")
	le := binary.LittleEndian
	if comp {
		le.PutUint16(b[2:], flagCompName)
	}
	le.PutUint64(b[4:], filetime)
	le.PutUint32(b[16:], parent)
	for _, field := range []int{28, 32, 40, 48} {
		le.PutUint32(b[field:], nowhere)
	}
	le.PutUint32(b[44:], sk)
	le.PutUint16(b[72:], uint16(len(stored)))
	copy(b[keyHeader:], stored)
	return b
}
