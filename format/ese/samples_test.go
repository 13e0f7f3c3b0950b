package ese

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"updoc/testkit"
)

// truth is what other tools read in a sample.
type truth struct {
	State    uint32           `json:"db_state"`
	PageSize int64            `json:"page_size"`
	Revision uint32           `json:"format_revision"`
	Tables   map[string]int64 `json:"tables"`
}

var databases = []string{"goese__SRUDB.dat", "goese__qmgr.db", "plaso__Catalog1.edb"}

func open(t testing.TB, b []byte) *DB {
	t.Helper()
	db, err := Open(context.Background(), bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// Every row of every table of the real databases is read, as many as libesedb counts.
func TestSamples(t *testing.T) {
	all := testkit.Truth[truth](t, "ese/")
	for _, name := range databases {
		t.Run(name, func(t *testing.T) {
			want := all["ese/"+name]
			db := open(t, testkit.SampleBytes(t, "ese/"+name))
			h := db.Header
			if h.RawState != want.State || h.PageSize != want.PageSize || h.Revision != want.Revision || h.Copy {
				t.Errorf("header %+v, want %+v", h, want)
			}
			sameTables(t, db, want.Tables)
			if err := db.Damage(); err != nil {
				t.Error(err)
			}
		})
	}
}

func sameTables(t *testing.T, db *DB, want map[string]int64) {
	t.Helper()
	for i := range db.Tables {
		var rows int64
		if err := db.Rows(&db.Tables[i], func(Row) error { rows++; return nil }); err != nil {
			t.Error(err)
		}
		count, err := db.Count(&db.Tables[i])
		if err != nil || count != rows {
			t.Errorf("%s: counted %d of %d, %v", db.Tables[i].Name, count, rows, err)
		}
		if n, ok := want[db.Tables[i].Name]; want != nil && (!ok || n != rows) {
			t.Errorf("%s has %d rows, libesedb %d", db.Tables[i].Name, rows, n)
		}
	}
	if want != nil && len(want) != len(db.Tables) {
		t.Errorf("%d tables, libesedb %d", len(db.Tables), len(want))
	}
}

// Flipped bytes anywhere in a real database are an error or fewer rows: never a panic,
// never an endless walk.
func TestCorruptedCopies(t *testing.T) {
	whole := testkit.SampleBytes(t, "ese/goese__SRUDB.dat")
	for seed := range 60 {
		b := bytes.Clone(whole)
		for i, n := range testkit.Noise(uint64(seed), 400) {
			b[(i*8191+int(n)*4099+seed*131)%len(b)] ^= n | 1
		}
		readAll(t, b)
	}
	for cut := 0; cut < len(whole); cut += len(whole)/40 + 1 {
		readAll(t, whole[:cut])
	}
}

func readAll(t *testing.T, b []byte) {
	t.Helper()
	db, err := Open(context.Background(), bytes.NewReader(b), int64(len(b)))
	if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotESE) {
		t.Fatal(err)
	}
	if db == nil {
		return
	}
	for i := range db.Tables {
		if err := db.Rows(&db.Tables[i], func(Row) error { return nil }); err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatal(err)
		}
	}
}
