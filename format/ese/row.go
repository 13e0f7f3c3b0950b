package ese

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Cell is one value of a row. Value is nil, bool, int64, float64, time.Time, string
// (also a GUID, lower case without braces) or []byte.
type Cell struct {
	Name  string
	Value any
}

// Row is one row of a table; columns without a value are left out.
type Row []Cell

// Get returns the value of a column in any case; nil if it has none.
func (r Row) Get(name string) any {
	for i := range r {
		if strings.EqualFold(r[i].Name, name) {
			return r[i].Value
		}
	}
	return nil
}

// Int returns a number; 0 if there is none.
func (r Row) Int(name string) int64 {
	n, _ := r.Get(name).(int64)
	return n
}

// Text returns a text; "" if there is none.
func (r Row) Text(name string) string {
	s, _ := r.Get(name).(string)
	return s
}

// Bytes returns a binary value; nil if there is none.
func (r Row) Bytes(name string) []byte {
	b, _ := r.Get(name).([]byte)
	return b
}

// Time returns a date; the zero time if there is none. It is what was stored: whether
// that is UTC only the owner of the table knows.
func (r Row) Time(name string) time.Time {
	t, _ := r.Get(name).(time.Time)
	return t
}

// row decodes one row: fixed values, the map of those that are missing, variable
// values by their ends, tagged values.
func (db *DB) row(t *Table, b []byte) (Row, bool) {
	if len(b) < 4 {
		return nil, false
	}
	lastFixed, lastVar, ends := int(b[0]), int(b[1]), int(u16(b, 2))
	if ends > len(b) {
		return nil, false
	}
	fixed, ok := fixedRow(t, b[:ends], lastFixed)
	if !ok {
		return nil, false
	}
	variable, rest, ok := varRow(t, b[ends:], lastVar)
	if !ok {
		return nil, false
	}
	return slices.Concat(fixed, variable, db.taggedRow(t, rest)), true
}

func fixedRow(t *Table, b []byte, last int) (Row, bool) {
	bitmap := len(b) - (last+7)/8
	if bitmap < 4 {
		return nil, last == 0
	}
	var row Row
	at := 4
	for i := range t.Columns { // by ID: each begins where the one before it ends
		c := &t.Columns[i]
		if c.ID < 1 {
			continue
		}
		if c.ID > last {
			break
		}
		size := c.width()
		if size < 0 || at+size > bitmap {
			return row, false
		}
		if i := c.ID - 1; b[bitmap+i/8]&(1<<(i%8)) == 0 {
			row = append(row, Cell{c.Name, c.value(b[at : at+size])})
		}
		at += size
	}
	return row, true
}

// varRow also returns what stands behind the variable values.
func varRow(t *Table, b []byte, last int) (Row, []byte, bool) {
	count := max(last-127, 0)
	if 2*count > len(b) {
		return nil, nil, false
	}
	data, from := b[2*count:], 0
	var row Row
	for i := range count {
		end := int(u16(b, 2*i))
		if end&0x8000 != 0 {
			continue
		}
		if end < from || end > len(data) {
			return row, nil, false
		}
		if c := t.column(128 + i); c != nil {
			row = append(row, Cell{c.Name, c.value(data[from:end])})
		}
		from = end
	}
	return row, data[from:], true
}

func (t *Table) column(id int) *Column {
	i, ok := slices.BinarySearchFunc(t.Columns, id, func(c Column, id int) int { return cmp.Compare(c.ID, id) })
	if !ok {
		return nil
	}
	return &t.Columns[i]
}
