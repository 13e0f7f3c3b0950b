package ese

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"time"
)

// NewTable is a table to be written: its rows hold a value for each column, nil for
// none. A row must fit into a page.
type NewTable struct {
	Name    string
	Columns []Column
	Rows    [][]any // bool, int64, float64, time.Time, string, []byte
}

// WriteOptions say how a database is written.
type WriteOptions struct {
	Dirty bool      // as if Windows had stopped without closing it
	Time  time.Time // of its making
}

const (
	writtenPage     = 4096
	writtenHead     = 40
	writtenRevision = 0x14
	shadowPage      = 24
	firstTable      = 10      // object ids below are the engine's own
	pageLimit       = 1 << 15 // 128 MB: the whole lies in memory
	maxFixed        = 127
	maxVariable     = 255
)

// Flags of the pages that are written.
const (
	pageParent  = 0x04
	pagePrimary = 0x0800
	pageModern  = 0x2000 // with the newer checksum
)

// writer lays out the pages of a database. Page 1 is the root of the whole, 4 the
// catalogue, 24 its copy; 2, 3, 5 and 6 would list free room and say that there is
// none. Those between were never used and are zero.
type writer struct {
	pages [][]byte // by page number
	opts  WriteOptions
}

// Write returns a database with these tables. It is one that other readers
// accept; the engine itself was never asked.
func Write(opts WriteOptions, tables ...NewTable) ([]byte, error) {
	w := &writer{pages: make([][]byte, shadowPage+1), opts: opts}
	w.root(1, 1, pageRoot|pageLeaf|pagePrimary, [16]byte{0: 7, 4: 0, 8: 1, 12: 2})
	for _, n := range []int{2, 3, 5, 6} {
		w.root(n, 1+uint32(n/4), pageRoot|pageLeaf|pageSpace|pagePrimary, [16]byte{12: 4})
	}
	catalogue := describe(&catalogueTable, 2, catalogPage)
	for i := range tables {
		t := &tables[i]
		rows, err := t.rows()
		if err != nil {
			return nil, err
		}
		id := uint32(firstTable + i)
		at := len(w.pages)
		w.pages = append(w.pages, nil)
		if err := w.tree(at, id, rows); err != nil {
			return nil, fmt.Errorf("%s: %w", t.Name, err)
		}
		catalogue = append(catalogue, describe(&Table{Name: t.Name, Columns: t.Columns}, int64(id), int64(at))...)
	}
	if err := w.tree(catalogPage, 2, catalogue); err != nil {
		return nil, err
	}
	if err := w.tree(shadowPage, 3, catalogue); err != nil {
		return nil, err
	}
	return w.file(), nil
}

// stored is a row as it lies in a page.
type stored struct{ key, data []byte }

func (t *NewTable) rows() ([]stored, error) {
	var all []stored
	for i, values := range t.Rows {
		row, err := encodeRow(t.Columns, values)
		if err != nil {
			return nil, fmt.Errorf("%s, row %d: %w", t.Name, i, err)
		}
		if len(row) > writtenPage-200 {
			return nil, fmt.Errorf("%s, row %d: %d bytes do not fit into a page", t.Name, i, len(row))
		}
		all = append(all, stored{numberKey(int64(i + 1)), row})
	}
	return all, nil
}

// tree writes rows below a root page: into it if they fit, else into leaves, with as
// many levels of pages between them and the root as it takes.
func (w *writer) tree(at int, object uint32, rows []stored) error {
	flags := uint32(pageLeaf)
	for pages := paginate(rows, 16); len(pages) > 1; pages = paginate(rows, 16) {
		if len(w.pages)+len(pages) > pageLimit {
			return fmt.Errorf("more than %d pages are too many for this writer", pageLimit)
		}
		rows, flags = w.level(object, flags, pages), pageParent
	}
	w.put(at, object, pageRoot|flags|pagePrimary, make([]byte, 16), rows)
	return nil
}

// level writes the pages of one level, chained, and returns the entries that lead to
// them: each with the key that everything below it is smaller than, the last without.
func (w *writer) level(object, flags uint32, pages [][]stored) []stored {
	first := len(w.pages)
	var children []stored
	for i, rows := range pages {
		n, child := first+i, stored{data: binary.LittleEndian.AppendUint32(nil, uint32(first+i))}
		w.pages = append(w.pages, nil)
		w.put(n, object, flags|pagePrimary, nil, rows)
		if i > 0 {
			binary.LittleEndian.PutUint32(w.pages[n][16:], uint32(n-1))
		}
		if i+1 < len(pages) {
			binary.LittleEndian.PutUint32(w.pages[n][20:], uint32(n+1))
			child.key = borderKey(flags, rows, pages[i+1])
		}
		children = append(children, child)
	}
	return children
}

// borderKey is the key between two neighbouring pages: of leaves the first of the
// right one; of pages above them the last of the left one, which is such a key.
func borderKey(flags uint32, left, right []stored) []byte {
	if flags == pageParent {
		return left[len(left)-1].key
	}
	return right[0].key
}

// paginate parts rows into as many pages as they need; head is what the first entry of
// a page takes.
func paginate(rows []stored, head int) [][]stored {
	pages, used := [][]stored{{}}, head
	for _, r := range rows {
		need := 2 + len(r.key) + len(r.data) + 4
		if used+need > writtenPage-writtenHead-4 {
			pages, used = append(pages, nil), head
		}
		used += need
		pages[len(pages)-1] = append(pages[len(pages)-1], r)
	}
	return pages
}

func (w *writer) root(at int, object, flags uint32, head [16]byte) {
	w.put(at, object, flags, head[:], nil)
}

// put lays out one page: its head, the entries from the front, their places from the
// back.
func (w *writer) put(at int, object, flags uint32, first []byte, rows []stored) {
	b := make([]byte, writtenPage)
	binary.LittleEndian.PutUint64(b[8:], 0x40)
	binary.LittleEndian.PutUint32(b[24:], object)
	binary.LittleEndian.PutUint32(b[36:], flags|pageModern)
	used := 0
	add := func(i int, data []byte) {
		copy(b[writtenHead+used:], data)
		binary.LittleEndian.PutUint16(b[len(b)-4*(i+1):], uint16(len(data)))
		binary.LittleEndian.PutUint16(b[len(b)-4*(i+1)+2:], uint16(used))
		used += len(data)
	}
	add(0, first)
	for i, r := range rows {
		add(i+1, slices.Concat(binary.LittleEndian.AppendUint16(nil, uint16(len(r.key))), r.key, r.data))
	}
	free := writtenPage - writtenHead - used - 4*(len(rows)+1)
	binary.LittleEndian.PutUint16(b[28:], uint16(free))
	binary.LittleEndian.PutUint16(b[32:], uint16(used))
	binary.LittleEndian.PutUint16(b[34:], uint16(len(rows)+1))
	w.pages[at] = b
}

// file puts the header, its copy and the pages one behind the other.
func (w *writer) file() []byte {
	head := w.header()
	out := slices.Concat(head, head)
	for i, p := range w.pages[1:] {
		if p == nil {
			out = append(out, make([]byte, writtenPage)...)
			continue
		}
		binary.LittleEndian.PutUint32(p, xor(p, uint32(i+1), 8))
		binary.LittleEndian.PutUint32(p[4:], ecc(p))
		out = append(out, p...)
	}
	return out
}

func (w *writer) header() []byte {
	b := make([]byte, writtenPage)
	put := func(at int, v uint32) { binary.LittleEndian.PutUint32(b[at:], v) }
	state := uint32(stateClean)
	if w.opts.Dirty {
		state = 2
	}
	for at, v := range map[int]uint32{4: signature, 8: formatVersion, 16: 0x40, 52: state, 104: 1, 212: firstTable, 216: 10,
		224: 19041, 232: writtenRevision, 236: writtenPage, 476: formatVersion, 480: writtenRevision} {
		put(at, v)
	}
	put(24, uint32(w.opts.Time.Unix())) // the number of its signature: any
	for _, at := range []int{28, 64, 72} {
		copy(b[at:], logTime(w.opts.Time))
	}
	put(0, xor(b, signature, 4))
	return b
}

// logTime is a moment as the engine notes it.
func logTime(t time.Time) []byte {
	t = t.UTC()
	if t.IsZero() {
		return make([]byte, 8)
	}
	return []byte{byte(t.Second()), byte(t.Minute()), byte(t.Hour()), byte(t.Day()), byte(t.Month()), byte(t.Year() - 1900), 0, 0}
}

// ecc is the engine's second checksum of a small page: the exclusive or of the places
// of all bits that are set, and the same of their complements.
func ecc(page []byte) uint32 {
	var place, ones uint32
	for i := 8; i+4 <= len(page); i += 4 {
		for v := u32(page, i); v != 0; v &= v - 1 {
			place ^= uint32(i*8 + bits.TrailingZeros32(v))
			ones ^= 1
		}
	}
	other := place
	if ones == 1 {
		other ^= uint32(len(page)*8 - 1)
	}
	return other<<16 | place
}

// numberKey is the key of a number: it sorts like the number.
func numberKey(n int64) []byte {
	return binary.BigEndian.AppendUint32([]byte{0x7f}, uint32(n)^0x80000000)
}

func shortKey(n int64) []byte {
	return binary.BigEndian.AppendUint16([]byte{0x7f}, uint16(n)^0x8000)
}

// describe returns the entries of the catalogue about a table, in the order of their
// keys.
func describe(t *Table, id, root int64) []stored {
	list := []stored{catalogueEntry(id, kindTable, id, root, 80, 0, 0, t.Name)}
	for _, c := range slices.SortedFunc(slices.Values(t.Columns), func(x, y Column) int { return x.ID - y.ID }) {
		code := int64(c.Code)
		if code == 0 && (c.Type == TypeLongText || c.Type == TypeText) {
			code = codeUnicode
		}
		list = append(list, catalogueEntry(id, kindColumn, int64(c.ID), int64(c.Type), int64(c.Size), 0, code, c.Name))
	}
	return list
}

func catalogueEntry(table, kind, id, what, size, flags, pages int64, name string) stored {
	row, _ := encodeRow(catalogueTable.Columns, []any{table, kind, id, what, size, flags, pages, name})
	return stored{bytes.Join([][]byte{numberKey(table), shortKey(kind), numberKey(id)}, nil), row}
}
