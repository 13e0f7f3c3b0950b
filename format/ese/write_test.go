package ese

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/Velocidex/ordereddict"
	"www.velocidex.com/golang/go-ese/parser"

	"updoc/testkit"
)

var made = time.Date(2024, 1, 10, 3, 4, 5, 0, time.UTC)

// history is a table with every kind of column that Windows Update has.
func history(rows int) NewTable {
	t := NewTable{Name: "tbHistory", Columns: []Column{
		{Name: "IdEvent", ID: 1, Type: TypeInt, Size: 4}, {Name: "UpdateId", ID: 2, Type: TypeBinary, Size: 20},
		{Name: "Date", ID: 3, Type: TypeDate, Size: 8}, {Name: "Size", ID: 4, Type: TypeCurrency, Size: 8},
		{Name: "Leaf", ID: 5, Type: TypeBool, Size: 1}, {Name: "Short", ID: 6, Type: TypeShort, Size: 2},
		{Name: "Language", ID: 128, Type: TypeText}, {Name: "Digest", ID: 129, Type: TypeBinary},
		{Name: "Title", ID: 256, Type: TypeLongText}, {Name: "Ids", ID: 257, Type: TypeLongBinary},
	}}
	for i := range rows {
		row := []any{int64(i + 1), bytes.Repeat([]byte{byte(i)}, 20), made.Add(time.Duration(i) * time.Hour), int64(-5), i%2 == 0, int64(-7),
			"ja-JP", []byte{1, byte(i)}, fmt.Sprintf("更新プログラム (KB50%05d)", i), []byte{9, 8}}
		if i%3 == 1 {
			row[1], row[6], row[8] = nil, nil, nil
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func write(t testing.TB, opts WriteOptions, tables ...NewTable) []byte {
	t.Helper()
	b, err := Write(opts, tables...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What is written is read again, on one page, on many, and on so many that they need a
// level in between.
func TestWritten(t *testing.T) {
	for _, rows := range []int{0, 1, 300, 9000} {
		table := history(rows)
		db := open(t, write(t, WriteOptions{Time: made}, NewTable{Name: "tbStoreVersion", Columns: table.Columns[:1]}, table))
		if db.Header.State != Clean || db.Table("TBHISTORY") == nil || db.Table("tbOther") != nil {
			t.Fatalf("%+v", db.Header)
		}
		n := 0
		err := db.Rows(db.Table("tbHistory"), func(r Row) error {
			for i, c := range table.Columns {
				if got, want := r.Get(c.Name), table.Rows[n][i]; !reflect.DeepEqual(got, want) {
					t.Errorf("row %d: %s is %v, want %v", n, c.Name, got, want)
				}
			}
			n++
			return nil
		})
		if err != nil || n != rows || db.Damage() != nil {
			t.Errorf("%d of %d rows, %v, %v", n, rows, err, db.Damage())
		}
	}
}

// libesedb reads the same rows. It shows dates as they are stored, currency without a
// sign and a missing fixed value as zeros.
func TestWrittenOracle(t *testing.T) {
	table := history(9000)
	path := testkit.WriteFile(t, "DataStore.edb", write(t, WriteOptions{Time: made, Dirty: true}, table))
	out := filepath.Join(t.TempDir(), "out")
	testkit.Run(t, "esedbexport", "-t", out, path)
	found, _ := filepath.Glob(out + ".export/tbHistory.*")
	if len(found) != 1 {
		t.Fatalf("%v", found)
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 9001 {
		t.Fatalf("%d lines:\n%.600s", len(lines), text)
	}
	for i, want := range map[int][]string{
		0:    {"IdEvent", "UpdateId", "Date", "Title"},
		1:    {"1\t0000000000000000000000000000000000000000\t(0x40e61ea4 0x173ac902)\t18446744073709551611\ttrue", "\t-7\tja-JP\t0100\t更新プログラム (KB5000000)"},
		2:    {"2\t0000000000000000000000000000000000000000\t(0x40e61ea5 0x6c901e57)", "\t0101\t\t0908"},
		300:  {"300\t2b2b", "KB5000299"},
		9000: {"9000\t2727", "KB5008999"},
	} {
		for _, w := range want {
			if !strings.Contains(lines[i], w) {
				t.Errorf("line %d is %q, want %q", i, lines[i], w)
			}
		}
	}
}

// go-ese reads the same rows. It cuts dates to seconds.
func TestWrittenSecondOracle(t *testing.T) {
	table := history(9000)
	b := write(t, WriteOptions{Time: made}, table)
	ctx, err := parser.NewESEContext(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := parser.ReadCatalog(ctx)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = catalogue.DumpTable("tbHistory", func(r *ordereddict.Dict) error {
		id, _ := r.GetInt64("IdEvent")
		date, _ := r.Get("Date")
		title, _ := r.GetString("Title")
		want, _ := table.Rows[n][8].(string)
		off := table.Rows[n][2].(time.Time).Sub(date.(time.Time))
		if n++; id != int64(n) || title != want || off < 0 || off > time.Second {
			t.Errorf("row %d: %v", n, r)
		}
		return nil
	})
	if err != nil || n != 9000 {
		t.Errorf("%d rows, %v", n, err)
	}
}

// A row that cannot be written is refused.
func TestWriteRefuses(t *testing.T) {
	one := []Column{{Name: "A", ID: 1, Type: TypeInt, Size: 4}}
	long := []Column{{Name: "A", ID: 256, Type: TypeLongText}}
	for name, table := range map[string]NewTable{
		"too few values": {Columns: one, Rows: [][]any{{}}},
		"wrong type":     {Columns: one, Rows: [][]any{{int32(1)}}},
		"too long":       {Columns: long, Rows: [][]any{{strings.Repeat("x", writtenPage)}}},
		"too wide":       {Columns: []Column{{Name: "A", ID: 1, Type: TypeBinary, Size: 2}}, Rows: [][]any{{[]byte{1, 2, 3}}}},
	} {
		if _, err := Write(WriteOptions{}, table); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

// A damaged catalogue can name one column many times; a row has it once.
func TestColumnsOnce(t *testing.T) {
	table := NewTable{Name: "tbMany", Columns: []Column{{Name: "A", ID: 1, Type: TypeInt}}, Rows: [][]any{{int64(7)}}}
	db := open(t, write(t, WriteOptions{Time: made}, table))
	many := db.Table("tbMany")
	for range 1000 {
		many.Columns = append(many.Columns, Column{Name: "B", ID: 1, Type: TypeText}, Column{Name: "C", ID: 200, Type: TypeText})
	}
	db.sortColumns()
	if len(many.Columns) != 2 || many.Columns[0].Name != "A" || many.column(200) == nil || many.column(199) != nil {
		t.Errorf("%d columns: %+v", len(many.Columns), many.Columns[:2])
	}
}
