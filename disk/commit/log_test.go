package commit_test

import (
	"strings"
	"testing"
	"time"

	"updoc/disk/commit"
	"updoc/disk/commit/cut"
)

// Appending is cut again and again, records long and short over what the cut before has
// left: the log is never damaged, and every record that was appended stays.
func TestLogOutlivesCuts(t *testing.T) {
	for seed := range uint64(4000) {
		m := cut.New(nil)
		kept := 0
		for n := range uint64(4) {
			l, err := commit.OpenLog(m.Folder)
			if err != nil || len(l.Records()) < kept {
				t.Fatalf("seed %d, cut %d: %v, %d records kept", seed, n, err, kept)
			}
			kept = len(l.Records())
			if err := l.Append("A", strings.Repeat("x", int((seed+n*7)%5*150))); err != nil {
				t.Fatal(err)
			}
			at := int(seed*31+n*17) % (m.Events() + 1)
			if at == m.Events() {
				kept++
			}
			m = m.At(at, seed*4+n)
		}
	}
}

func TestLogRecords(t *testing.T) {
	m := cut.New(nil)
	l, err := commit.OpenLog(m.Folder)
	if err != nil || l.Head() != "" || l.State() != "" {
		t.Fatalf("an empty log: %q, %v", l.Head(), err)
	}
	l.Now = func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("JST", 9*3600)) }
	if err := l.Append("A", map[string]int{"n": 7}); err != nil {
		t.Fatal(err)
	}
	if err := l.Append("B", nil); err != nil {
		t.Fatal(err)
	}
	if err := l.Append("C", strings.Repeat("x", 5<<20)); err == nil {
		t.Error("5 MiB in one record")
	}
	again, err := commit.OpenLog(m.Folder)
	if err != nil {
		t.Fatal(err)
	}
	r := again.Records()
	if len(r) != 2 || r[0].Seq != 1 || r[1].Prev != r[0].Hash || again.Head() != r[1].Hash || again.State() != "B" {
		t.Errorf("%+v", r)
	}
	if string(r[0].Data) != `{"n":7}` || r[0].Time.Format(time.RFC3339) != "2026-01-01T18:04:05Z" {
		t.Errorf("%s at %s", r[0].Data, r[0].Time)
	}
	if l.Head() != again.Head() {
		t.Errorf("heads %s and %s", l.Head(), again.Head())
	}
}
