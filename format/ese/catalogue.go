package ese

import (
	"cmp"
	"fmt"
	"slices"
)

// Kinds of entries of the catalogue.
const (
	kindTable  = 1
	kindColumn = 2
	kindIndex  = 3
	kindLong   = 4
)

// catalogueTable describes MSysObjects as far as it is used: it describes every table,
// itself too, and cannot be read without knowing it.
var catalogueTable = Table{Name: "MSysObjects", root: catalogPage, Columns: []Column{
	{Name: "ObjidTable", ID: 1, Type: TypeInt, Size: 4},
	{Name: "Type", ID: 2, Type: TypeShort, Size: 2},
	{Name: "Id", ID: 3, Type: TypeInt, Size: 4},
	{Name: "ColtypOrPgnoFDP", ID: 4, Type: TypeInt, Size: 4},
	{Name: "SpaceUsage", ID: 5, Type: TypeInt, Size: 4},
	{Name: "Flags", ID: 6, Type: TypeInt, Size: 4},
	{Name: "PagesOrLocale", ID: 7, Type: TypeInt, Size: 4},
	{Name: "Name", ID: 128, Type: TypeText, Code: 1252},
}}

// catalogue reads MSysObjects. Its entries stand in the order of their tables.
func (db *DB) catalogue() error {
	columns := 0
	byID := map[int64]int{}
	defer db.sortColumns()
	return db.Rows(&catalogueTable, func(r Row) error {
		id, kind, name := r.Int("ObjidTable"), r.Int("Type"), r.Text("Name")
		if kind == kindTable {
			if len(db.Tables) >= tableLimit {
				return fmt.Errorf("%w: more than %d tables", ErrDamaged, tableLimit)
			}
			byID[id] = len(db.Tables)
			db.Tables = append(db.Tables, Table{Name: name, id: id, root: uint32(r.Int("ColtypOrPgnoFDP"))})
			return nil
		}
		i, ok := byID[id]
		if !ok {
			return nil
		}
		t := &db.Tables[i]
		switch kind {
		case kindColumn:
			if columns++; columns > columnLimit {
				return fmt.Errorf("%w: more than %d columns", ErrDamaged, columnLimit)
			}
			t.Columns = append(t.Columns, Column{Name: name, ID: int(r.Int("Id")), Type: int(r.Int("ColtypOrPgnoFDP")),
				Size: int(r.Int("SpaceUsage")), Code: int(r.Int("PagesOrLocale"))})
		case kindLong:
			t.long = uint32(r.Int("ColtypOrPgnoFDP"))
		}
		return nil
	})
}

// sortColumns puts the columns of every table into the order in which rows hold them,
// each once: a row costs what a table can have, not what a damaged catalogue names.
func (db *DB) sortColumns() {
	for i := range db.Tables {
		t := &db.Tables[i]
		slices.SortStableFunc(t.Columns, func(x, y Column) int { return cmp.Compare(x.ID, y.ID) })
		t.Columns = slices.CompactFunc(t.Columns, func(x, y Column) bool { return x.ID == y.ID })
	}
}
