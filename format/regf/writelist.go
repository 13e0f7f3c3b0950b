package regf

import (
	"encoding/binary"

	"updoc/codec/wintype"
)

// subkeyList writes one leaf, or an index root over several.
func (w *writer) subkeyList(subs []*BuilderKey, offs []uint32) uint32 {
	if len(subs) <= leafEntries {
		return w.leaf(subs, offs)
	}
	var leaves []uint32
	for len(subs) > 0 {
		n := min(len(subs), leafEntries)
		leaves = append(leaves, w.leaf(subs[:n], offs[:n]))
		subs, offs = subs[n:], offs[n:]
	}
	off, b := w.alloc(4 + 4*len(leaves))
	copy(b, "ri")
	binary.LittleEndian.PutUint16(b[2:], uint16(len(leaves)))
	for i, l := range leaves {
		binary.LittleEndian.PutUint32(b[4+4*i:], l)
	}
	return off
}

// leaf writes a hash leaf or, for versions before 1.5, a fast leaf.
func (w *writer) leaf(subs []*BuilderKey, offs []uint32) uint32 {
	off, b := w.alloc(4 + 8*len(subs))
	copy(b, "lh")
	if w.o.Minor < 5 {
		copy(b, "lf")
	}
	binary.LittleEndian.PutUint16(b[2:], uint16(len(subs)))
	for i, s := range subs {
		binary.LittleEndian.PutUint32(b[4+8*i:], offs[i])
		hint := b[8+8*i : 12+8*i]
		if w.o.Minor < 5 {
			fastHint(hint, s.name)
		} else {
			binary.LittleEndian.PutUint32(hint, nameHash(foldName(s.name)))
		}
	}
	return off
}

// fastHint is the first four characters; nothing at all if one of them is not Latin-1.
func fastHint(b []byte, name string) {
	i := 0
	for _, r := range name {
		if i == 4 {
			return
		}
		if r > 0xFF {
			clear(b)
			return
		}
		b[i] = byte(r)
		i++
	}
}

func (w *writer) writeValues(k *BuilderKey, nk uint32) {
	if len(k.values) == 0 {
		return
	}
	n := len(k.values)
	list, _ := w.alloc(4 * n)
	longest, largest := 0, 0
	for i, v := range k.values {
		off := w.value(v)
		w.put32(list, 4*i, off)
		longest, largest = max(longest, len(wintype.AppendUTF16(nil, v.name))), max(largest, len(v.data))
	}
	w.put32(nk, 36, uint32(n))
	w.put32(nk, 40, list)
	w.put32(nk, 60, uint32(longest))
	w.put32(nk, 64, uint32(largest))
}

func (w *writer) value(v builderValue) uint32 {
	name, comp := storedName(v.name)
	off, b := w.alloc(valueHeader + len(name))
	le := binary.LittleEndian
	copy(b, "vk")
	le.PutUint16(b[2:], uint16(len(name)))
	le.PutUint32(b[12:], v.kind)
	if comp {
		le.PutUint16(b[16:], valueCompName)
	}
	copy(b[valueHeader:], name)
	if len(v.data) <= 4 {
		le.PutUint32(b[4:], uint32(len(v.data))|resident)
		copy(b[8:12], v.data)
		return off
	}
	le.PutUint32(b[4:], uint32(len(v.data)))
	w.put32(off, 8, w.valueData(v.data))
	return off
}

// valueData writes data into one cell or, if too large for it, into segments.
func (w *writer) valueData(data []byte) uint32 {
	if len(data) <= maxSegment || w.o.Minor <= 3 {
		return w.blob(data)
	}
	n := (len(data) + maxSegment - 1) / maxSegment
	db, b := w.alloc(8)
	copy(b, "db")
	binary.LittleEndian.PutUint16(b[2:], uint16(n))
	list, _ := w.alloc(4 * n)
	w.put32(db, 4, list)
	for i := range n {
		part := data[i*maxSegment : min(len(data), (i+1)*maxSegment)]
		off, room := w.alloc(len(part))
		copy(room, part)
		w.put32(list, 4*i, off)
	}
	return db
}
