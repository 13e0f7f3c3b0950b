package ntfs

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

func TestVolumeFacts(t *testing.T) {
	v := openMini(t, newMini())
	if v.Label() != "Mini" || v.Serial() != 0x1122334455667788 || v.ClusterSize() != 1024 || v.SectorSize() != 512 || v.Size() != miniClusters*1024 {
		t.Errorf("label %q, serial %x, cluster %d, sector %d, size %d", v.Label(), v.Serial(), v.ClusterSize(), v.SectorSize(), v.Size())
	}
	if v.Dirty() || v.LogFileState() != LogClean || len(v.Problems()) != 0 {
		t.Errorf("dirty %v, log %+v, problems %v", v.Dirty(), v.LogFile(), v.Problems())
	}
}

func names(entries []fs.DirEntry) []string {
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestListing(t *testing.T) {
	v := openMini(t, newMini())
	root, err := v.ReadDir(".")
	want := []string{"Folder", "Packed", "cloud", "junction", "resident", "tail", "wof"}
	if err != nil || !slices.Equal(names(root), want) {
		t.Errorf("root = %v, %v; metadata files and . are not listed", names(root), err)
	}
	folder, err := v.ReadDir("fOLDER")
	if want := []string{"inner.txt", "middle", "Übergröße"}; err != nil || !slices.Equal(names(folder), want) {
		t.Errorf("folder = %v, %v; short names are no entries", names(folder), err)
	}
	if mode := root[3].Type(); mode != fs.ModeSymlink {
		t.Errorf("junction has type %v", mode)
	}
}

func TestContent(t *testing.T) {
	v := openMini(t, newMini())
	plain := bytes.Repeat([]byte("0123456789"), 300)
	middle := slices.Concat(plain[1024:], make([]byte, 72), plain[:1024], make([]byte, 976))
	for name, want := range map[string][]byte{
		"resident":           []byte("resident"),
		"RESIDENT":           []byte("resident"),
		"Packed":             miniText(),
		"tail":               {},
		"folder/INNER.txt":   []byte("inner"),
		"Folder/inner~1.txt": []byte("inner"),
		"junction/inner.txt": []byte("inner"),
		"Folder/üBERGRÖßE":   bytes.Repeat([]byte("L"), 2048),
	} {
		if got, err := fs.ReadFile(v, name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s = %.40q, %v", name, got, err)
		}
	}
	// Runs out of order, a hole, and zeros where the file was never written.
	got, err := fs.ReadFile(v, "Folder/middle")
	if err != nil || len(got) != 5048 || !bytes.Equal(got[:3000], middle[:3000]) {
		t.Errorf("middle: %d bytes, %v", len(got), err)
	}
	if tail := got[4024:]; len(bytes.Trim(tail, "\x00")) > 0 {
		t.Errorf("what was never written reads %.20q", tail)
	}
}

func TestMissingAndInvalidNames(t *testing.T) {
	v := openMini(t, newMini())
	for _, name := range []string{"nothing", "Folder/nothing", "resident/x", "zzz", "$", "Folder/aaa"} {
		if _, err := v.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", "/Folder", "Folder/", "../x", `a//b`} {
		if _, err := v.Open(name); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestContentKeptElsewhere(t *testing.T) {
	v := openMini(t, newMini())
	if _, err := v.Open("wof"); !errors.Is(err, ErrCompactOS) {
		t.Errorf("wof: %v", err)
	}
	if _, err := v.Open("cloud"); !errors.Is(err, ErrReparse) {
		t.Errorf("cloud: %v", err)
	}
	i, err := v.Stat("wof")
	if err != nil || i.Size() != 1000 || i.Sys().(*Stat).ReparseTag != TagWOF {
		t.Errorf("wof: %+v, %v", i, err)
	}
}

func TestStat(t *testing.T) {
	v := openMini(t, newMini())
	i, err := v.Stat("packed")
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2024, 1, 17, 21, 20, 0, 0, time.UTC)
	if i.Name() != "Packed" || i.Size() != int64(len(miniText())) || !i.ModTime().Equal(want) || i.ModTime().Location() != time.UTC || i.Mode() != 0o444 {
		t.Errorf("info = %+v", i)
	}
	st := *i.Sys().(*Stat)
	st.Created, st.Changed, st.Accessed = time.Time{}, time.Time{}, time.Time{}
	if w := (Stat{Attributes: 0x820, Record: miniPacked, Sequence: 1, Links: 1, Compressed: true, Allocated: 12 * 1024}); !reflect.DeepEqual(st, w) {
		t.Errorf("stat = %+v, want %+v", st, w)
	}
	if i, err := v.Stat("junction"); err != nil || !i.IsDir() || i.Name() != "Folder" {
		t.Errorf("followed junction = %+v, %v", i, err)
	}
	if i, err := v.Lstat("junction"); err != nil || i.Mode().Type() != fs.ModeSymlink || i.Sys().(*Stat).ReparseTag != TagMountPoint {
		t.Errorf("junction = %+v, %v", i, err)
	}
}

func TestStreams(t *testing.T) {
	v := openMini(t, newMini())
	got, err := v.Streams("Resident")
	if want := []Stream{{"Zone", 6}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("streams = %v, %v", got, err)
	}
	f, err := v.OpenStream("resident", "zone")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(f); err != nil || string(b) != "[zone]" {
		t.Errorf("stream = %q, %v", b, err)
	}
	if _, err := v.OpenStream("resident", "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing stream: %v", err)
	}
	if got, err := v.Streams("tail"); err != nil || got != nil {
		t.Errorf("streams of tail = %v, %v", got, err)
	}
}

// setTarget gives the junction another target.
func setTarget(b memory, target string) {
	m := &mini{b: b}
	m.put(miniJunction, 3, 0, stdInfo(0x410), indexRoot(indexEntry(0, "", 0, 0, 0, -1)), local(attrReparse, "", junction(target)))
}

func TestLinksEnd(t *testing.T) {
	for target, want := range map[string]error{
		`\??\C:\junction`:         ErrLinkLoop,
		`\??\C:\junction\..\x`:    ErrLinkLoop,
		`\??\D:\Folder`:           ErrLinkLeaves,
		`\??\Volume{1234}\Folder`: ErrLinkLeaves,
		`\??\UNC\server\share`:    ErrLinkLeaves,
		`\??\C:\none`:             fs.ErrNotExist,
	} {
		b := newMini()
		setTarget(b, target)
		v := openMini(t, b)
		if _, err := v.Open("junction/inner.txt"); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", target, err, want)
		}
		if got, err := v.ReadLink("junction"); err != nil || got != target {
			t.Errorf("ReadLink = %q, %v", got, err)
		}
	}
	b := newMini()
	setTarget(b, `\??\c:\Folder\..\Folder\.`)
	v := openMini(t, b)
	if got, err := fs.ReadFile(v, "junction/inner.txt"); err != nil || string(got) != "inner" {
		t.Errorf("own letter: %q, %v", got, err)
	}
}

func TestFileSystemRules(t *testing.T) {
	b := newMini()
	// fstest opens every file it sees; those that cannot be opened are given content first.
	m := &mini{b: b}
	m.put(miniWOF, 1, 0, stdInfo(0x20), local(attrData, "", []byte("w")))
	m.put(miniCloud, 1, 0, stdInfo(0x20), local(attrData, "", []byte("c")))
	b = bytes.ReplaceAll(b, le.AppendUint32(le.AppendUint32(nil, 0x600), TagWOF), le.AppendUint64(nil, 0x20))
	b = bytes.ReplaceAll(b, le.AppendUint32(le.AppendUint32(nil, 0x400), 0x9000001a), le.AppendUint64(nil, 0x20))
	v := openMini(t, b)
	sub, err := fs.Sub(v, "Folder")
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(sub, "inner.txt", "middle", "Übergröße"); err != nil {
		t.Error(err)
	}
	if err := fstest.TestFS(v, "Folder/inner.txt", "Packed", "resident", "tail"); err != nil {
		t.Error(err)
	}
}

func TestManyReadersAtOnce(t *testing.T) {
	v := openMini(t, newMini())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if b, err := fs.ReadFile(v, "packed"); err != nil || !bytes.Equal(b, miniText()) {
				t.Errorf("%d bytes, %v", len(b), err)
			}
			if list, err := v.ReadDir("Folder"); err != nil || len(list) != 3 {
				t.Errorf("%v, %v", list, err)
			}
			v.FreeBytes()
			v.Problems()
		})
	}
	wg.Wait()
}

func TestFreeBytes(t *testing.T) {
	b := newMini()
	v := openMini(t, b)
	used := int64(0)
	for at := int64(0); at < miniClusters; at++ {
		if at < miniData || len(bytes.Trim(b[at*1024:][:1024], "\x00")) > 0 {
			used = at + 1
		}
	}
	free, err := v.FreeBytes()
	if err != nil || free != uint64(miniClusters-used)*1024 {
		t.Errorf("free = %d, %v; the last used cluster is %d", free, err, used-1)
	}
}
