package regf

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"updoc/codec/wintype"
	"updoc/testkit"
)

func TestNotAHive(t *testing.T) {
	log := BuildDirty(tree(), changed(), BuildOptions{}).Log1
	nt31 := Build(NewRoot("x"), BuildOptions{})
	binary.LittleEndian.PutUint32(nt31[24:], 1)
	stamp(nt31, 1, 1)
	for what, b := range map[string][]byte{
		"empty": nil, "short": []byte("regf"), "text": []byte(strings.Repeat("hello ", 2000)), "log": log, "old version": nt31,
		"no bins": Build(NewRoot("x"), BuildOptions{})[:4096], "zeros": make([]byte, 8192),
	} {
		if _, err := Open(bytes.NewReader(b), int64(len(b))); !errors.Is(err, ErrNotHive) {
			t.Errorf("%s: error %v", what, err)
		}
	}
}

func TestBaseBlockDamage(t *testing.T) {
	for what, breakIt := range map[string]func(b []byte){
		"checksum":  func(b []byte) { b[508] ^= 1 },
		"root":      func(b []byte) { binary.LittleEndian.PutUint32(b[36:], 0x7FFFFFF8) },
		"bins size": func(b []byte) { binary.LittleEndian.PutUint32(b[40:], 0) },
	} {
		b := Build(tree(), BuildOptions{})
		breakIt(b)
		h := openBytes(t, b)
		keys, _, err := h.Count(context.Background())
		if i := h.Info(); err != nil || keys != 1207 || i.ChecksumOK || !i.Dirty || len(i.Problems) == 0 {
			t.Errorf("%s: %d keys, error %v, %+v", what, keys, err, i)
		}
	}
}

// A list that names its own parent, and one that repeats an entry, must not be followed for ever.
func TestCycles(t *testing.T) {
	b := Build(tree(), BuildOptions{})
	h := openBytes(t, b)
	software := mustKey(t, h, "Software")
	list := baseSize + int(u32(software.nk, 28)) + 4
	binary.LittleEndian.PutUint32(b[list+4:], h.base.root)
	h = openBytes(t, b)
	keys, _, err := h.Count(context.Background())
	if err != nil || keys < 1200 || keys > 1207 || len(h.Info().Problems) == 0 {
		t.Errorf("%d keys, error %v, problems %q", keys, err, h.Info().Problems)
	}
}

// 500 list cells that all are the same list of 500 would be 250,000 subkeys; the hive has room for far fewer.
func TestListBomb(t *testing.T) {
	w := writer{o: BuildOptions{}.filled(), security: map[string]uint32{}, buf: make([]byte, baseSize)}
	nk := w.newKey(NewRoot("x"), nowhere, true)
	leaf, b := w.alloc(4 + 4*500)
	copy(b, "li\xf4\x01")
	for i := range 500 {
		binary.LittleEndian.PutUint32(b[4+4*i:], nk)
	}
	ri, b := w.alloc(4 + 4*500)
	copy(b, "ri\xf4\x01")
	for i := range 500 {
		binary.LittleEndian.PutUint32(b[4+4*i:], leaf)
	}
	w.put32(nk, 20, 250000)
	w.put32(nk, 28, ri)
	w.closeBin()
	w.baseBlock(nk)
	h := openBytes(t, w.buf)
	keys, _, err := h.Count(context.Background())
	root, _ := h.Root()
	subs, serr := root.Subkeys()
	if keys != 1 || err != nil || !errors.Is(serr, ErrDamaged) || len(subs) > len(w.buf)/keyHeader+1 {
		t.Errorf("%d keys, error %v; %d subkeys, error %v", keys, err, len(subs), serr)
	}
}

func TestDamagedKeyIsToldAndSkipped(t *testing.T) {
	b := Build(tree(), BuildOptions{})
	h := openBytes(t, b)
	copy(b[mustKey(t, h, `Many\Key0500`).Offset()+4:], "XX")
	copy(b[mustValue(t, h, `Many\Key0501`, "i").Offset()+4:], "XX")
	h = openBytes(t, b)
	subs, err := mustKey(t, h, "Many").Subkeys()
	if len(subs) != 1199 || !errors.Is(err, ErrDamaged) {
		t.Errorf("%d subkeys, error %v", len(subs), err)
	}
	if _, err := h.Key(`Many\Key0500`); !errors.Is(err, ErrDamaged) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the damaged key gives %v", err)
	}
	if _, err := h.Key(`Many\Nowhere`); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent key beside a damaged one gives %v", err)
	}
	if _, err := mustKey(t, h, `Many\Key0501`).Value("i"); !errors.Is(err, ErrDamaged) {
		t.Errorf("the damaged value gives %v", err)
	}
	if _, err := Load(h); !errors.Is(err, ErrDamaged) {
		t.Errorf("loading a damaged hive gives %v", err)
	}
}

// badDisk fails whenever a read touches a certain page.
type badDisk struct {
	io.ReaderAt
	bad int64
}

var errDisk = errors.New("input/output error")

func (d badDisk) ReadAt(b []byte, at int64) (int, error) {
	if at < d.bad+512 && at+int64(len(b)) > d.bad {
		return 0, errDisk
	}
	return d.ReaderAt.ReadAt(b, at)
}

func TestUnreadablePageCostsOnlyItself(t *testing.T) {
	b := Build(tree(), BuildOptions{})
	at := mustKey(t, openBytes(t, b), `Many\Key0600`).Offset() &^ 511
	h, err := Open(badDisk{bytes.NewReader(b), at}, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Key(`Many\Key0600`); !errors.Is(err, errDisk) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the key on the bad page gives %v", err)
	}
	keys, _, err := h.Count(context.Background())
	if err != nil || keys < 1100 || keys > 1206 {
		t.Errorf("%d keys, error %v", keys, err)
	}
}

// The bad page is replaced by the log, so nothing is lost.
func TestReplayHealsUnreadablePage(t *testing.T) {
	before, after := NewRoot("x"), NewRoot("x")
	before.Key("k").SetBinary("v", bytes.Repeat([]byte{1}, 9000))
	after.Key("k").SetBinary("v", bytes.Repeat([]byte{2}, 9000))
	d := BuildDirty(before, after, BuildOptions{})
	h, err := Open(badDisk{bytes.NewReader(d.Hive), 8192}, int64(len(d.Hive)), d.logs()...)
	if err != nil {
		t.Fatal(err)
	}
	data, err := mustValue(t, h, "k", "v").Bytes()
	if err != nil || !bytes.Equal(data, bytes.Repeat([]byte{2}, 9000)) {
		t.Errorf("%d bytes, error %v", len(data), err)
	}
}

func TestWalkEnds(t *testing.T) {
	h := openBytes(t, Build(tree(), BuildOptions{}))
	n := 0
	if err := h.Walk(context.Background(), func(p string, _ Key) error {
		if n++; p == "Many" {
			return fs.SkipDir
		}
		return nil
	}); err != nil || n != 7 {
		t.Errorf("%d keys without those of Many, error %v", n, err)
	}
	if err := h.Walk(context.Background(), func(string, Key) error { return fs.SkipAll }); err != nil {
		t.Errorf("SkipAll gives %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := h.Walk(ctx, func(string, Key) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled walk gives %v", err)
	}
}

func TestZeroValues(t *testing.T) {
	var k Key
	var v Value
	subs, err := k.Subkeys()
	vs, verr := k.Values()
	if k.Name() != "" || len(subs)+len(vs) != 0 || err != nil || verr != nil || v.Name() != "" {
		t.Error("the zero key is not empty")
	}
	if _, err := k.Subkey("x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a subkey of nothing gives %v", err)
	}
	if b, err := v.Bytes(); b != nil || err != nil {
		t.Errorf("data of nothing: %v, %v", b, err)
	}
}

func TestStrings(t *testing.T) {
	for in, want := range map[string][]string{
		"":                       nil,
		"\x00":                   nil,
		"\x00\x00":               nil,
		"a":                      {"a"},
		"a\x00":                  {"a"},
		"a\x00b\x00\x00":         {"a", "b"},
		"a\x00\x00b\x00":         {"a", "", "b"},
		"a\x00\x00b\x00\x00\x00": {"a", "", "b", ""},
	} {
		root := NewRoot("x").SetRaw("v", MultiSZ, wintype.AppendUTF16(nil, in))
		got, err := mustValue(t, openBytes(t, Build(root, BuildOptions{})), "", "v").Strings()
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) || len(got) != len(want) {
			t.Errorf("%q gives %q, want %q, error %v", in, got, want, err)
		}
	}
}

// bigHive has 100 MB, with a part as large as a component store's.
func bigHive() []byte {
	root := NewRoot("ROOT")
	packages := root.Key(`Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages`)
	for i := range 30000 {
		k := packages.child(fmt.Sprintf("Package_for_KB%07d~31bf3856ad364e35~amd64~~10.0.1.%d", 5000000+i, i%50))
		k.SetDword("CurrentState", 0x70).SetString("InstallClient", "UpdateAgentLCU")
		k.SetBinary("Blob", make([]byte, 2600)).Key("Owners").SetDword("x", 1)
	}
	root.Key(`Microsoft\Windows NT\CurrentVersion`).SetString("CurrentBuild", "19045")
	return Build(root, BuildOptions{})
}

func TestOneKeyOfLargeHiveIsCheap(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a hive of 100 MB")
	}
	b := bigHive()
	if len(b) < 100<<20 {
		t.Fatalf("the hive has only %d bytes", len(b))
	}
	for _, path := range []string{
		`Microsoft\Windows NT\CurrentVersion`,
		`microsoft\windows\currentversion\component based servicing\packages\Package_for_KB5021234~31bf3856ad364e35~amd64~~10.0.1.34\owners`,
	} {
		c := &testkit.Counter{ReaderAt: bytes.NewReader(b)}
		h, err := Open(c, int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := mustKey(t, h, path).Values(); err != nil || c.Bytes > 1<<20 {
			t.Errorf("%s: %d bytes read, error %v", path, c.Bytes, err)
		}
		t.Logf("%d bytes read", c.Bytes)
	}
}

func TestNothingIsWritten(t *testing.T) {
	d := BuildDirty(tree(), changed(), BuildOptions{})
	path := testkit.WriteFile(t, "hive", d.Hive)
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h, err := Open(f, int64(len(d.Hive)), d.logs()...)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.Count(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(testkit.ReadFile(t, path), d.Hive) {
		t.Error("the hive file was changed")
	}
}
