package msicode

import (
	"strings"
	"testing"
)

func TestPack(t *testing.T) {
	// A pair seen on a real PC.
	const code, packed = "{F9D87280-3972-44A3-804F-24E9022CAB33}", "08278D9F27933A4408F4429E20C2BA33"
	for _, s := range []string{code, strings.Trim(code, "{}"), strings.ToLower(code)} {
		if got, ok := Pack(s); !ok || got != packed {
			t.Errorf("%s: %s %v", s, got, ok)
		}
	}
	for _, s := range []string{packed, strings.ToLower(packed)} {
		if got, ok := Unpack(s); !ok || got != code {
			t.Errorf("%s: %s %v", s, got, ok)
		}
	}
	for _, bad := range []string{"", "x", packed[1:], packed + "0", strings.Replace(packed, "0", "g", 1), code, strings.Repeat("é", 16)} {
		if got, ok := Unpack(bad); ok {
			t.Errorf("%q: %s", bad, got)
		}
	}
	for _, bad := range []string{"", packed, code[2:], strings.Replace(code, "-", "0", 1), strings.Replace(code, "F", "G", 1)} {
		if got, ok := Pack(bad); ok {
			t.Errorf("%q: %s", bad, got)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add("08278D9F27933A4408F4429E20C2BA33")
	f.Add("{F9D87280-3972-44A3-804F-24E9022CAB33}")
	f.Fuzz(func(t *testing.T, s string) {
		if code, ok := Unpack(s); ok {
			if back, ok := Pack(code); !ok || back != strings.ToUpper(s) {
				t.Fatalf("%q is %s and then %q", s, code, back)
			}
		}
	})
}
