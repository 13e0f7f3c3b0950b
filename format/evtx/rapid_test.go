package evtx

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func text(t *rapid.T, label string) string {
	return strings.ReplaceAll(rapid.StringN(0, 40, 200).Draw(t, label), "\x00", "")
}

func xmlName(t *rapid.T, label string) string {
	return rapid.StringMatching(`[A-Za-z][A-Za-z0-9]{0,20}`).Draw(t, label)
}

// itemOf draws a value of any type the writer knows, as canonical text.
func itemOf(t *rapid.T, name string) Item {
	types := []Type{TypeString, TypeInt8, TypeUint8, TypeInt16, TypeUint16, TypeInt32, TypeUint32, TypeInt64,
		TypeUint64, TypeFloat64, TypeBool, TypeBinary, TypeGUID, TypeFiletime, TypeHex32, TypeHex64, TypeSID, TypeSize}
	it := Item{Name: name, Type: rapid.SampledFrom(types).Draw(t, "type")}
	switch it.Type {
	case TypeString:
		it.Value = text(t, "value")
		return it
	case TypeBinary:
		it.Value = Value{TypeBinary, rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "bytes")}.String()
		return it
	case TypeFloat64:
		f := rapid.Float64Range(-1e9, 1e9).Draw(t, "float")
		it.Value = Value{TypeFloat64, le.AppendUint64(nil, math.Float64bits(f))}.String()
		return it
	case TypeFiletime:
		it.Value = Value{TypeFiletime, le.AppendUint64(nil, rapid.Uint64Range(0, 2e18).Draw(t, "time"))}.String()
		return it
	case TypeSID:
		it.Value = "S-1-5-21-" + strings.Join(rapid.SliceOfN(rapid.StringMatching(`[1-9][0-9]{0,8}`), 1, 4).Draw(t, "sid"), "-")
		return it
	case TypeSize:
		it.Value = Value{TypeSize, le.AppendUint64(nil, rapid.Uint64().Draw(t, "size"))}.String()
		return it
	}
	raw := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "raw")
	it.Value = Value{it.Type, raw[:fixedSize(it.Type)]}.String()
	return it
}

func anyEvent(t *rapid.T) Event {
	e := Event{
		Provider: text(t, "provider"), Source: text(t, "source"), Channel: text(t, "channel"), Computer: text(t, "computer"),
		EventID: uint32(rapid.Uint16().Draw(t, "id")), Qualifiers: rapid.Uint16().Draw(t, "qualifiers"),
		Version: rapid.Byte().Draw(t, "version"), Level: rapid.Byte().Draw(t, "level"), Task: rapid.Uint16().Draw(t, "task"),
		Opcode: rapid.Byte().Draw(t, "opcode"), Keywords: rapid.Uint64().Draw(t, "keywords"),
		ProcessID: rapid.Uint32().Draw(t, "pid"), ThreadID: rapid.Uint32().Draw(t, "tid"),
		Time: fromFiletime(rapid.Uint64Range(1, 2e18).Draw(t, "time")),
	}
	copy(e.ProviderGUID[:], rapid.SliceOfN(rapid.Byte(), 0, 16).Draw(t, "guid"))
	names := rapid.SliceOfN(rapid.StringMatching(`[A-Za-z][A-Za-z0-9]{0,20}`), 0, 8).Draw(t, "names")
	for _, n := range names {
		e.Data = append(e.Data, itemOf(t, n))
	}
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		e.UserData, e.UserDataNS = xmlName(t, "payload"), text(t, "ns")
	case 1:
		e.Binary = rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "binary")
	case 2:
		for i := range e.Data {
			e.Data[i] = Item{Type: TypeString, Value: text(t, "classic")}
		}
	}
	return e
}

// TestAnyEventComesBack writes random events and reads them again.
func TestAnyEventComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(rapid.Custom(anyEvent), 1, 60).Draw(t, "events")
		b, err := Build(events, Options{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		info := readAllRapid(t, b, func(r *Record) {
			sameEvent(t, r, &events[n])
			n++
		})
		if n != len(events) || info.DamagedChunks != 0 || info.DamagedRecords != 0 {
			t.Fatalf("%d of %d records, %+v", n, len(events), info)
		}
	})
}

func readAllRapid(t *rapid.T, b []byte, fn func(*Record)) Info {
	l, err := Open(strings.NewReader(string(b)), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	err = l.Records(t.Context(), nil, func(r *Record) error { fn(r); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return l.Info()
}

// fixed is the part of an event that does not depend on its fields.
type fixed struct {
	provider, source, channel, computer, payload, ns, binary string
	guid                                                     GUID
	id                                                       uint32
	qualifiers, task                                         uint16
	version, level, opcode                                   uint8
	keywords                                                 uint64
	pid, tid                                                 uint32
	time                                                     time.Time
	fields                                                   int
}

func sameEvent(t *rapid.T, r *Record, e *Event) {
	want := fixed{e.Provider, e.Source, e.Channel, e.Computer, e.UserData, e.UserDataNS, string(e.Binary), e.ProviderGUID, e.EventID,
		e.Qualifiers, e.Task, e.Version, e.Level, e.Opcode, e.Keywords, e.ProcessID, e.ThreadID, e.Time, len(e.Data)}
	got := fixed{r.Provider, r.Source, r.Channel, r.Computer, r.UserData, r.UserDataNS, string(r.Binary), r.ProviderGUID, r.EventID,
		r.Qualifiers, r.Task, r.Version, r.Level, r.Opcode, r.Keywords, r.ProcessID, r.ThreadID, r.Time, len(r.Data)}
	if got != want || r.Damaged {
		t.Fatalf("\n got %+v\nwant %+v", got, want)
	}
	for i, d := range e.Data {
		if r.Data[i].Name != d.Name || r.At(i) != d.Value {
			t.Fatalf("field %d: %s = %q, want %s = %q", i, r.Data[i].Name, r.At(i), d.Name, d.Value)
		}
	}
}
