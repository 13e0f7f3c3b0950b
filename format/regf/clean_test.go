package regf

import (
	"bytes"
	"errors"
	"testing"

	"updoc/testkit"
)

func clean(t *testing.T, h *Hive) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := h.WriteClean(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWriteClean(t *testing.T) {
	want := dump(t, openBytes(t, Build(changed(), BuildOptions{})))
	d, old := BuildDirty(tree(), changed(), BuildOptions{}), buildDirtyOld(tree(), changed(), BuildOptions{})
	for what, h := range map[string]*Hive{
		"new": openBytes(t, d.Hive, d.logs()...), "old": openBytes(t, old.Hive, logOf("LOG1", old.Log1)),
	} {
		b := clean(t, h)
		again := openBytes(t, b, d.logs()...)
		if i := again.Info(); i.Dirty || len(i.Problems) != 0 || i.Primary < 2 {
			t.Errorf("%s: %+v", what, i)
		}
		if dump(t, again) != want {
			t.Errorf("%s: the clean copy is not the new tree", what)
		}
		if nodes, _ := xmlCount(t, hivexml(t, b)); nodes == 0 {
			t.Errorf("%s: hivexml sees nothing", what)
		}
	}
}

func TestWriteCleanKeepsCleanHive(t *testing.T) {
	b := testkit.SampleBytes(t, "hive/ezregistry__BCD")
	if got := clean(t, openBytes(t, b)); !bytes.Equal(got, b[:len(got)]) || len(got) != 4096+24576 {
		t.Errorf("%d bytes, or not those of the file", len(got))
	}
}

func TestWriteCleanRefusesUnrecovered(t *testing.T) {
	d := BuildDirty(tree(), changed(), BuildOptions{})
	var b bytes.Buffer
	if err := openBytes(t, d.Hive).WriteClean(&b); !errors.Is(err, ErrUnrecovered) || b.Len() != 0 {
		t.Errorf("%d bytes, error %v", b.Len(), err)
	}
}
