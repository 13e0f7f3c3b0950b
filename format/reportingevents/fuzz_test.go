package reportingevents

import (
	"bytes"
	"context"
	"testing"
	"unicode/utf8"
)

// FuzzRead: what is read can be written and read again as the same.
func FuzzRead(f *testing.F) {
	f.Add([]byte(failed + "\r\n"))
	f.Add([]byte("{A}\t2017-12-12 19:46:19:636-0730\t1\t147\t[X]\t101\t{B}\t0\t240005\tC\tSuccess\tD\tE"))
	f.Add(Append(nil, Event{ID: 1, GUID: zero, UpdateID: zero, Message: "a: b: c KB123456"}))
	f.Add([]byte("{A}\t2017-12-12 19:46:19:636-0730\t1\t147\t[X]\t101\t{\u00b5}\t0\t240005\tC\tSuccess\tD\tE"))
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := Read(context.Background(), bytes.NewReader(data), func(e Event) error {
			checkEvent(t, e)
			return nil
		})
		if err != nil || st.Bytes != int64(len(data)) || st.Events+st.Damaged > st.Lines {
			t.Fatalf("%v %+v", err, st)
		}
	})
}

func checkEvent(t *testing.T, e Event) {
	t.Helper()
	if len(e.Message) > maxMessage || !utf8.ValidString(e.Message+e.Client+e.Name) {
		t.Fatalf("%+v", e)
	}
	again, st := readAll(t, Append(nil, e))
	if e.Time.Year() < 1 || e.Time.Year() > 9998 {
		return
	}
	if len(again) != 1 || st.Damaged != 0 {
		t.Fatalf("%q is not read again", e.line())
	}
	a := again[0]
	if !a.Time.Equal(e.Time) || a.Zone != e.Zone || a.HRESULT != e.HRESULT || a.ID != e.ID || a.UpdateID != e.UpdateID {
		t.Fatalf("%+v\n%+v", a, e)
	}
}

func BenchmarkRead(b *testing.B) {
	var log []byte
	for range 5000 {
		e, _ := parse([]byte(failed))
		log = Append(log, e)
	}
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(context.Background(), bytes.NewReader(log), func(Event) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
