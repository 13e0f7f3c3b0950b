package wim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"updoc/codec/wintype"
	"updoc/testkit"
)

// opened opens a WIM held in memory.
func opened(t *testing.T, b []byte) *File {
	t.Helper()
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// stored writes the options to memory.
func stored(t testing.TB, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestInfoOfWhatWasWritten(t *testing.T) {
	info := opened(t, stored(t, Options{Images: []Tree{recovery()}, BootIndex: 1, GUID: [16]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}})).Info()
	want := recovery().Info
	want.Index, want.DirCount, want.FileCount, want.TotalBytes = 1, 3, 9, 3145776
	if len(info.Images) != 1 || info.Images[0] != want {
		t.Errorf("images %+v, want %+v", info.Images, want)
	}
	if got := info.Images[0].Version(); got != "10.0.19041.3920" {
		t.Errorf("version %q", got)
	}
	if !info.Valid || info.Compression != CompressionNone || info.BootIndex != 1 || info.Part != 1 || info.TotalParts != 1 {
		t.Errorf("%+v", info)
	}
	if info.GUID != "{04030201-0605-0807-090a-0b0c0d0e0f10}" {
		t.Errorf("GUID %s", info.GUID)
	}
}

func TestOpenFileTakesAnyCaseAndSlash(t *testing.T) {
	f := opened(t, stored(t, Options{Images: []Tree{recovery()}}))
	for _, path := range []string{`Recovery/WindowsRE/boot.sdi`, `\recovery\WINDOWSRE\Boot.SDI`, "/RECOVERY//windowsre/boot.sdi"} {
		b, err := f.ReadFile(1, path, 100)
		if err != nil || string(b) != "SDI" {
			t.Errorf("%s: %q, %v", path, b, err)
		}
	}
	if b, err := f.ReadFile(1, "STREAMS.EXE", 100); err != nil || string(b) != "main" {
		t.Errorf("file with streams: %q, %v", b, err)
	}
	if b, err := f.ReadFile(1, "nothing.txt", 100); err != nil || len(b) != 0 {
		t.Errorf("empty file: %q, %v", b, err)
	}
	if b, err := f.ReadFile(1, "日本語 𠮷.txt", 100); err != nil || string(b) != "name" {
		t.Errorf("Japanese name: %q, %v", b, err)
	}
}

func TestOpenFileErrors(t *testing.T) {
	f := opened(t, stored(t, Options{Images: []Tree{recovery()}}))
	tests := []struct {
		image int
		path  string
		want  error
	}{
		{1, "Recovery/none", fs.ErrNotExist},
		{1, "nothing.txt/below", fs.ErrNotExist},
		{1, "Recovery/../nothing.txt", fs.ErrNotExist},
		{1, "Recovery", fs.ErrInvalid},
		{1, "", fs.ErrInvalid},
		{0, "nothing.txt", fs.ErrNotExist},
		{2, "nothing.txt", fs.ErrNotExist},
	}
	for _, tt := range tests {
		if _, err := f.OpenFile(tt.image, tt.path); !errors.Is(err, tt.want) {
			t.Errorf("image %d, %q: %v, want %v", tt.image, tt.path, err, tt.want)
		}
	}
	if _, err := f.ReadFile(1, "Recovery/WindowsRE/Winre.wim", 100); err == nil {
		t.Error("a file beyond the limit was read")
	}
}

func TestStatTellsAttributesAndTimes(t *testing.T) {
	f := opened(t, stored(t, Options{Images: []Tree{recovery()}}))
	e, err := f.Stat(1, "recovery/windowsre/winre.wim")
	if err != nil {
		t.Fatal(err)
	}
	if e.Path != "Recovery/WindowsRE/Winre.wim" || e.Size != 3<<20 || e.Attributes != AttributeHidden|AttributeSystem|AttributeArchive {
		t.Errorf("%+v", e)
	}
	if !e.Created.Equal(day()) || e.Modified.Year() != 2023 {
		t.Errorf("created %s, modified %s", e.Created, e.Modified)
	}
	if e, _ := f.Stat(1, "streams.exe"); !slices.Equal(e.Streams, []string{"Zone.Identifier", "none"}) || e.Size != 4 {
		t.Errorf("%+v", e)
	}
}

// paths lists an image.
func paths(t *testing.T, f *File, image int) []string {
	t.Helper()
	var list []string
	if err := f.Walk(image, func(e Entry) error { list = append(list, "/"+e.Path); return nil }); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestWalk(t *testing.T) {
	f := opened(t, stored(t, Options{Images: []Tree{recovery()}}))
	list := paths(t, f, 1)
	want := []string{"/", "/Recovery", "/Recovery/WindowsRE", "/Recovery/WindowsRE/Winre.wim", "/Recovery/WindowsRE/boot.sdi"}
	if len(list) != 13 || !slices.Equal(list[:5], want) {
		t.Errorf("%q", list)
	}
	n := 0
	if err := f.Walk(1, func(e Entry) error { n++; return map[bool]error{true: fs.SkipDir}[e.Path == "Recovery"] }); err != nil || n != 9 {
		t.Errorf("with SkipDir: %d entries, %v", n, err)
	}
	n = 0
	if err := f.Walk(1, func(Entry) error { n++; return fs.SkipAll }); err != nil || n != 1 {
		t.Errorf("with SkipAll: %d entries, %v", n, err)
	}
}

func TestHashIsChecked(t *testing.T) {
	b := stored(t, Options{Images: []Tree{recovery()}})
	at := bytes.Index(b, []byte("one file"))
	b[at] = 'O'
	got, err := opened(t, b).ReadFile(1, "linked too", 100)
	if !errors.Is(err, ErrHash) || string(got) != "One file" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestDamageIsTold(t *testing.T) {
	whole := stored(t, Options{Images: []Tree{recovery()}})
	f := opened(t, whole[:len(whole)-100])
	if info := f.Info(); info.Valid || len(info.Problems) == 0 {
		t.Errorf("%+v", info)
	}
	if b, err := f.ReadFile(1, "linked", 100); err != nil || string(b) != "one file" {
		t.Errorf("without XML: %q, %v", b, err)
	}
	h := parseHeader(whole)
	broken := bytes.Clone(whole)
	copy(broken[h.xml.offset+200:], wintype.AppendUTF16(nil, "<<<"))
	if info := opened(t, broken).Info(); info.Valid || len(info.Images) != 1 || info.Images[0].DirCount != 3 {
		t.Errorf("%+v", info)
	}
	if _, err := opened(t, whole[:300]).OpenFile(1, "linked"); !errors.Is(err, ErrDamaged) {
		t.Errorf("cut file: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	tests := []struct {
		name, content string
		want          error
	}{
		{"empty", "", ErrNotWIM},
		{"text", "this is a text file and not an image of anything", ErrNotWIM},
		{"header cut off", magic + "rest", ErrDamaged},
		{"pipable", magicPipable + strings.Repeat("\x00", 300), ErrUnsupported},
	}
	for _, tt := range tests {
		if _, err := Open(strings.NewReader(tt.content), int64(len(tt.content))); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if !errors.Is(ErrUnsupported, errors.ErrUnsupported) {
		t.Error("ErrUnsupported is not errors.ErrUnsupported")
	}
}

func TestWriteRefuses(t *testing.T) {
	tests := map[string]*Node{
		"no directory":         {Name: "file"},
		"name with a slash":    dir("", &Node{Name: "a/b"}),
		"name there twice":     dir("", &Node{Name: "a"}, &Node{Name: "A"}),
		"child of a file":      dir("", &Node{Name: "a", Children: []*Node{{Name: "b"}}}),
		"bad name of stream":   dir("", &Node{Name: "a", Streams: []Stream{{Name: "b\\c"}}}),
		"content is too short": dir("", &Node{Name: "a", Content: From(strings.NewReader("abc"), 4)}),
	}
	for name, root := range tests {
		if err := Write(io.Discard, Options{Images: []Tree{{Root: root}}}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := Write(io.Discard, Options{Images: []Tree{recovery()}, BootIndex: 2}); err == nil {
		t.Error("boot index: no error")
	}
}

func TestInfoReadsHeaderAndXMLOnly(t *testing.T) {
	b := stored(t, Options{Images: []Tree{recovery()}})
	c := &testkit.Counter{ReaderAt: bytes.NewReader(b)}
	f, err := Open(c, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if want := headerSize + parseHeader(b).xml.stored; c.Bytes != want || !f.Info().Valid {
		t.Errorf("%d bytes were read, want %d", c.Bytes, want)
	}
	before := c.Bytes
	if _, err := f.ReadFile(1, "linked", 100); err != nil || c.Bytes-before > 8192 {
		t.Errorf("a small file cost %d bytes, %v", c.Bytes-before, err)
	}
}

// corpus makes files of many kinds: text, noise, zeros, machine code with calls, and what fits chunks exactly.
func corpus() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	noise := func(n int) []byte { return testkit.Noise(r.Uint64(), n) }
	var text, code bytes.Buffer
	for i := 0; text.Len() < 300000; i++ {
		fmt.Fprintf(&text, "2024-01-09 18:30:%02d, Info CBS Session: %d_%d initialized by client %x.\r\n", i%60, i, i*i, r.Uint32())
	}
	for code.Len() < 200000 {
		code.Write([]byte{0x55, 0x8b, 0xec, 0xe8})
		code.Write(le.AppendUint32(nil, uint32(0x4000-code.Len())+r.Uint32N(8)*16))
		code.Write(noise(r.IntN(9)))
		code.WriteByte(0xe8)
	}
	mixed := slices.Concat(text.Bytes()[:40000], noise(70000), make([]byte, 50000), code.Bytes()[:40001])
	return map[string][]byte{
		"text.log": text.Bytes(), "noise.bin": noise(100001), "zero.bin": make([]byte, 1<<20), "code.exe": code.Bytes(), "mixed.bin": mixed,
		"chunk.bin": text.Bytes()[:32768], "chunks.bin": text.Bytes()[:65536], "over.bin": text.Bytes()[:32769], "one.bin": {1}, "empty.bin": nil,
		"short.txt": []byte("abcabcabcabcabcabc"),
	}
}

func TestReadsWhatWimlibCompresses(t *testing.T) {
	tests := []struct{ compression, chunk string }{
		{"none", ""}, {"xpress", ""}, {"xpress", "4K"}, {"xpress", "64K"}, {"lzx", ""}, {"lzx", "64K"}, {"lzx", "2M"}, {"lzx:100", ""}, {"lzx:20", ""}, {"xpress:80", ""},
	}
	files := corpus()
	source := filepath.Join(t.TempDir(), "src")
	if err := os.MkdirAll(filepath.Join(source, "Windows/System32"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(source, "Windows/System32", name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range tests {
		t.Run(tt.compression+tt.chunk, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.wim")
			args := []string{"capture", source, path, "--check", "--compress=" + tt.compression}
			if tt.chunk != "" {
				args = append(args, "--chunk-size="+tt.chunk)
			}
			testkit.Run(t, "wimlib-imagex", args...)
			compare(t, path, files)
		})
	}
}

// compare reads every file and demands its content; the hash is checked on the way.
func compare(t *testing.T, path string, files map[string][]byte) {
	t.Helper()
	f := openPath(t, path)
	for name, want := range files {
		got, err := f.ReadFile(1, `windows\system32\`+name, 1<<30)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes of %d, %v", name, len(got), len(want), err)
		}
	}
	if info := f.Info(); !info.Valid || !info.Integrity || len(info.Images) != 1 {
		t.Errorf("%+v", info)
	}
	if n := len(paths(t, f, 1)); n != len(files)+3 {
		t.Errorf("%d entries", n)
	}
}

func TestSolidAndSplitAreUnsupported(t *testing.T) {
	source := t.TempDir()
	for i, name := range []string{"a", "b", "c"} {
		if err := os.WriteFile(filepath.Join(source, name), testkit.Noise(uint64(i), 600000), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	esd := filepath.Join(t.TempDir(), "x.esd")
	testkit.Run(t, "wimlib-imagex", "capture", source, esd, "--solid")
	if f := openPath(t, esd); !f.Info().Solid || f.Info().Compression != CompressionLZMS || len(f.Info().Images) != 1 {
		t.Errorf("%+v", f.Info())
	} else if _, err := f.OpenFile(1, "a"); !errors.Is(err, ErrUnsupported) {
		t.Errorf("solid: %v", err)
	}
	whole := filepath.Join(t.TempDir(), "x.wim")
	testkit.Run(t, "wimlib-imagex", "capture", source, whole, "--compress=none")
	testkit.Run(t, "wimlib-imagex", "split", whole, filepath.Join(filepath.Dir(whole), "s.swm"), "1")
	first, second := openPath(t, filepath.Join(filepath.Dir(whole), "s.swm")), openPath(t, filepath.Join(filepath.Dir(whole), "s2.swm"))
	if info := second.Info(); info.Part != 2 || info.TotalParts < 2 || !info.Valid {
		t.Errorf("%+v", info)
	}
	if _, err := second.OpenFile(1, "a"); !errors.Is(err, ErrUnsupported) {
		t.Errorf("second part: %v", err)
	}
	var elsewhere int
	for _, name := range []string{"a", "b", "c"} {
		if _, err := first.OpenFile(1, name); errors.Is(err, ErrUnsupported) {
			elsewhere++
		} else if err != nil {
			t.Error(err)
		}
	}
	if elsewhere == 0 {
		t.Error("all files lie in the first part")
	}
}

func openPath(t *testing.T, path string) *File {
	t.Helper()
	return opened(t, testkit.ReadFile(t, path))
}
