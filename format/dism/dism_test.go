package dism

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

const sample = "2024-03-20 17:22:01, Info                  DISM   DISM.EXE: Executing command line: dism /online\r\n" +
	"2024-03-20 17:22:02, Warning               DISM   DISM Provider Store: PID=4 TID=5 Failed to load. - CDISMProviderStore::Get(hr:0x80004005)\r\n" +
	"2024-03-20 17:22:03, Error                 DISM   DISM Package Manager: PID=4 TID=5 Failed processing changes - CDISMPackageManager::ProcessChanges(hr:0x800f0922)\r\n" +
	"    a continuation (hr:0x80070002)\r\n" +
	"2024-03-20 17:22:04, Error                 DISM   DISM.EXE: done. hr:0x800f0922\r\n" +
	"2024-03-20 17:22:05, Error                 DISM   DISM.EXE: fine - CDISM::End(hr:0x00000000)\r\n" +
	"2024-03-20 17:22:06, Error                 DISM   no function (hr:0x80070005)\r\n"

func read(t testing.TB, text string) *Log {
	t.Helper()
	log, err := Read(context.Background(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func TestRead(t *testing.T) {
	log := read(t, sample)
	if log.Lines != 7 || log.Count != 2 || len(log.Entries) != 2 || log.FirstTime.Second() != 1 || log.LastTime.Second() != 6 {
		t.Fatalf("%+v", log)
	}
	e := log.Entries[0]
	if e.Line != 3 || e.Code != 0x800f0922 || e.Where != "CDISMPackageManager::ProcessChanges" || e.Offset != int64(strings.Index(sample, "2024-03-20 17:22:03")) {
		t.Errorf("%+v", e)
	}
	if e := log.Entries[1]; e.Code != 0x80070005 || e.Where != "" {
		t.Errorf("%+v", e)
	}
}

func TestKeepsTheNewest(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, "2024-03-20 17:22:03, Error                 DISM   x - C::F(hr:0x8007%04x)\n", i)
	}
	log := read(t, b.String())
	if log.Count != 100 || len(log.Entries) != maxEntries || log.Entries[maxEntries-1].Code != 0x80070063 {
		t.Errorf("%d of %d, last %+v", len(log.Entries), log.Count, log.Entries[len(log.Entries)-1])
	}
}

func TestUTF16(t *testing.T) {
	wide := "\xff\xfe"
	for _, c := range []byte(sample) {
		wide += string([]byte{c, 0})
	}
	if log := read(t, wide+"\x00"); log.Count != 2 {
		t.Errorf("%+v", log)
	}
}

func FuzzRead(f *testing.F) {
	for _, line := range strings.SplitAfter(sample, "\n") {
		f.Add([]byte(line))
	}
	f.Add([]byte("\xff\xfe2\x000"))
	f.Fuzz(func(t *testing.T, data []byte) {
		log, err := Read(context.Background(), strings.NewReader(string(data)))
		if err != nil || len(log.Entries) > maxEntries || int64(len(log.Entries)) > log.Count {
			t.Fatalf("%v %+v", err, log)
		}
		for _, e := range log.Entries {
			if e.Code&0x80000000 == 0 || e.Line < 1 || e.Line > log.Lines || len(e.Text) > maxText || !utf8.ValidString(e.Text+e.Where) {
				t.Fatalf("%+v", e)
			}
		}
	})
}
