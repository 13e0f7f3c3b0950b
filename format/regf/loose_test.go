package regf

import (
	"slices"
	"strings"
	"testing"

	"updoc/codec/wintype"
)

// A loose value reads like one of a hive, whatever its type.
func TestLooseValueReadsLikeOneOfAHive(t *testing.T) {
	root := NewRoot("ROOT")
	root.SetString("text", "五十音")
	root.SetDword("number", 7)
	root.SetMulti("list", []string{"a", "", "b"})
	root.SetBinary("bytes", slices.Repeat([]byte{1, 2, 3}, 9000))
	root.SetBinary("none", nil)
	for _, v := range valuesIn(t, root) {
		data, err := v.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		l := LooseValue(v.Name(), v.Type(), data)
		if l.Name() != v.Name() || l.Type() != v.Type() || l.Size() != v.Size() || l.Offset() != 0 {
			t.Errorf("%s: %s, type %d, %d bytes, offset %d", v.Name(), l.Name(), l.Type(), l.Size(), l.Offset())
		}
		s1, e1 := v.String()
		s2, e2 := l.String()
		n1, e3 := v.Uint()
		n2, e4 := l.Uint()
		m1, e5 := v.Strings()
		m2, e6 := l.Strings()
		b, _ := l.Bytes()
		if s1 != s2 || n1 != n2 || !slices.Equal(m1, m2) || !slices.Equal(b, data) || (e1 == nil) != (e2 == nil) || (e3 == nil) != (e4 == nil) || (e5 == nil) != (e6 == nil) {
			t.Errorf("%s: %q %d %q, want %q %d %q", v.Name(), s2, n2, m2, s1, n1, m1)
		}
	}
}

func valuesIn(t *testing.T, root *BuilderKey) []Value {
	t.Helper()
	b := Build(root, BuildOptions{})
	h, err := Open(strings.NewReader(string(b)), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	k, err := h.Root()
	if err != nil {
		t.Fatal(err)
	}
	values, err := k.Values()
	if err != nil || len(values) != 5 {
		t.Fatal(err)
	}
	return values
}

// Too long a name is cut, too short a number is damage, not a crash.
func TestLooseValueOfBadInput(t *testing.T) {
	long := LooseValue(strings.Repeat("x", 40000), SZ, wintype.AppendUTF16Z(nil, "kept"))
	if text, err := long.String(); text != "kept" || err != nil || len(long.Name()) != maxValName/2 {
		t.Errorf("%q, %v, %d", text, err, len(long.Name()))
	}
	if _, err := LooseValue("n", Dword, []byte{1}).Uint(); err == nil {
		t.Error("a number of one byte is read")
	}
}
