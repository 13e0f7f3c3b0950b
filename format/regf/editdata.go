package regf

import "encoding/binary"

// data returns the data of a value; they must not be written to.
func (e *Editor) data(vk []byte) ([]byte, error) {
	size := u32(vk, 4) &^ resident
	switch {
	case size == 0:
		return nil, nil
	case u32(vk, 4)&resident != 0 && size > 4:
		return nil, damaged("a value keeps %d bytes in 4", size)
	case u32(vk, 4)&resident != 0:
		return vk[8 : 8+size], nil
	}
	cells, err := e.dataCells(vk)
	if err != nil {
		return nil, err
	}
	if len(cells) == 1 {
		b, err := e.cell(cells[0], int(size))
		return b[:min(len(b), int(size))], err
	}
	return e.join(cells[2:], int(size))
}

// join puts segments together; maxEditHive bounds what they can hold.
func (e *Editor) join(segments []uint32, size int) (out []byte, err error) {
	for _, off := range segments {
		n := min(maxSegment, size-len(out))
		b, err := e.cell(off, n)
		if err != nil {
			return nil, err
		}
		out = append(out, b[:n]...)
	}
	if len(out) < size {
		return nil, damaged("segments lack %d of %d bytes", size-len(out), size)
	}
	return out, nil
}

// dataCells returns the cells that hold a value's data: none, one, or the head of segments, their list and the segments.
func (e *Editor) dataCells(vk []byte) ([]uint32, error) {
	size, off := u32(vk, 4), u32(vk, 8)
	if size == 0 || size&resident != 0 {
		return nil, nil
	}
	b, err := e.own(off, 0)
	if err != nil {
		return nil, err
	}
	cells := []uint32{off}
	if !e.segmented(b, size) {
		return cells, nil
	}
	n := int(u16(b, 2))
	list, err := e.own(u32(b, 4), 4*n)
	if err != nil {
		return nil, err
	}
	cells = append(cells, u32(b, 4))
	for i := range n {
		if _, err := e.own(u32(list, 4*i), 0); err != nil {
			return nil, err
		}
		cells = append(cells, u32(list, 4*i))
	}
	return cells, nil
}

// setData gives a value new data, in the cell of the old ones if they fit.
func (e *Editor) setData(off uint32, data []byte) error {
	vk, err := e.valueCell(off)
	if err != nil {
		return err
	}
	if done, err := e.overwrite(vk, data); done || err != nil {
		if done {
			e.put32(off, 4, uint32(len(data)))
		}
		return err
	}
	if err := e.freeData(vk); err != nil {
		return err
	}
	if len(data) <= 4 {
		e.put32(off, 4, uint32(len(data))|resident)
		e.put(content(off)+8, append(append(make([]byte, 0, 8), data...), 0, 0, 0, 0)[:4])
		return nil
	}
	at, err := e.allocData(data)
	if err != nil {
		return err
	}
	e.put32(off, 4, uint32(len(data)))
	e.put32(off, 8, at)
	return nil
}

// overwrite puts data into the one cell of the old ones, if both are of that kind and size.
func (e *Editor) overwrite(vk, data []byte) (bool, error) {
	cells, err := e.dataCells(vk)
	if err != nil || len(cells) != 1 || len(data) <= 4 || e.inSegments(len(data)) {
		return false, err
	}
	room, err := e.own(cells[0], 0)
	if err != nil || len(data) > len(room) {
		return false, err
	}
	e.put(content(cells[0]), data)
	return true, nil
}

func (e *Editor) inSegments(size int) bool { return size > maxSegment && e.base.minor > 3 }

func (e *Editor) freeData(vk []byte) error {
	cells, err := e.dataCells(vk)
	if err != nil {
		return err
	}
	for _, off := range cells {
		if err := e.release(off); err != nil {
			return err
		}
	}
	return nil
}

func (e *Editor) allocData(data []byte) (uint32, error) {
	if !e.inSegments(len(data)) {
		return e.alloc(data)
	}
	var segments []uint32
	for len(data) > 0 {
		n := min(len(data), maxSegment)
		off, err := e.alloc(data[:n])
		if err != nil {
			return 0, err
		}
		segments, data = append(segments, off), data[n:]
	}
	list, err := e.alloc(words(segments))
	if err != nil {
		return 0, err
	}
	head := binary.LittleEndian.AppendUint16([]byte("db"), uint16(len(segments)))
	return e.alloc(binary.LittleEndian.AppendUint32(head, list))
}
