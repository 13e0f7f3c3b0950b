package ese

import (
	"encoding/binary"
	"fmt"
)

// Flags of a page.
const (
	pageRoot  = 1
	pageLeaf  = 2
	pageSpace = 0x20
	pageIndex = 0x40
	pageLong  = 0x80
)

// Flags of an entry of a page.
const (
	entryDeleted = 2
	entryCommon  = 4 // its key begins with bytes of the page's common key
)

const largeRevision = 0x11 // from here on large pages keep the flags inside the entry

// page is one page of a tree, checked.
type page struct {
	number uint32
	flags  uint32
	common []byte // key bytes that entries share
	tags   []entry
}

// entry is one entry of a page: a row, a piece of a long value, or a child.
type entry struct {
	key  []byte // whole, with the common part
	data []byte
}

func (p *page) leaf() bool { return p.flags&pageLeaf != 0 }

// load reads a page from the disk and checks it. Only small pages have a checksum that
// is known here; of large ones the stored number of the page is checked.
func (db *DB) load(number uint32) (*page, error) {
	if err := db.ctx.Err(); err != nil {
		return nil, err
	}
	if db.budget--; db.budget < 0 {
		return nil, fmt.Errorf("%w: its pages lead in circles", ErrDamaged)
	}
	if p := db.cache[number]; p != nil {
		return p, nil
	}
	b := make([]byte, db.h.PageSize)
	at := (int64(number) + 1) * db.h.PageSize
	if number == 0 || at+db.h.PageSize > db.size {
		return nil, fmt.Errorf("%w: page %d lies outside the file", ErrDamaged, number)
	}
	if n, err := db.r.ReadAt(b, at); n < len(b) {
		return nil, fmt.Errorf("page %d: %w", number, err)
	}
	if err := db.verify(number, b); err != nil {
		return nil, err
	}
	p, err := db.parse(number, b)
	if err != nil {
		return nil, err
	}
	if len(db.cache) >= cachePages {
		clear(db.cache)
	}
	db.cache[number] = p
	return p, nil
}

func (db *DB) verify(number uint32, b []byte) error {
	switch {
	case db.h.Revision < 0x0b:
		return nil // an older checksum: not known here
	case db.h.PageSize > smallPage:
		if binary.LittleEndian.Uint64(b[64:]) != uint64(number) {
			return fmt.Errorf("%w: page %d says it is another", ErrDamaged, number)
		}
	case xor(b, number, 8) != u32(b, 0):
		return fmt.Errorf("%w: checksum of page %d", ErrDamaged, number)
	}
	return nil
}

func (db *DB) parse(number uint32, b []byte) (*page, error) {
	p := &page{number: number, flags: u32(b, 36)}
	head := db.headSize()
	count := int(u16(b, 34) & 0x0fff) // newer builds keep other things in the upper bits
	if head+4*count > len(b) {
		return nil, fmt.Errorf("%w: page %d has %d entries", ErrDamaged, number, count)
	}
	for i := range count {
		data, flags, ok := db.cut(b, head, i)
		if !ok {
			return nil, fmt.Errorf("%w: entry %d of page %d", ErrDamaged, i, number)
		}
		if i == 0 {
			if p.flags&pageRoot == 0 {
				p.common = data
			}
			continue
		}
		if flags&entryDeleted != 0 {
			continue
		}
		e, ok := p.entry(data, flags)
		if !ok {
			return nil, fmt.Errorf("%w: key %d of page %d", ErrDamaged, i, number)
		}
		p.tags = append(p.tags, e)
	}
	return p, nil
}

func (db *DB) headSize() int {
	if db.h.PageSize > smallPage {
		return 80
	}
	return 40
}

// large tells whether entries keep their flags in their own first bytes.
func (db *DB) large() bool { return db.h.PageSize > smallPage && db.h.Revision >= largeRevision }

// cut returns the i-th entry of a page and its flags.
func (db *DB) cut(b []byte, head, i int) (data []byte, flags int, ok bool) {
	tag := b[len(b)-4*(i+1):]
	mask := uint16(0x1fff)
	if db.large() {
		mask = 0x7fff
	}
	from := head + int(u16(tag, 2)&mask)
	to := from + int(u16(tag, 0)&mask)
	if to > len(b) {
		return nil, 0, false
	}
	data = b[from:to]
	if !db.large() {
		return data, int(u16(tag, 2) >> 13), true
	}
	if i > 0 && len(data) >= 2 {
		flags = int(data[1] >> 5)
		data = append([]byte{data[0], data[1] & 0x1f}, data[2:]...)
	}
	return data, flags, true
}

// entry parts the key from what it leads to.
func (p *page) entry(data []byte, flags int) (entry, bool) {
	common := 0
	if flags&entryCommon != 0 {
		if len(data) < 2 {
			return entry{}, false
		}
		common, data = int(u16(data, 0)&0x1fff), data[2:]
	}
	if len(data) < 2 || common > len(p.common) {
		return entry{}, false
	}
	local := int(u16(data, 0) & 0x1fff)
	if 2+local > len(data) {
		return entry{}, false
	}
	key := append(append([]byte{}, p.common[:common]...), data[2:2+local]...)
	return entry{key, data[2+local:]}, true
}
