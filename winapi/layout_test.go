package winapi

import (
	"encoding/binary"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"updoc/codec/wintype"
)

// words makes a structure of little-endian numbers and bytes.
func words(t *testing.T, parts ...any) []byte {
	t.Helper()
	var b []byte
	var err error
	for _, p := range parts {
		if b, err = binary.Append(b, binary.LittleEndian, p); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func guid(t *testing.T, s string) [16]byte {
	t.Helper()
	g, err := wintype.ParseGUID(s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

const (
	aDisk     = "0f0e0d0c-0b0a-0908-0706-050403020100"
	recovery  = "de94bba4-06d1-4d40-a16a-bfd50179d6ac"
	aPartType = "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"
)

func gptEntry(t *testing.T, number uint32, start, size, attributes uint64, kind, name string) []byte {
	t.Helper()
	e := words(t, uint32(styleGPT), uint32(0), start, size, number, uint32(0), guid(t, kind), guid(t, aDisk), attributes)
	return append(wintype.AppendUTF16(e, name), make([]byte, layoutEntry-len(e)-2*len(name))...)
}

func gptLayout(t *testing.T) []byte {
	t.Helper()
	head := words(t, uint32(styleGPT), uint32(3), guid(t, aDisk), uint64(17408), uint64(1<<38), uint32(128), uint32(0))
	head = append(head, gptEntry(t, 1, 1<<20, 100<<20, 0, aPartType, "Basic data partition")...)
	head = append(head, gptEntry(t, 0, 0, 0, 0, aPartType, "")...)
	return append(head, gptEntry(t, 2, 101<<20, 600<<20, 0x8000000000000001, recovery, strings.Repeat("x", 36))...)
}

func TestParseLayoutOfGPT(t *testing.T) {
	var d Disk
	if err := parseLayout(gptLayout(t), &d); err != nil {
		t.Fatal(err)
	}
	want := Disk{Table: "gpt", GUID: aDisk, Partitions: []Partition{
		{Number: 1, Start: 1 << 20, Size: 100 << 20, TypeGUID: aPartType, GUID: aDisk, Name: "Basic data partition"},
		{Number: 2, Start: 101 << 20, Size: 600 << 20, TypeGUID: recovery, GUID: aDisk, Attributes: 0x8000000000000001, Name: strings.Repeat("x", 36)},
	}}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("got  %+v\nwant %+v", d, want)
	}
}

// The entries behind the four of the MBR are those of extended partitions.
func TestParseLayoutOfLogical(t *testing.T) {
	b := words(t, uint32(styleMBR), uint32(8), uint32(0xcafebabe), make([]byte, 36))
	for i := range 8 {
		number := map[int]uint32{3: 1, 4: 2}[i]
		b = append(b, words(t, uint32(styleMBR), uint32(0), uint64(i+1)<<20, uint64(1<<20), number, uint32(0), uint8(7), uint8(0), make([]byte, 110))...)
	}
	var d Disk
	if err := parseLayout(b, &d); err != nil || len(d.Partitions) != 2 || d.Partitions[0].Logical || !d.Partitions[1].Logical {
		t.Errorf("%+v %v", d, err)
	}
}

func TestParseLayoutOfMBR(t *testing.T) {
	head := words(t, uint32(styleMBR), uint32(2), uint32(0xcafebabe), make([]byte, 36))
	head = append(head, words(t, uint32(styleMBR), uint32(0), uint64(1<<20), uint64(50<<20), uint32(1), uint32(0), uint8(7), uint8(1), make([]byte, 110))...)
	head = append(head, words(t, uint32(styleMBR), uint32(0), uint64(60<<20), uint64(90<<20), uint32(0), uint32(0), uint8(5), uint8(0), make([]byte, 110))...)
	var d Disk
	if err := parseLayout(head, &d); err != nil {
		t.Fatal(err)
	}
	want := Disk{Table: "mbr", Signature: 0xcafebabe, Partitions: []Partition{{Number: 1, Start: 1 << 20, Size: 50 << 20, MBRType: 7, Active: true}}}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("got  %+v\nwant %+v", d, want)
	}
}

func TestParseLayoutOfNoTable(t *testing.T) {
	for name, b := range map[string][]byte{"raw": words(t, uint32(2), uint32(0)), "no signature": make([]byte, layoutHead)} {
		d := Disk{Partitions: []Partition{{}}}
		if err := parseLayout(b, &d); err != nil || d.Table != "none" || len(d.Partitions) != 0 {
			t.Errorf("%s: %+v %v", name, d, err)
		}
	}
}

func TestParseLayoutCut(t *testing.T) {
	whole := gptLayout(t)
	for n := range len(whole) {
		if parseLayout(whole[:n], &Disk{}) == nil {
			t.Fatalf("%d of %d bytes are taken for all", n, len(whole))
		}
	}
}

func TestParseSmallStructures(t *testing.T) {
	geometry := words(t, uint64(1), uint32(12), uint32(255), uint32(63), uint32(4096), uint64(1<<40))
	if sector, size, err := parseGeometry(geometry); sector != 4096 || size != 1<<40 || err != nil {
		t.Error(sector, size, err)
	}
	if _, _, err := parseGeometry(geometry[:31]); err == nil {
		t.Error("a short geometry is accepted")
	}
	if bus, err := parseBus(words(t, make([]byte, 28), uint32(17))); bus != 17 || err != nil {
		t.Error(bus, err)
	}
	if _, err := parseBus(make([]byte, 31)); err == nil {
		t.Error("a short descriptor is accepted")
	}
}

func TestParseExtents(t *testing.T) {
	b := words(t, uint32(2), uint32(0), uint32(3), uint32(0), uint64(100), uint64(200), uint32(4), uint32(0), uint64(0), uint64(50))
	all, err := parseExtents(b)
	if err != nil {
		t.Fatal(err)
	}
	var v Volume
	v.place(all)
	if v.Disk != 3 || v.Start != 100 || v.Size != 250 {
		t.Errorf("%+v", v)
	}
	v = Volume{}
	if v.place(nil); v.Disk != NoDisk {
		t.Errorf("without extents: %+v", v)
	}
	if _, err := parseExtents(b[:len(b)-1]); err == nil {
		t.Error("a short list is accepted")
	}
}

func filterEntry(t *testing.T, next, flags uint32, name, altitude string) []byte {
	t.Helper()
	n, a := wintype.AppendUTF16(nil, name), wintype.AppendUTF16(nil, altitude)
	b := words(t, next, flags, uint32(0), uint32(0), uint32(1), uint16(len(n)), uint16(28), uint16(len(a)), uint16(28+len(n)))
	return append(append(b, n...), a...)
}

func TestParseFilters(t *testing.T) {
	legacy := filterEntry(t, 0, 2, "old", "1")
	legacy = append(legacy, make([]byte, 64-len(legacy))...)
	binary.LittleEndian.PutUint32(legacy, 64)
	b := append(legacy, filterEntry(t, 0, isMiniFilter, "WdFilter", "328010")...)
	all, err := parseFilters(b)
	if err != nil || !reflect.DeepEqual(all, []Filter{{Name: "WdFilter", Altitude: "328010"}}) {
		t.Errorf("%+v %v", all, err)
	}
	for _, bad := range [][]byte{nil, b[:len(b)-1], filterEntry(t, 60000, isMiniFilter, "a", "1")} {
		if all, err := parseFilters(bad); err == nil {
			t.Errorf("%s is accepted: %+v", hex.EncodeToString(bad), all)
		}
	}
}

func TestParsePower(t *testing.T) {
	for want, b := range map[PowerStatus][]byte{
		{Line: 1, Battery: 255}:                  {1, 128, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		{Line: 0, Battery: 42, HasBattery: true}: {0, 0, 42},
		{Line: 1, Battery: 90, HasBattery: true}: {1, 8, 90},
		{Line: 255, Battery: 255}:                {255, 255, 255},
	} {
		if got, err := parsePower(b); got != want || err != nil {
			t.Errorf("% x: %+v %v", b, got, err)
		}
	}
	if _, err := parsePower([]byte{1}); err == nil {
		t.Error("a short status is accepted")
	}
}

// No buffer makes the parsers panic, hang or take more memory than its own size asks for.
func FuzzBuffers(f *testing.F) {
	f.Add(make([]byte, layoutHead+layoutEntry))
	f.Add([]byte("\x01\x00\x00\x00\xff\xff\xff\xff" + strings.Repeat("\x01", 200)))
	f.Fuzz(func(t *testing.T, b []byte) {
		var d Disk
		_ = parseLayout(b, &d)
		if len(d.Partitions) > len(b)/layoutEntry {
			t.Errorf("%d partitions of %d bytes", len(d.Partitions), len(b))
		}
		if all, _ := parseExtents(b); len(all) > len(b)/extentSize {
			t.Errorf("%d extents of %d bytes", len(all), len(b))
		}
		if all, _ := parseFilters(b); len(all) > len(b)/minFilter+1 {
			t.Errorf("%d filters of %d bytes", len(all), len(b))
		}
		_, _, _ = parseGeometry(b)
		_, _ = parseBus(b)
		_, _ = parsePower(b)
	})
}
