package regf

import (
	"encoding/binary"
	"fmt"
	"io/fs"

	"updoc/codec/wintype"
)

const flagNoDelete = 0x0008 // of a key node

// key returns the key node at off.
func (e *Editor) key(off uint32) ([]byte, error) {
	nk, err := e.own(off, keyHeader)
	if err != nil {
		return nil, err
	}
	if n := int(u16(nk, 72)); !isKey(nk) || keyHeader+n > len(nk) || n > maxKeyName {
		return nil, damaged("no key node at 0x%x", baseSize+int64(off))
	}
	return nk, nil
}

// touch sets when a key was last written.
func (e *Editor) touch(nk uint32) {
	e.put(content(nk)+4, binary.LittleEndian.AppendUint64(nil, wintype.Filetime(e.now)))
}

// subkey returns the key node of a subkey.
func (e *Editor) subkey(nk uint32, name string) (uint32, error) {
	x, err := e.index(nk)
	if err != nil {
		return 0, err
	}
	want := foldName(name)
	for _, l := range x.leaves {
		for _, s := range l.keys {
			b, err := e.key(s)
			if err != nil {
				return 0, err
			}
			if stored, wide := (Key{nk: b}).rawName(); !equalName(stored, wide, want) {
				continue
			}
			if u32(b, 16) != nk {
				return 0, damaged("the key at 0x%x names another key above it", baseSize+int64(s))
			}
			return s, nil
		}
	}
	return 0, fmt.Errorf("registry key %q: %w", name, fs.ErrNotExist)
}

// createKey makes a subkey that shares the security of the key above it.
func (e *Editor) createKey(parent uint32, name string) (uint32, error) {
	if len(wintype.AppendUTF16(nil, name)) > 2*maxEditName {
		return 0, fmt.Errorf("%w: key name %.40q…", ErrEdit, name)
	}
	above, err := e.key(parent)
	if err != nil {
		return 0, err
	}
	sk := u32(above, 44)
	nk, err := e.alloc(newNode(name, parent, sk, wintype.Filetime(e.now)))
	if err != nil {
		return 0, err
	}
	if err := e.useSecurity(sk); err != nil {
		return 0, err
	}
	if err := e.insert(parent, nk, foldName(name)); err != nil {
		return 0, err
	}
	above, err = e.key(parent)
	if err != nil {
		return 0, err
	}
	// The upper half of this field holds flags.
	e.put16(parent, 52, max(u16(above, 52), uint16(len(wintype.AppendUTF16(nil, name)))))
	e.touch(parent)
	return nk, nil
}

// deleteKey takes a key out of its parent's list and frees it with all below it.
func (e *Editor) deleteKey(nk uint32) error {
	key, err := e.key(nk)
	if err != nil {
		return err
	}
	if nk == e.base.root || u16(key, 2)&flagNoDelete != 0 {
		return fmt.Errorf("%w: this key cannot be deleted", ErrEdit)
	}
	parent := u32(key, 16)
	if err := e.remove(parent, nk); err != nil {
		return err
	}
	above, err := e.key(parent)
	if err != nil {
		return err
	}
	if u32(above, 20) == 0 { // as Windows does
		e.put16(parent, 52, 0)
		e.put32(parent, 56, 0)
	}
	e.touch(parent)
	return e.freeKey(nk, 0)
}

// freeKey frees a key and all that hangs on it. A cell is free after its first visit, so cycles end in an error.
func (e *Editor) freeKey(nk uint32, depth int) error {
	key, err := e.key(nk)
	if err != nil {
		return err
	}
	if depth >= maxDepth {
		return damaged("keys deeper than %d levels", maxDepth)
	}
	if err := e.freeSubkeys(nk, depth); err != nil {
		return err
	}
	if err := e.freeValues(nk); err != nil {
		return err
	}
	if u16(key, 74) > 0 && u32(key, 48) != nowhere {
		if err := e.release(u32(key, 48)); err != nil {
			return err
		}
	}
	if err := e.leaveSecurity(u32(key, 44)); err != nil {
		return err
	}
	return e.release(nk)
}

func (e *Editor) freeSubkeys(nk uint32, depth int) error {
	x, err := e.index(nk)
	if err != nil {
		return err
	}
	for _, l := range x.leaves {
		for _, s := range l.keys {
			if err := e.freeKey(s, depth+1); err != nil {
				return err
			}
		}
		if err := e.release(l.off); err != nil {
			return err
		}
	}
	if x.root != nowhere {
		return e.release(x.root)
	}
	return nil
}

func (e *Editor) freeValues(nk uint32) error {
	list, _, err := e.values(nk, "")
	if err != nil || len(list) == 0 {
		return err
	}
	for _, off := range list {
		if err := e.freeValue(off); err != nil {
			return err
		}
	}
	return e.putValues(nk, nil)
}
