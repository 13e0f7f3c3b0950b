package regf

import "encoding/binary"

// survey finds bins, free and used cells, and which cells several owners point to. Only bins that do not follow one another
// are an error; a bin whose cells do not is left alone, its cells count as not in use.
func (e *Editor) survey() error {
	e.bins, e.free, e.used = nil, nil, newBitmap(len(e.b))
	bins := e.b[baseSize:]
	for at := uint32(0); int(at) < len(bins); {
		size, ok := binSize(bins, at)
		if !ok {
			return damaged("no hive bin at 0x%x", baseSize+int64(at))
		}
		e.bins = append(e.bins, span{at, size})
		if cellsFill(bins[at : at+size]) {
			e.addCells(bins, span{at, size})
		}
		at += size
	}
	e.countOwners()
	return nil
}

func binSize(bins []byte, at uint32) (uint32, bool) {
	head := bins[at:]
	size := u32(head, 8)
	ok := len(head) >= pageSize && string(head[:4]) == "hbin" && u32(head, 4) == at &&
		size > 0 && size%pageSize == 0 && int64(size) <= int64(len(head))
	return size, ok
}

// cellAt returns the size of a cell and whether it is free; zero if it cannot be one.
func cellAt(b []byte) (size uint32, free bool) {
	n := int64(int32(binary.LittleEndian.Uint32(b)))
	free = n > 0
	if !free {
		n = -n
	}
	if n < 8 || n%8 != 0 || n > int64(len(b)) {
		return 0, false
	}
	return uint32(n), free
}

func cellsFill(bin []byte) bool {
	for at := uint32(binHeader); int(at) < len(bin); {
		n, _ := cellAt(bin[at:])
		if n == 0 {
			return false
		}
		at += n
	}
	return true
}

func (e *Editor) addCells(bins []byte, bin span) {
	end := bin.off + bin.size
	for at := bin.off + binHeader; at < end; {
		n, free := cellAt(bins[at:end])
		if free {
			e.free = append(e.free, span{at, n})
		} else {
			e.used.set(at)
		}
		at += n
	}
}

// owners walks the tree once and marks every cell that something points to.
type owners struct {
	e    *Editor
	seen bitmap
	todo []uint32 // key nodes
}

func (e *Editor) countOwners() {
	e.shared, e.skUses = map[uint32]bool{}, map[uint32]uint32{}
	o := owners{e: e, seen: newBitmap(len(e.b))}
	o.addKey(e.base.root)
	for len(o.todo) > 0 {
		nk := o.todo[len(o.todo)-1]
		o.todo = o.todo[:len(o.todo)-1]
		o.key(nk)
	}
}

// claim returns a cell that is met for the first time, nil if it is shared or not in use.
func (o *owners) claim(off uint32) []byte {
	b, err := o.e.cell(off, 0)
	if err != nil {
		return nil
	}
	if o.seen.has(off) {
		o.e.shared[off] = true
		return nil
	}
	o.seen.set(off)
	return b
}

func (o *owners) addKey(off uint32) {
	if b := o.claim(off); isKey(b) {
		o.todo = append(o.todo, off)
	}
}

func isKey(b []byte) bool { return len(b) >= keyHeader && b[0] == 'n' && b[1] == 'k' }

func (o *owners) key(off uint32) {
	nk, _ := o.e.cell(off, keyHeader)
	o.e.skUses[u32(nk, 44)]++
	if u16(nk, 74) > 0 {
		o.claim(u32(nk, 48))
	}
	if u32(nk, 20) > 0 {
		o.list(u32(nk, 28), true)
	}
	if n := u32(nk, 36); n > 0 && u16(nk, 2)&flagPredef == 0 {
		list := o.claim(u32(nk, 40))
		for i := 0; i < int(n) && 4*i+4 <= len(list); i++ {
			o.value(u32(list, 4*i))
		}
	}
}

func (o *owners) list(off uint32, top bool) {
	b := o.claim(off)
	if len(b) < 4 {
		return
	}
	root := top && string(b[:2]) == "ri"
	_, width, ok := leafOf(b)
	if root {
		width, ok = 4, true
	}
	for i := 0; ok && i < int(u16(b, 2)) && 4+(i+1)*width <= len(b); i++ {
		entry := u32(b, 4+i*width)
		if root {
			o.list(entry, false)
		} else {
			o.addKey(entry)
		}
	}
}

func (o *owners) value(off uint32) {
	vk := o.claim(off)
	if len(vk) < valueHeader || u32(vk, 4)&resident != 0 || u32(vk, 4) == 0 {
		return
	}
	data := o.claim(u32(vk, 8))
	if !o.e.segmented(data, u32(vk, 4)) {
		return
	}
	list := o.claim(u32(data, 4))
	for i := 0; i < int(u16(data, 2)) && 4*i+4 <= len(list); i++ {
		o.claim(u32(list, 4*i))
	}
}

// segmented tells whether a data cell of a value of size bytes is the head of several.
func (e *Editor) segmented(data []byte, size uint32) bool {
	return size > maxSegment && e.base.minor > 3 && len(data) >= 8 && data[0] == 'd' && data[1] == 'b'
}
