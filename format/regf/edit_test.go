package regf

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"updoc/codec/wintype"
	"updoc/testkit"
)

var editTime = time.Date(2025, 6, 1, 10, 0, 0, 0, time.UTC)

func edit(t rapid.TB, b []byte) *Editor {
	t.Helper()
	e, err := Edit(b, editTime)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func text16(s string) []byte { return wintype.AppendUTF16Z(nil, s) }

// untimed is dump without times, which a model does not keep.
func untimed(t rapid.TB, b []byte) string {
	t.Helper()
	var sb strings.Builder
	h, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	err = h.Walk(context.Background(), func(p string, k Key) error {
		fmt.Fprintf(&sb, "[%s]\n", p)
		vs, err := k.Values()
		for _, v := range vs {
			data, err := v.Bytes()
			fmt.Fprintf(&sb, "%q %d %x %v\n", v.Name(), v.Type(), data, err)
		}
		return err
	})
	if i := h.Info(); err != nil || i.Dirty || len(i.Problems) > 0 {
		t.Fatalf("error %v, %+v", err, i)
	}
	return sb.String()
}

// sound fails if a cell has no owner or two, if free neighbours were not joined, or if a security cell is counted wrong.
func sound(t rapid.TB, b []byte) {
	t.Helper()
	e := edit(t, b)
	o := owners{e: e, seen: newBitmap(len(b))}
	o.addKey(e.base.root)
	uses := e.skUses
	e.skUses = map[uint32]uint32{}
	for len(o.todo) > 0 {
		nk := o.todo[len(o.todo)-1]
		o.todo = o.todo[:len(o.todo)-1]
		o.key(nk)
	}
	for off, n := range uses {
		sk, err := e.security(off)
		if err != nil || u32(sk, 12) != n {
			t.Fatalf("security cell 0x%x: %v, counts %d, used %d", off, err, u32(sk, 12), n)
		}
		o.seen.set(off)
	}
	if !slices.Equal(o.seen, e.used) || len(e.shared) > 0 {
		t.Fatalf("cells without an owner, or with two: %v", e.shared)
	}
	for i := 1; i < len(e.free); i++ {
		if s := e.free[i-1]; s.off+s.size == e.free[i].off {
			t.Fatalf("free cells at 0x%x were not joined", s.off)
		}
	}
}

func TestEditWithoutChange(t *testing.T) {
	b := Build(tree(), BuildOptions{Name: "x"})
	e := edit(t, b)
	if err := e.SetValue(`software\VENDOR`, "number", Dword, []byte{0xEF, 0xBE, 0xAD, 0xDE}, true); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(e.Bytes(), b) || len(e.Changes()) != 0 {
		t.Error("a value that was there already changed the hive")
	}
}

func TestEditEveryKindOfData(t *testing.T) {
	for _, minor := range []uint32{3, 4, 5, 6} {
		b := Build(tree(), BuildOptions{Minor: minor})
		root := tree()
		e := edit(t, b)
		for _, size := range []int{0, 1, 4, 5, 8, 100, 3, 16344, 16345, 50000, 40000, 20, 200000, 0} {
			data := bytes.Repeat([]byte{byte(size), 7}, size)[:size]
			if err := e.SetValue(`Software\Vendor`, "Segmented", Binary, data, false); err != nil {
				t.Fatal(err)
			}
			root.Key(`Software\Vendor`).SetBinary("Segmented", data)
			got := e.Bytes()
			sound(t, got)
			if untimed(t, got) != untimed(t, Build(root, BuildOptions{Minor: minor})) {
				t.Errorf("1.%d: wrong after %d bytes", minor, size)
			}
		}
		if nodes, values := xmlCount(t, hivexml(t, e.Bytes())); nodes != 1207 || values != 1213 {
			t.Errorf("1.%d: hivexml sees %d keys and %d values", minor, nodes, values)
		}
	}
}

func TestEditTouchesLittle(t *testing.T) {
	b := testkit.SampleBytes(t, "hive/regipy__SYSTEM")
	e := edit(t, b)
	if err := e.SetValue(`ControlSet001\Services\BITS`, "Start", Dword, []byte{2, 0, 0, 0}, false); err != nil {
		t.Fatal(err)
	}
	changes, total := e.Changes(), int64(0)
	for _, c := range changes {
		total += c.Size
	}
	if len(e.Bytes()) != len(b) || total > 3*sectorSize || changes[0] != (Range{0, sectorSize}) {
		t.Errorf("%v", changes)
	}
	patched := bytes.Clone(b)
	for _, c := range changes {
		copy(patched[c.Offset:], e.Bytes()[c.Offset:c.Offset+c.Size])
	}
	if !bytes.Equal(patched, e.Bytes()) {
		t.Error("the changes are not all")
	}
	before, after := openBytes(t, b).Info(), openBytes(t, e.Bytes()).Info()
	if after.Dirty || after.Primary != before.Primary+1 || after.Secondary != after.Primary || !after.LastWritten.Equal(editTime) {
		t.Errorf("%+v", after)
	}
}

// lineDiff returns the lines that only one text has, in order.
func lineDiff(before, after string) (gone, come []string) {
	count := map[string]int{}
	for _, l := range strings.Split(after, "\n") {
		count[l]++
	}
	for _, l := range strings.Split(before, "\n") {
		if count[l]--; count[l] < 0 {
			gone = append(gone, l)
		}
	}
	count = map[string]int{}
	for _, l := range strings.Split(before, "\n") {
		count[l]++
	}
	for _, l := range strings.Split(after, "\n") {
		if count[l]--; count[l] < 0 {
			come = append(come, l)
		}
	}
	return gone, come
}

const policy = `ControlSet001\Control\Bfsvc\New`

// realEdits is what repairs do to a SYSTEM hive.
func realEdits(t *testing.T, e *Editor) {
	t.Helper()
	for what, err := range map[string]error{
		"start":  e.SetValue(`ControlSet001\services\wuauserv`, "start", Dword, []byte{0xFE, 0x7F, 0, 0}, false),
		"new":    e.SetValue(policy, "EspPaddingPercent", Dword, []byte{0, 0, 0, 0}, true),
		"long":   e.SetValue(policy, "Long", SZ, text16(strings.Repeat("長い", 300)), true),
		"delete": e.DeleteValue("Select", "LastKnownGood"),
		"key":    e.DeleteKey(`ControlSet001\services\BITS`),
	} {
		if err != nil {
			t.Fatal(what, err)
		}
	}
}

func TestRealHiveDiffersExactlyAsMeant(t *testing.T) {
	b := testkit.SampleBytes(t, "hive/regipy__SYSTEM")
	e := edit(t, b)
	realEdits(t, e)
	model, err := Load(openBytes(t, b))
	if err != nil {
		t.Fatal(err)
	}
	rebuilt := Build(model, BuildOptions{})
	model.Key(`ControlSet001\services\wuauserv`).SetDword("Start", 0x7FFE)
	model.Key(policy).SetDword("EspPaddingPercent", 0).SetString("Long", strings.Repeat("長い", 300))
	model.Key("Select").DeleteValue("LastKnownGood")
	model.Key(`ControlSet001\services`).Delete("BITS")
	for _, k := range []string{`ControlSet001\services\wuauserv`, `ControlSet001\services`, `ControlSet001\Control`, `ControlSet001\Control\Bfsvc`, policy, "Select"} {
		model.Key(k).SetTime(editTime)
	}
	for _, k := range []string{`ControlSet001\Control\Bfsvc`, policy} {
		model.Key(k).SetSecurity(model.Key(`ControlSet001\Control`).security)
	}
	want := Build(model, BuildOptions{})
	if gone, come := lineDiff(dump(t, openBytes(t, want)), dump(t, openBytes(t, e.Bytes()))); len(gone)+len(come) > 0 {
		t.Errorf("lacks %.300q\nhas %.300q", gone, come)
	}
	// hivexml prints what stands behind some values in their cells, so only differences can be compared.
	gone, come := lineDiff(placeless(hivexml(t, b)), placeless(hivexml(t, e.Bytes())))
	gone2, come2 := lineDiff(placeless(hivexml(t, rebuilt)), placeless(hivexml(t, want)))
	if !slices.Equal(gone, gone2) || !slices.Equal(come, come2) || len(come) == 0 {
		t.Errorf("for hivexml: gone %.600q\nwant %.600q\ncome %.600q\nwant %.600q", gone, gone2, come, come2)
	}
	if security(t, openBytes(t, want)) != security(t, openBytes(t, e.Bytes())) {
		t.Error("other security descriptors or classes")
	}
}

var byteRuns = regexp.MustCompile(`<byte_runs>.*?</byte_runs>`)

// placeless is hivexml's output without the places of cells, a tag a line.
// and without the time of the hive itself.
func placeless(xml string) string {
	_, xml, _ = strings.Cut(xml, "</mtime>")
	return strings.ReplaceAll(byteRuns.ReplaceAllString(xml, ""), "><", ">\n<")
}

func TestRegfexportDiffersExactlyAsMeant(t *testing.T) {
	e, model := edit(t, Build(tree(), BuildOptions{})), tree()
	if err := errors.Join(e.DeleteKey(`Many\Key0600`), e.SetValue(`Many\Key0601`, "i", Dword, []byte{9, 9, 0, 0}, false)); err != nil {
		t.Fatal(err)
	}
	model.Key("Many").SetTime(editTime).Delete("Key0600")
	model.Key(`Many\Key0601`).SetTime(editTime).SetDword("i", 0x909)
	export := func(b []byte) string { return testkit.Run(t, "regfexport", testkit.WriteFile(t, "hive", b)) }
	if gone, come := lineDiff(export(Build(model, BuildOptions{})), export(e.Bytes())); len(gone)+len(come) > 0 {
		t.Errorf("lacks %q, has %q", gone, come)
	}
}

func TestEditHiveOfHivex(t *testing.T) {
	path := testkit.WriteFile(t, "hive", Build(tree(), BuildOptions{}))
	reg := testkit.WriteFile(t, "x.reg", []byte("Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\Software\\Hivex]\n\"a\"=dword:00000001\n\"b\"=\"text\"\n"))
	testkit.Run(t, "hivexregedit", "--merge", "--prefix", `HKEY_LOCAL_MACHINE\SYSTEM`, path, reg)
	e := edit(t, testkit.ReadFile(t, path))
	if err := errors.Join(e.SetValue(`Software\Hivex\Below`, "b", SZ, text16("longer than before"), true), e.DeleteValue(`Software\Hivex`, "A")); err != nil {
		t.Fatal(err)
	}
	h := openBytes(t, e.Bytes())
	if text(t, h, `Software\Hivex\Below`, "b") != "longer than before" || text(t, h, `Software\Hivex`, "b") != "text" {
		t.Error("wrong texts")
	}
	out := testkit.Run(t, "hivexregedit", "--export", testkit.WriteFile(t, "after", e.Bytes()), `\Software\Hivex`)
	if strings.Contains(out, `"a"=`) || !strings.Contains(out, `Hivex\Below]`) {
		t.Error(out)
	}
}

func TestEditRefuses(t *testing.T) {
	b := Build(tree(), BuildOptions{})
	e := edit(t, b)
	for want, err := range map[error]error{
		fs.ErrNotExist: errors.Join(e.DeleteKey("None"), e.DeleteValue("Many", "x"), e.SetValue("None", "x", SZ, nil, false)),
		ErrEdit:        errors.Join(e.DeleteKey(""), e.DeleteKey(`\`)),
	} {
		if !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	for what, err := range map[string]error{
		"key name":   e.SetValue(`Many\`+strings.Repeat("k", 256), "x", SZ, nil, true),
		"value name": e.SetValue("Many", strings.Repeat("v", 16384), SZ, nil, true),
		"data":       e.SetValue("Many", "v", Binary, make([]byte, maxEditData+1), true),
		"depth":      e.SetValue(strings.Repeat(`a\`, 600), "v", Binary, nil, true),
	} {
		if !errors.Is(err, ErrEdit) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if !bytes.Equal(e.Bytes(), b) {
		t.Error("refused edits left traces")
	}
	dirty := bytes.Clone(b)
	stamp(dirty, 2, 1)
	if _, err := Edit(dirty, editTime); !errors.Is(err, ErrUnrecovered) {
		t.Errorf("a dirty hive: %v", err)
	}
	if _, err := Edit([]byte("no"), editTime); !errors.Is(err, ErrNotHive) {
		t.Errorf("no hive: %v", err)
	}
}

// Two keys that point to one value list: freeing it for one would pull it away from the other.
func TestEditRefusesSharedCells(t *testing.T) {
	b := Build(tree(), BuildOptions{})
	h := openBytes(t, b)
	one, two := mustKey(t, h, `Many\Key0001`), mustKey(t, h, `Many\Key0002`)
	binary.LittleEndian.PutUint32(b[content(two.off)+40:], u32(one.nk, 40))
	e := edit(t, b)
	for _, err := range []error{e.DeleteKey(`Many\Key0001`), e.DeleteValue(`Many\Key0002`, "i"), e.DeleteKey("Many")} {
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%v", err)
		}
	}
	if !bytes.Equal(e.Bytes(), b) {
		t.Error("a refused edit left traces")
	}
	if err := e.DeleteKey(`Many\Key0003`); err != nil {
		t.Error(err)
	}
}

func TestGrowthUsesRoomBehindTheBins(t *testing.T) {
	b := append(Build(tree(), BuildOptions{}), make([]byte, 64<<10)...)
	e := edit(t, b)
	if err := e.SetValue("Many", "big", Binary, make([]byte, 16000), false); err != nil {
		t.Fatal(err)
	}
	if got := e.Bytes(); len(got) != len(b) || openBytes(t, got).Info().BinsSize <= openBytes(t, b).Info().BinsSize {
		t.Errorf("%d bytes, before %d", len(got), len(b))
	}
}

func TestLeavesSplitAndVanish(t *testing.T) {
	for _, minor := range []uint32{3, 5} {
		e := edit(t, Build(small(), BuildOptions{Minor: minor}))
		model := small()
		for i := range 1300 {
			name := fmt.Sprintf(`L\K%d`, i*7919%1300)
			if err := e.SetValue(name, "", Dword, []byte{1, 2, 3, 4}, true); err != nil {
				t.Fatal(err)
			}
			model.Key(name).SetRaw("", Dword, []byte{1, 2, 3, 4})
		}
		sound(t, e.Bytes())
		if untimed(t, e.Bytes()) != untimed(t, Build(model, BuildOptions{Minor: minor})) {
			t.Errorf("1.%d: the tree is another", minor)
		}
		if nodes, _ := xmlCount(t, hivexml(t, e.Bytes())); nodes != 1305 {
			t.Errorf("1.%d: hivexml sees %d keys", minor, nodes)
		}
		for i := range 1300 {
			if err := e.DeleteKey(fmt.Sprintf(`L\K%d`, i)); err != nil {
				t.Fatal(err)
			}
		}
		model.Key("").Delete("L")
		model.Key("L")
		sound(t, e.Bytes())
		if untimed(t, e.Bytes()) != untimed(t, Build(model, BuildOptions{Minor: minor})) {
			t.Errorf("1.%d: not all keys are gone", minor)
		}
	}
}

func TestRandomEdits(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		minor := uint32(rapid.IntRange(3, 6).Draw(rt, "minor"))
		model := small()
		e := edit(t, Build(small(), BuildOptions{Minor: minor}))
		part := rapid.SampledFrom([]string{"A", "b", "Ω", "Key", "ß", "long name of a key"})
		for range rapid.IntRange(1, 40).Draw(rt, "edits") {
			path := strings.Join(rapid.SliceOfN(part, 1, 3).Draw(rt, "path"), `\`)
			name := rapid.SampledFrom([]string{"", "s", "D", "big", "名前"}).Draw(rt, "name")
			k, found := modelKey(model, path)
			switch rapid.IntRange(0, 4).Draw(rt, "what") {
			case 0:
				want(rt, e.DeleteKey(path), found)
				parent, last := model, path
				if i := strings.LastIndex(path, `\`); i >= 0 {
					parent, last = modelParent(model, path[:i]), path[i+1:]
				}
				if found {
					parent.Delete(last)
				}
			case 1:
				had := found && slices.ContainsFunc(k.values, func(v builderValue) bool { return foldKey(v.name) == foldKey(name) })
				want(rt, e.DeleteValue(path, name), had)
				if had {
					k.DeleteValue(name)
				}
			default:
				size := rapid.SampledFrom([]int{0, 3, 4, 5, 64, 1000, 5000, 17000, 40000}).Draw(rt, "size")
				data := bytes.Repeat([]byte{byte(size)}, size)
				want(rt, e.SetValue(path, name, Binary, data, true), true)
				setKeepingName(model.Key(path), name, data)
			}
		}
		got := e.Bytes()
		sound(rt, got)
		if untimed(rt, got) != untimed(rt, Build(model, BuildOptions{Minor: minor})) {
			rt.Fatal("the hive is not the model")
		}
	})
}

func want(t *rapid.T, err error, works bool) {
	if works && err != nil || !works && !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("error %v", err)
	}
}

// setKeepingName sets a value as an edit does: one that is there keeps its name's case.
func setKeepingName(k *BuilderKey, name string, data []byte) {
	for _, v := range k.values {
		if foldKey(v.name) == foldKey(name) {
			name = v.name
		}
	}
	k.SetBinary(name, data)
}

func modelKey(k *BuilderKey, path string) (*BuilderKey, bool) {
	for part := range strings.SplitSeq(path, `\`) {
		if k = k.byName[foldKey(part)]; k == nil {
			return nil, false
		}
	}
	return k, true
}

func modelParent(k *BuilderKey, path string) *BuilderKey {
	p, _ := modelKey(k, path)
	return p
}

// FuzzEdit checks that no damage makes an edit panic, hang or lose what it does not touch.
func FuzzEdit(f *testing.F) {
	f.Add(Build(small(), BuildOptions{}), `A\B`, "s", []byte("new text"))
	f.Add(Build(small(), BuildOptions{Minor: 3}), `A\Ω`, "big", make([]byte, 20))
	f.Fuzz(func(t *testing.T, hive []byte, key, name string, data []byte) {
		stampFuzzed(hive)
		e, err := Edit(hive, editTime)
		if err != nil {
			return
		}
		for _, do := range []func() error{
			func() error { return e.SetValue(key, name, Binary, data, true) },
			func() error { return e.DeleteValue(key, name) },
			func() error { return e.SetValue(key, name, Binary, bytes.Repeat(data, 200), true) },
			func() error { return e.DeleteKey(key) },
			func() error { return e.DeleteKey("A") },
		} {
			before := bytes.Clone(e.b)
			if do() != nil && !bytes.Equal(before, e.b) {
				t.Fatal("an edit that failed left traces")
			}
		}
		got := e.Bytes()
		e.Changes()
		if _, err := Edit(got, editTime); err != nil {
			t.Fatalf("the edited hive cannot be edited: %v", err)
		}
		if h, err := Open(bytes.NewReader(got), int64(len(got))); err == nil {
			_, _, _ = h.Count(context.Background())
		}
	})
}

// stampFuzzed makes a base block clean, so that the fuzzer gets past it.
func stampFuzzed(b []byte) {
	if len(b) >= headSize && b[511]&1 == 0 {
		stamp(b, 1, 1)
	}
}
