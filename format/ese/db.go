package ese

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	catalogPage = 4
	tableLimit  = 2000    // tables of one database; Windows Update has some twenty and one a server
	columnLimit = 50000   // columns of all tables
	rowLimit    = 5000000 // rows of one table
	pageLoads   = 1000    // loads a page of the file may cost, on average, before it is called a circle
	maxLoads    = 20000000
)

// Types of a column: numbers of 1 to 8 bytes with and without sign, dates (days since
// 1899-12-30), texts and bytes. Long ones may be stored apart from their row.
const (
	TypeBool       = 1
	TypeByte       = 2
	TypeShort      = 3
	TypeInt        = 4
	TypeCurrency   = 5
	TypeFloat      = 6
	TypeDouble     = 7
	TypeDate       = 8
	TypeBinary     = 9
	TypeText       = 10
	TypeLongBinary = 11
	TypeLongText   = 12
	TypeUint       = 14
	TypeLong       = 15
	TypeGUID       = 16
	TypeUshort     = 17
)

const codeUnicode = 1200

// Column is one column of a table.
type Column struct {
	Name string
	ID   int // up to 127 fixed, up to 255 variable, above tagged
	Type int
	Size int // bytes of a fixed one
	Code int // code page of a text
}

// Table is one table of a database.
type Table struct {
	Name    string
	Columns []Column

	root, long uint32 // pages of the rows and of the long values
	id         int64
}

// DB is an open database. It is not safe for concurrent use.
type DB struct {
	Header Header
	Tables []Table
	Harmed int // pages that could not be read, or not be trusted, so far

	ctx    context.Context
	r      io.ReaderAt
	size   int64
	h      *Header
	budget int64
	cache  map[uint32]*page
	damage error
}

// Open reads the header and the catalogue. A database whose catalogue is partly
// damaged is returned with an error.
func Open(ctx context.Context, r io.ReaderAt, size int64) (*DB, error) {
	h, err := ReadHeader(r, size)
	if err != nil {
		return nil, err
	}
	db := &DB{Header: h, ctx: ctx, r: r, size: size, cache: map[uint32]*page{}}
	db.h = &db.Header
	db.budget = min(maxLoads, (size/h.PageSize+1)*pageLoads)
	if err := db.catalogue(); err != nil {
		return db, err
	}
	return db, db.damage
}

// Damage is the first damage that was met; nil if there was none.
func (db *DB) Damage() error { return db.damage }

// Table returns the table of that name in any case, or nil.
func (db *DB) Table(name string) *Table {
	i := slices.IndexFunc(db.Tables, func(t Table) bool { return strings.EqualFold(t.Name, name) })
	if i < 0 {
		return nil
	}
	return &db.Tables[i]
}

// Rows hands over the rows of a table in the order of its key. Rows on damaged pages
// are passed over: see Damage.
func (db *DB) Rows(t *Table, fn func(Row) error) error {
	count := 0
	return db.walk(t.root, nil, func(e entry) error {
		if count++; count > rowLimit {
			return fmt.Errorf("%w: more than %d rows", ErrDamaged, rowLimit)
		}
		row, ok := db.row(t, e.data)
		if !ok {
			return db.harm(fmt.Errorf("%w: a row of %s", ErrDamaged, t.Name))
		}
		return fn(row)
	})
}

// Count returns the number of rows of a table.
func (db *DB) Count(t *Table) (int64, error) {
	var n int64
	err := db.walk(t.root, nil, func(entry) error { n++; return nil })
	return n, err
}
