package evtx

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"updoc/codec/wintype"
)

func TestFiletimeText(t *testing.T) {
	for _, s := range []string{"1601-01-01T00:00:00.0000000Z", "1999-12-31T23:59:59.9999999Z", "2000-02-29T12:00:00.0000001Z",
		"2024-01-09T10:11:12.3456789Z", "2100-03-01T00:00:00.0000000Z", "9999-12-31T23:59:59.9999999Z"} {
		want, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		ft := wintype.Filetime(want)
		equal(t, "text", Value{TypeFiletime, le.AppendUint64(nil, ft)}.String(), s)
		equal(t, "time", fromFiletime(ft), want)
	}
}

// TestFiletimeTextEveryDay compares the calendar with the standard library's.
func TestFiletimeTextEveryDay(t *testing.T) {
	for day := uint64(0); day < 400*366; day++ {
		ft := day * secondsPerDay * ticksPerSecond
		if got, want := string(appendFiletime(nil, ft)), fromFiletime(ft).Format("2006-01-02T15:04:05.0000000Z"); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}

func TestUint(t *testing.T) {
	for _, c := range []struct {
		v    Value
		want uint64
		ok   bool
	}{
		{Value{TypeHex32, []byte{0x43, 6, 7, 0x80}}, 0x80070643, true},
		{Value{TypeInt32, []byte{0x43, 6, 7, 0x80}}, 0xffffffff80070643, true},
		{Value{TypeString, encodeUTF16(nil, "0x80070643")}, 0x80070643, true},
		{Value{TypeString, encodeUTF16(nil, "-2147023293")}, 0xffffffff80070643, true},
		{Value{TypeString, encodeUTF16(nil, "1603")}, 1603, true},
		{Value{TypeString, encodeUTF16(nil, "abc")}, 0, false},
		{Value{TypeUint16, []byte{1}}, 0, false},
		{Value{}, 0, false},
	} {
		n, ok := c.v.Uint()
		if n != c.want || ok != c.ok {
			t.Errorf("%v: %#x %v, want %#x %v", c.v, n, ok, c.want, c.ok)
		}
	}
}

// TestUTF16 compares both renderers with the standard library, at every
// alignment of the fast path.
func TestUTF16(t *testing.T) {
	for _, s := range []string{"", "a", "abcd", "abcdefgh1", `C:\Windows\"x"`, "日本語テスト", "a日b本c語d𠮷e", "\x01\x1f\n\r\t~\x7f", "ÿĀ"} {
		for pad := range 5 {
			want := strings.Repeat("x", pad) + s
			raw := encodeUTF16(nil, want)
			equal(t, "text", string(appendUTF16(nil, raw)), want)
			var back string
			if err := json.Unmarshal([]byte(`"`+string(appendJSON16(nil, raw))+`"`), &back); err != nil {
				t.Fatal(err)
			}
			equal(t, "JSON", back, want)
			if err := json.Unmarshal([]byte(`"`+string(appendJSON8(nil, want))+`"`), &back); err != nil {
				t.Fatal(err)
			}
			equal(t, "JSON of UTF-8", back, want)
		}
	}
}

// TestEveryUnit decodes every single 16-bit unit as the standard library does.
func TestEveryUnit(t *testing.T) {
	for u := range 1 << 16 {
		raw := le.AppendUint16(nil, uint16(u))
		if got, want := string(appendUTF16(nil, raw)), string(utf16.Decode([]uint16{uint16(u)})); got != want {
			t.Fatalf("%#x: %q, want %q", u, got, want)
		}
		if line := `"` + string(appendJSON16(nil, raw)) + `"`; !json.Valid([]byte(line)) {
			t.Fatalf("%#x: %s", u, line)
		}
	}
}

func TestInvalidUTF8BecomesJSON(t *testing.T) {
	for _, s := range []string{"\xff", "a\xc3", "\xed\xa0\x80", "ok\x80\""} {
		if line := `"` + string(appendJSON8(nil, s)) + `"`; !json.Valid([]byte(line)) || strings.ToValidUTF8(line, "") != line {
			t.Errorf("%q: %q", s, line)
		}
	}
}

func TestGUID(t *testing.T) {
	const s = "{945A8954-C147-4ACD-923F-40C45405A658}"
	g, ok := ParseGUID(strings.ToLower(s[1 : len(s)-1]))
	equal(t, "parsed", ok, true)
	equal(t, "first byte", g[0], byte(0x54))
	equal(t, "text", g.String(), s)
	for _, bad := range []string{"", "{}", s[:37], strings.Replace(s, "-", "x", 1), strings.Replace(s, "9", "g", 1)} {
		if _, ok := ParseGUID(bad); ok {
			t.Errorf("%q is taken for a GUID", bad)
		}
	}
}

func TestShortValuesShowAsHex(t *testing.T) {
	equal(t, "uint32", Value{TypeUint32, []byte{1, 0xab}}.String(), "01AB")
	equal(t, "sid", Value{TypeSID, []byte{1, 5, 0}}.String(), "010500")
	equal(t, "size", Value{TypeSize, []byte{1, 0, 0}}.String(), "010000")
	equal(t, "unknown", Value{Type(0x50), []byte{1}}.String(), "01")
	equal(t, "float", Value{TypeFloat64, le.AppendUint64(nil, math.Float64bits(1.5))}.String(), "1.5")
}

func TestArrays(t *testing.T) {
	var d decoder
	d.load(nil)
	d.array("n", inPayload, Value{TypeUint16 | typeArray, []byte{1, 0, 2, 0, 3}})
	d.array("s", inPayload, Value{TypeString | typeArray, encodeUTF16(nil, "a\x00\x00b")})
	d.array("e", inPayload, Value{TypeString | typeArray, nil})
	var got []string
	for _, f := range d.rec.Data {
		got = append(got, f.Name+"="+f.Value.String())
	}
	equal(t, "fields", strings.Join(got, " "), "n=1 n=2 s=a s= s=b e=")
}
