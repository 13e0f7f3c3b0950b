package evtx

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"updoc/codec/wintype"
	"updoc/testkit"
)

func day(n int) time.Time {
	return time.Date(2024, 1, 9, 10, 11, 12, 345678900, time.UTC).Add(time.Duration(n) * time.Minute)
}

// updateEvents are n events as a PC writes them: manifest, UserData and classic
// sources in turn.
func updateEvents(n int) []Event {
	var events []Event
	for i := range n {
		e := Event{Time: day(i), Channel: "System", Computer: "PC-01", ProcessID: 1234, ThreadID: uint32(i),
			UserSID: "S-1-5-18", Level: 4, Keywords: 0x8000000000000018}
		switch i % 4 {
		case 0:
			fillInstallFailure(&e)
		case 1:
			fillPackageChange(&e)
		case 2:
			fillClassic(&e)
		case 3:
			fillEveryType(&e)
		}
		events = append(events, e)
	}
	return events
}

func fillInstallFailure(e *Event) {
	e.Provider = "Microsoft-Windows-WindowsUpdateClient"
	e.ProviderGUID, _ = ParseGUID("{945A8954-C147-4ACD-923F-40C45405A658}")
	e.EventID, e.Version, e.Level, e.Task, e.Opcode = 20, 1, 2, 1, 13
	e.Data = []Item{
		{"errorCode", TypeHex32, "0x80070643"},
		{"updateTitle", TypeString, "2024-01 Security Update & \"日本語\" <𠮷> (KB5034441)"},
		{"updateGuid", TypeGUID, "{8EE3D0EF-5511-453A-B9DD-00AFFED0477E}"},
		{"updateRevisionNumber", TypeUint32, "201"},
	}
}

func fillPackageChange(e *Event) {
	e.Provider, e.EventID, e.Channel = "Microsoft-Windows-Servicing", 3, "Setup"
	e.UserData = "CbsPackageChangeState"
	e.UserDataNS = "http://manifests.microsoft.com/win/2004/08/windows/setup_provider"
	e.Data = []Item{
		{"PackageIdentifier", TypeString, "KB5034441"},
		{"IntendedPackageState", TypeUint32, "5112"},
		{"ErrorCode", TypeString, "0x80070643"},
		{"Client", TypeString, "WindowsUpdateAgent"},
	}
}

func fillClassic(e *Event) {
	e.Provider, e.EventID, e.Channel, e.UserSID = "MsiInstaller", 1033, "Application", ""
	e.Source = "MsiInstaller"
	e.Data = []Item{{"", TypeString, "Product"}, {"", TypeString, "1.0"}, {"", TypeString, ""}, {"", TypeString, "1603"}}
	e.Binary = []byte("{11111111-2222-3333-4444-555555555555}")
}

func fillEveryType(e *Event) {
	e.Provider, e.EventID = "Everything", 65535
	e.ActivityID, _ = ParseGUID("{00000000-0000-0000-0000-000000000001}")
	e.RelatedID, _ = ParseGUID("{00000000-0000-0000-0000-000000000002}")
	e.Data = []Item{
		{"i8", TypeInt8, "-5"}, {"u8", TypeUint8, "250"}, {"i16", TypeInt16, "-3000"}, {"u16", TypeUint16, "60000"},
		{"i32", TypeInt32, "-2147023293"}, {"u32", TypeUint32, "4000000000"},
		{"i64", TypeInt64, "-9000000000"}, {"u64", TypeUint64, "18000000000000000000"},
		{"yes", TypeBool, "true"}, {"no", TypeBool, "false"}, {"bin", TypeBinary, "00FF10"},
		{"ft", TypeFiletime, "2024-02-29T23:59:59.1234567Z"}, {"st", TypeSystemtime, "2024-02-29T23:59:59.123Z"},
		{"sid", TypeSID, "S-1-5-21-1-2-3-1001"}, {"h32", TypeHex32, "0x643"}, {"h64", TypeHex64, "0x8000000000000000"},
		{"empty", TypeString, ""},
	}
	e.Binary = []byte{1, 2, 3}
}

// flatEvent is what a reader must find of an event.
func flatEvent(e *Event, id uint64) flat {
	r := Record{ProviderGUID: e.ProviderGUID, Qualifiers: e.Qualifiers, Version: e.Version, Task: e.Task,
		Opcode: e.Opcode, Keywords: e.Keywords, SourceRecordID: id, ActivityID: e.ActivityID,
		RelatedActivityID: e.RelatedID, ProcessID: e.ProcessID, ThreadID: e.ThreadID, Computer: e.Computer,
		UserSID: e.UserSID, UserData: e.UserData, Binary: e.Binary, timeCreated: wintype.Filetime(e.Time)}
	r.Provider, r.Source, r.EventID, r.Level, r.Channel = e.Provider, e.Source, e.EventID, e.Level, e.Channel
	f := flatRecord(&r)
	for _, d := range e.Data {
		f.field(d.Name, d.Value)
	}
	return f
}

func flatEvents(events []Event) []flat {
	var out []flat
	for i := range events {
		out = append(out, flatEvent(&events[i], uint64(i+1)))
	}
	return out
}

func build(t testing.TB, events []Event, opt Options) []byte {
	t.Helper()
	b, err := Build(events, opt)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestWrittenIsRead reads back what was written, value by value.
func TestWrittenIsRead(t *testing.T) {
	events := updateEvents(1000)
	var got []flat
	info := readAll(t, openBytes(t, build(t, events, Options{})), func(r *Record) { got = append(got, flatRecord(r)) })
	compareEvents(t, got, flatEvents(events))
	if info.Chunks < 3 || info.DamagedChunks != 0 || info.Records != len(events) || info.Recovered != 0 {
		t.Errorf("%+v", info)
	}
	equal(t, "next record id", info.NextRecordID, uint64(len(events)+1))
	equal(t, "first", info.First, day(0))
	equal(t, "last", info.Last, day(999))
}

// Of a log that is kept to its newest chunks the newest records are read.
func TestKeepNewest(t *testing.T) {
	b := build(t, updateEvents(2000), Options{})
	all := readAll(t, openBytes(t, b), func(*Record) {})
	for _, limit := range []int64{0, chunkSize, 3*chunkSize + 1, 1 << 40} {
		l := openBytes(t, b)
		l.KeepNewest(limit)
		kept := min(max(1, int(limit/chunkSize)), all.Chunks)
		info := readAll(t, l, func(*Record) {})
		if info.Chunks != kept || !info.Last.Equal(all.Last) || (info.Records == all.Records) != (kept == all.Chunks) || info.Records == 0 {
			t.Errorf("%d bytes: %d chunks, %d records until %s", limit, info.Chunks, info.Records, info.Last)
		}
	}
	if all.Chunks < 5 {
		t.Errorf("only %d chunks", all.Chunks)
	}
}

func compareEvents(t *testing.T, got, want []flat) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("record %d\n got %v\nwant %v", i+1, got[i], want[i])
		}
	}
}

// TestWrittenIsReadByEvtxexport lets an independent reader judge the writer.
// Left out are characters beyond U+FFFF and negative numbers: libevtx 20181227
// shows U+20BB7 as U+207B8 and -5 (0xFB) as -123.
func TestWrittenIsReadByEvtxexport(t *testing.T) {
	events := updateEvents(500)
	for i := range events {
		for k := range events[i].Data {
			d := &events[i].Data[k]
			d.Value = strings.TrimPrefix(strings.ReplaceAll(d.Value, "𠮷", ""), "-")
			if d.Type == TypeInt32 {
				d.Value = "2147023293"
			}
		}
	}
	path := testkit.WriteFile(t, "System.evtx", build(t, events, Options{Slots: 16}))
	compareEvents(t, evtxexport(t, path), flatEvents(events))
}

// TestRawValuesText checks the text of types field by field, as Windows shows it.
func TestRawValuesText(t *testing.T) {
	events := updateEvents(4)
	n := 0
	readAll(t, openBytes(t, build(t, events, Options{})), func(r *Record) {
		for i, d := range events[n].Data {
			equal(t, d.Name, r.At(i), d.Value)
		}
		n++
	})
	equal(t, "records", n, 4)
}

func TestWriterRejects(t *testing.T) {
	long := strings.Repeat("x", 40000)
	for name, e := range map[string]Event{
		"too large":  {Data: []Item{{"a", TypeString, long}}},
		"two halves": {Data: []Item{{"a", TypeString, long[:20000]}, {"b", TypeString, long[:20000]}}},
		"event id":   {EventID: 65536},
		"sid":        {UserSID: "S-1"},
		"guid":       {Data: []Item{{"a", TypeGUID, "{12}"}}},
		"range":      {Data: []Item{{"a", TypeUint8, "256"}}},
		"nameless":   {UserData: "X", Data: []Item{{"", TypeString, "v"}}},
	} {
		if _, err := Build([]Event{e}, Options{}); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

// TestWriterGoesOnAfterError writes good events around a bad one.
func TestWriterGoesOnAfterError(t *testing.T) {
	var m memory
	w := NewWriter(&m, Options{})
	for i, e := range updateEvents(8) {
		if err := w.Add(e); err != nil {
			t.Fatal(i, err)
		}
		if err := w.Add(Event{Computer: fmt.Sprint("other", i), UserSID: "bad"}); err == nil {
			t.Fatal("bad event written")
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var got []flat
	readAll(t, openBytes(t, m.b), func(r *Record) { got = append(got, flatRecord(r)) })
	compareEvents(t, got, flatEvents(updateEvents(8)))
}
