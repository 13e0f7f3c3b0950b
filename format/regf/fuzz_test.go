package regf

import (
	"bytes"
	"context"
	"encoding/binary"
	"testing"

	"updoc/codec/wintype"
)

// small is a tree whose hive fits into a few pages, so that mutations hit structures.
func small() *BuilderKey {
	root := NewRoot("ROOT")
	root.Key(`A\B`).SetString("s", "text").SetDword("d", 1).SetMulti("m", []string{"x", "y"})
	root.Key(`A\Ω`).SetBinary("big", make([]byte, 17000)).SetQword("q", 1)
	return root
}

func smallAfter() *BuilderKey {
	root := small()
	root.Key(`A\C`).SetString("s", "new")
	return root
}

func FuzzHive(f *testing.F) {
	d, old := BuildDirty(small(), smallAfter(), BuildOptions{}), buildDirtyOld(small(), smallAfter(), BuildOptions{})
	f.Add(Build(small(), BuildOptions{}), []byte(nil), []byte(nil))
	f.Add(Build(small(), BuildOptions{Minor: 3}), []byte(nil), []byte(nil))
	f.Add(d.Hive, d.Log1, d.Log2)
	f.Add(old.Hive, old.Log1, []byte(nil))
	f.Fuzz(func(t *testing.T, hive, log1, log2 []byte) {
		seal(hive)
		seal(log1)
		seal(log2)
		h, err := Open(bytes.NewReader(hive), int64(len(hive)), logOf("1", log1), logOf("2", log2))
		if err != nil {
			return
		}
		useAll(h)
	})
}

// seal makes the checksum right, so that the fuzzer gets past it.
func seal(b []byte) {
	if len(b) >= headSize && b[511]&1 == 0 {
		binary.LittleEndian.PutUint32(b[508:], checksum(b))
	}
}

// useAll calls all that reads; within a budget, since values may share large data.
func useAll(h *Hive) {
	_, _, _ = h.Count(context.Background())
	budget := 64 << 20
	_ = h.Walk(context.Background(), func(path string, k Key) error {
		_, _ = k.Subkey("b")
		_, _ = k.Security()
		_, _ = k.class()
		_, _ = h.Key(path)
		vs, _ := k.Values()
		for _, v := range vs {
			if budget -= int(v.Size()) + 100; budget < 0 {
				return context.Canceled
			}
			_, _ = v.String()
			_, _ = v.Strings()
			_, _ = v.Uint()
		}
		return nil
	})
	_, _ = Load(h)
	_ = h.Info()
}

// FuzzName checks that a name survives being stored, whatever it is.
func FuzzName(f *testing.F) {
	for _, s := range []string{"", "abc", "ÿŸ", "日本語", "𠮷", "a\x00b", "ß"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		clean := wintype.UTF16(wintype.AppendUTF16(nil, name))
		b, comp := storedName(clean)
		got := latin1(b)
		if !comp {
			got = wintype.UTF16(b)
		}
		if got != clean || !equalName(b, !comp, foldName(clean)) {
			t.Errorf("%q came back as %q", clean, got)
		}
	})
}
