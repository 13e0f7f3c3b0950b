package regf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"slices"

	"updoc/codec/wintype"
)

// values returns the value cells of a key and the place of the named one among them, -1 if it is not there.
func (e *Editor) values(nk uint32, name string) (list []uint32, at int, err error) {
	key, err := e.key(nk)
	if err != nil {
		return nil, 0, err
	}
	if u16(key, 2)&flagPredef != 0 {
		return nil, 0, damaged("the values of the key at 0x%x are a handle", baseSize+int64(nk))
	}
	n, at := u32(key, 36), -1
	if n == 0 {
		return nil, at, nil
	}
	if int64(n) > int64(len(e.b)/4) {
		return nil, 0, damaged("the key at 0x%x counts %d values", baseSize+int64(nk), n)
	}
	b, err := e.own(u32(key, 40), 4*int(n))
	if err != nil {
		return nil, 0, err
	}
	want := foldName(name)
	for i := range int(n) {
		off := u32(b, 4*i)
		vk, err := e.valueCell(off)
		if err != nil {
			return nil, 0, err
		}
		if stored, wide := (Value{vk: vk}).rawName(); at < 0 && equalName(stored, wide, want) {
			at = i
		}
		list = append(list, off)
	}
	return list, at, nil
}

func (e *Editor) valueCell(off uint32) ([]byte, error) {
	vk, err := e.own(off, valueHeader)
	if err != nil {
		return nil, err
	}
	if vk[0] != 'v' || vk[1] != 'k' || valueHeader+int(u16(vk, 2)) > len(vk) {
		return nil, damaged("no value at 0x%x", baseSize+int64(off))
	}
	return vk, nil
}

func (e *Editor) setValue(nk uint32, name string, kind uint32, data []byte) error {
	list, at, err := e.values(nk, name)
	if err != nil {
		return err
	}
	if at < 0 {
		return e.addValue(nk, list, name, kind, data)
	}
	vk, err := e.valueCell(list[at])
	if err != nil {
		return err
	}
	old, err := e.data(vk)
	if err == nil && u32(vk, 12) == kind && bytes.Equal(old, data) {
		return nil
	}
	if err != nil {
		return err
	}
	e.put32(list[at], 12, kind)
	if err := e.setData(list[at], data); err != nil {
		return err
	}
	return e.noteValue(nk, "", len(data))
}

func (e *Editor) addValue(nk uint32, list []uint32, name string, kind uint32, data []byte) error {
	stored, comp := storedName(name)
	vk := append(make([]byte, valueHeader), stored...)
	copy(vk, "vk")
	le := binary.LittleEndian
	le.PutUint16(vk[2:], uint16(len(stored)))
	le.PutUint32(vk[4:], resident)
	le.PutUint32(vk[12:], kind)
	if comp {
		le.PutUint16(vk[16:], valueCompName)
	}
	off, err := e.alloc(vk)
	if err != nil {
		return err
	}
	if err := e.setData(off, data); err != nil {
		return err
	}
	if err := e.putValues(nk, append(list, off)); err != nil {
		return err
	}
	return e.noteValue(nk, name, len(data))
}

// putValues makes these cells the values of a key.
func (e *Editor) putValues(nk uint32, list []uint32) error {
	key, err := e.key(nk)
	if err != nil {
		return err
	}
	old, at := u32(key, 36), u32(key, 40)
	switch {
	case len(list) == 0:
		err = e.release(at)
		at = nowhere
	case old == 0:
		at, err = e.alloc(words(list))
	default:
		at, err = e.rewrite(at, words(list))
	}
	if err != nil {
		return err
	}
	e.put32(nk, 36, uint32(len(list)))
	e.put32(nk, 40, at)
	return nil
}

func words(list []uint32) []byte {
	b := make([]byte, 0, 4*len(list))
	for _, n := range list {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

// noteValue raises the key's longest value name and data, and sets its time.
func (e *Editor) noteValue(nk uint32, name string, size int) error {
	key, err := e.key(nk)
	if err != nil {
		return err
	}
	longest, largest := u32(key, 60), u32(key, 64)
	e.put32(nk, 60, max(longest, uint32(len(wintype.AppendUTF16(nil, name)))))
	e.put32(nk, 64, max(largest, uint32(size)))
	e.touch(nk)
	return nil
}

func (e *Editor) deleteValue(nk uint32, name string) error {
	list, at, err := e.values(nk, name)
	if err != nil {
		return err
	}
	if at < 0 {
		return fmt.Errorf("registry value %q: %w", name, fs.ErrNotExist)
	}
	if err := e.freeValue(list[at]); err != nil {
		return err
	}
	if err := e.putValues(nk, slices.Delete(list, at, at+1)); err != nil {
		return err
	}
	if len(list) == 1 { // as Windows does; the longest of those that stay is not sought
		e.put32(nk, 60, 0)
		e.put32(nk, 64, 0)
	}
	e.touch(nk)
	return nil
}

func (e *Editor) freeValue(off uint32) error {
	vk, err := e.valueCell(off)
	if err != nil {
		return err
	}
	if err := e.freeData(vk); err != nil {
		return err
	}
	return e.release(off)
}
