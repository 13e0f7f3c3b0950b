package regf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"updoc/testkit"
)

var noon = time.Date(2024, 1, 9, 12, 0, 0, 123456700, time.UTC)

// tree is a hive with one of everything the writer knows.
func tree() *BuilderKey {
	root := NewRoot("ROOT")
	k := root.Key(`Software\Vendor`).SetTime(noon)
	k.SetString("Text", "日本語 𠮷 abc").SetString("", "default").SetExpand("Path", `%windir%\x`)
	k.SetMulti("List", []string{"a", "", "b"}).SetMulti("Empty", nil)
	k.SetDword("Number", 0xDEADBEEF).SetQword("Big", 1<<40).SetBinary("Short", []byte{1, 2, 3})
	k.SetRaw("BE", DwordBE, []byte{0, 0, 1, 2}).SetRaw("Nothing", None, nil)
	k.SetBinary("Segmented", bytes.Repeat([]byte("0123456789"), 5000)).SetString("名前", "wide name")
	root.Key(`Software\ÿ`).SetString("é", "Latin-1")
	root.Key(`Software\Ω\Deep`)
	for i := range 1200 {
		root.Key(fmt.Sprintf(`Many\Key%04d`, i)).SetDword("i", uint32(i))
	}
	return root
}

func TestBuildRoundTrip(t *testing.T) {
	for _, minor := range []uint32{3, 5, 6} {
		h := openBytes(t, Build(tree(), BuildOptions{Name: `\SystemRoot\System32\Config\SOFTWARE`, Minor: minor, Time: noon}))
		keys, values, err := h.Count(context.Background())
		if err != nil || keys != 1207 || values != 1213 {
			t.Errorf("1.%d: %d keys, %d values, error %v", minor, keys, values, err)
		}
		checkBuilt(t, h)
		if i := h.Info(); i.Dirty || !i.ChecksumOK || len(i.Problems) != 0 || i.Minor != minor || !i.LastWritten.Equal(noon) {
			t.Errorf("1.%d: %+v", minor, i)
		}
	}
}

func checkBuilt(t *testing.T, h *Hive) {
	t.Helper()
	const vendor = `software\VENDOR`
	for name, want := range map[string]string{"text": "日本語 𠮷 abc", "": "default", "PATH": `%windir%\x`, "名前": "wide name"} {
		if got := text(t, h, vendor, name); got != want {
			t.Errorf("%q = %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]uint64{"Number": 0xDEADBEEF, "Big": 1 << 40, "BE": 0x102} {
		if got := number(t, h, vendor, name); got != want {
			t.Errorf("%q = %#x, want %#x", name, got, want)
		}
	}
	list, err := mustValue(t, h, vendor, "List").Strings()
	if err != nil || !slices.Equal(list, []string{"a", "", "b"}) {
		t.Errorf("list %q, error %v", list, err)
	}
	data, err := mustValue(t, h, vendor, "Segmented").Bytes()
	if err != nil || !bytes.Equal(data, bytes.Repeat([]byte("0123456789"), 5000)) {
		t.Errorf("%d bytes of segmented data, error %v", len(data), err)
	}
	if got := mustKey(t, h, vendor).LastWrite(); !got.Equal(noon) {
		t.Errorf("last write %v, want %v", got, noon)
	}
	for _, path := range []string{`Software\ÿ`, `Software\Ÿ`, `Software\ω\DEEP`, `Many\KEY0000`, `many\key1199`} {
		if _, err := h.Key(path); err != nil {
			t.Error(err)
		}
	}
	if _, err := h.Key(`Software\Vendor\None\Deeper`); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent key gives %v", err)
	}
	if _, err := mustKey(t, h, vendor).Value("absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent value gives %v", err)
	}
	if _, err := mustValue(t, h, vendor, "Number").String(); !errors.Is(err, ErrType) {
		t.Errorf("text of a number gives %v", err)
	}
}

func TestBuildIsDeterministic(t *testing.T) {
	if !bytes.Equal(Build(tree(), BuildOptions{}), Build(tree(), BuildOptions{})) {
		t.Error("the same tree gave different bytes")
	}
}

func TestLoadKeepsEverything(t *testing.T) {
	for _, name := range []string{"hive/regipy__SYSTEM", "hive/ezregistry__BCD", "hive/yarp/BigDataHive", "hive/yarp/StringValuesHive"} {
		h := openBytes(t, testkit.SampleBytes(t, name))
		b, err := Load(h)
		if err != nil {
			t.Fatal(name, err)
		}
		again := openBytes(t, Build(b, BuildOptions{}))
		if dump(t, again) != dump(t, h) {
			t.Errorf("%s changed on its way through the builder", name)
		}
		if security(t, again) != security(t, h) {
			t.Errorf("%s lost security descriptors or classes", name)
		}
	}
}

// security lists each key's security descriptor and class.
func security(t *testing.T, h *Hive) string {
	t.Helper()
	var sb strings.Builder
	_ = h.Walk(context.Background(), func(p string, k Key) error {
		sd, err := k.Security()
		class, err2 := k.class()
		fmt.Fprintf(&sb, "%s %x %x %v %v\n", p, sd, class, err, err2)
		return nil
	})
	return sb.String()
}

func TestBuilderEdits(t *testing.T) {
	root := tree()
	root.Key("Software").Delete("vendor")
	root.Key(`Many\Key0001`).DeleteValue("I")
	root.Key(`Many\Key0002`).SetString("I", "replaced")
	h := openBytes(t, Build(root, BuildOptions{}))
	if _, err := h.Key(`Software\Vendor`); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a deleted key gives %v", err)
	}
	if vs, _ := mustKey(t, h, `Many\Key0001`).Values(); len(vs) != 0 {
		t.Errorf("a deleted value is still there: %q", vs[0].Name())
	}
	if vs, _ := mustKey(t, h, `Many\Key0002`).Values(); len(vs) != 1 || text(t, h, `Many\Key0002`, "i") != "replaced" {
		t.Errorf("%d values after a replacement", len(vs))
	}
}
