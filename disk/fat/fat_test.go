package fat

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"updoc/testkit"
)

// memory is a volume in memory.
type memory = testkit.Memory

// mtools calls one of the mtools.
func mtools(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := testkit.Command(t, name, args...)
	cmd.Env = append(cmd.Env, "MTOOLS_SKIP_CHECK=1")
	return testkit.Combined(t, cmd)
}

func format(t *testing.T, kib int, args ...string) string {
	t.Helper()
	path := testkit.EmptyDisk(t, int64(kib)<<10)
	testkit.Run(t, "mkfs.fat", append(append([]string{"-n", "ESP DISK", "-i", "1234abcd"}, args...), path)...)
	return path
}

func open(t testing.TB, b memory) *Volume {
	t.Helper()
	v, err := Open(b, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

var stamp = time.Date(2024, 2, 29, 13, 14, 16, 0, time.UTC)

// populate copies files in with mtools and gives what they must read as.
func populate(t *testing.T, path string) map[string][]byte {
	t.Helper()
	src := t.TempDir()
	want := map[string][]byte{}
	copyIn := func(name string, b []byte) {
		file := filepath.Join(src, "f")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, stamp, stamp); err != nil {
			t.Fatal(err)
		}
		mtools(t, "mcopy", "-m", "-i", path, file, "::"+name)
		want[name] = b
	}
	mtools(t, "mmd", "-i", path, "::EFI", "::EFI/Microsoft", "::EFI/Microsoft/Boot", "::EFI/Microsoft/Boot/ja-JP")
	copyIn("EFI/Microsoft/Boot/BCD", bytes.Repeat([]byte("regf"), 9000))
	copyIn("EFI/Microsoft/Boot/bootmgfw.efi", bytes.Repeat([]byte("MZ"), 20001))
	copyIn("EFI/Microsoft/Boot/ja-JP/ブート マネージャー.mui", []byte("mui"))
	copyIn("a name that is too long for eight and three.text", []byte("long"))
	copyIn("empty", nil)
	for i := range 24 {
		copyIn(fmt.Sprintf("EFI/a rather long file name %02d.dat", i), bytes.Repeat([]byte{byte(i)}, i*97))
	}
	for i := 0; i < 24; i += 4 {
		name := fmt.Sprintf("EFI/a rather long file name %02d.dat", i)
		mtools(t, "mdel", "-i", path, "::"+name)
		delete(want, name)
	}
	copyIn("EFI/fragmented.bin", bytes.Repeat([]byte("0123456789abcdef"), 6000))
	return want
}

func TestAgainstMtools(t *testing.T) {
	for _, tt := range []struct {
		kind string
		kib  int
		args []string
	}{
		{"fat12", 1440, []string{"-F", "12"}},
		{"fat16", 32 << 10, []string{"-F", "16"}},
		{"fat32", 100 << 10, []string{"-F", "32", "-s", "1"}},
		{"fat32", 300 << 10, []string{"-F", "32", "-S", "4096"}},
	} {
		t.Run(fmt.Sprint(tt.kind, tt.kib), func(t *testing.T) {
			path := format(t, tt.kib, tt.args...)
			want := populate(t, path)
			b := testkit.ReadFile(t, path)
			before := sha256.Sum256(b)
			v := open(t, b)
			if v.Kind() != tt.kind || v.Label() != "ESP DISK" || v.Serial() != 0x1234abcd || v.Dirty() {
				t.Errorf("%s, label %q, serial %x, dirty %v", v.Kind(), v.Label(), v.Serial(), v.Dirty())
			}
			for name, content := range want {
				wantFile(t, v, name, content)
			}
			wantNames(t, v, want)
			wantFree(t, v, path)
			if err := fstest.TestFS(v, "EFI/Microsoft/Boot/BCD"); err != nil {
				t.Error(err)
			}
			if len(v.Problems()) > 0 || sha256.Sum256(b) != before {
				t.Errorf("problems = %v", v.Problems())
			}
		})
	}
}

func wantFile(t *testing.T, v *Volume, name string, content []byte) {
	t.Helper()
	for _, n := range []string{name, strings.ToUpper(name), strings.ToLower(name)} {
		if got, err := fs.ReadFile(v, n); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes, %v; want %d", n, len(got), err, len(content))
		}
	}
	if i, err := v.Stat(name); err != nil || i.Size() != int64(len(content)) || !i.ModTime().Equal(stamp) {
		t.Errorf("%s: %v, %v", name, i, err)
	}
}

// wantNames checks that the volume lists exactly the files copied in, spelled as they were.
func wantNames(t *testing.T, v *Volume, want map[string][]byte) {
	t.Helper()
	err := fs.WalkDir(v, ".", func(path string, d fs.DirEntry, err error) error {
		if _, ok := want[path]; err == nil && !d.IsDir() && !ok {
			t.Errorf("%s was never copied in", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// wantFree compares with the sum mdir prints.
func wantFree(t *testing.T, v *Volume, path string) {
	t.Helper()
	m := regexp.MustCompile(`([\d ]+) bytes free`).FindStringSubmatch(mtools(t, "mdir", "-i", path, "::"))
	if m == nil {
		t.Fatal("mdir does not tell the free bytes")
	}
	want, err := strconv.ParseUint(strings.ReplaceAll(m[1], " ", ""), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if free, err := v.FreeBytes(); err != nil || free != want {
		t.Errorf("free = %d, %v; mdir says %d", free, err, want)
	}
}

func TestShortNamesAreNoEntries(t *testing.T) {
	path := format(t, 1440, "-F", "12")
	populate(t, path)
	v := open(t, testkit.ReadFile(t, path))
	root, err := v.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range root {
		names = append(names, e.Name())
	}
	if want := []string{"EFI", "a name that is too long for eight and three.text", "empty"}; !slices.Equal(names, want) {
		t.Errorf("root = %q", names)
	}
	if b, err := fs.ReadFile(v, "anamet~1.tex"); err != nil || string(b) != "long" {
		t.Errorf("by short name: %q, %v", b, err)
	}
	if _, err := v.Open("EFI/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if _, err := v.Open("empty/x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("below a file: %v", err)
	}
}

// small is a FAT12 volume made by hand: sectors and clusters of 512 bytes, one table of one sector, a root
// folder of one sector, 60 clusters.
func small() memory {
	b := make(memory, 64*512)
	copy(b, "\xeb\x3c\x90")
	le.PutUint16(b[11:], 512)
	b[13], b[16], b[21] = 1, 1, 0xf8
	le.PutUint16(b[14:], 1)
	le.PutUint16(b[17:], 16)
	le.PutUint16(b[19:], 63)
	le.PutUint16(b[22:], 1)
	b[510], b[511] = 0x55, 0xaa
	chain := func(c, next uint16) {
		at := 512 + int(c)*3/2
		v := le.Uint16(b[at:])
		if c&1 == 1 {
			v = v&0x000f | next<<4
		} else {
			v = v&0xf000 | next
		}
		le.PutUint16(b[at:], v)
	}
	for c, next := range map[uint16]uint16{0: 0xff8, 1: 0xfff, 2: 3, 3: 5, 5: 0xfff, 6: 0xfff} {
		chain(c, next)
	}
	put := func(at int, name string, attributes byte, cluster uint16, size uint32) {
		copy(b[at:], name)
		b[at+11] = attributes
		le.PutUint16(b[at+26:], cluster)
		le.PutUint32(b[at+28:], size)
	}
	put(1024, "FILE    TXT", 0x20, 2, 1200)
	put(1056, "SUB        ", 0x10, 6, 0)
	data := func(c int) int { return 1536 + (c-2)*512 }
	put(data(6), ".          ", 0x10, 6, 0)
	put(data(6)+32, "..         ", 0x10, 0, 0)
	put(data(6)+64, "INNER      ", 0x20, 0, 0)
	for _, c := range []int{2, 3, 5} {
		copy(b[data(c):], bytes.Repeat([]byte{byte('0' + c)}, 512))
	}
	return b
}

func TestSmall(t *testing.T) {
	v := open(t, small())
	want := strings.Repeat("2", 512) + strings.Repeat("3", 512) + strings.Repeat("5", 176)
	if got, err := fs.ReadFile(v, "file.txt"); err != nil || string(got) != want {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if err := fstest.TestFS(v, "FILE.TXT", "SUB/INNER"); err != nil {
		t.Error(err)
	}
	if free, err := v.FreeBytes(); err != nil || free != 56*512 {
		t.Errorf("free = %d, %v", free, err)
	}
}

func TestDamagedChains(t *testing.T) {
	b := small()
	le.PutUint16(b[512+3*3/2:], le.Uint16(b[512+3*3/2:])&0xf|2<<4)
	v := open(t, b)
	if _, err := v.Open("FILE.TXT"); err != nil || len(v.Problems()) != 1 || v.Problems()[0].Code != "file-damaged" {
		t.Errorf("loop: %v, %v", err, v.Problems())
	}
	b = small()
	le.PutUint16(b[512+3*3/2:], 0xff0|le.Uint16(b[512+3*3/2:])&0xf) // the chain leaves the volume
	v = open(t, b)
	f, err := v.Open("FILE.TXT")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if !errors.Is(err, ErrDamaged) || len(got) != 1024 {
		t.Errorf("%d bytes, %v; the clusters before the damage must be readable", len(got), err)
	}
}

func TestFolderLoop(t *testing.T) {
	b := small()
	le.PutUint16(b[512+6*3/2:], le.Uint16(b[512+6*3/2:])&0xf000|6)
	v := open(t, b)
	entries, err := v.ReadDir("SUB")
	if !errors.Is(err, ErrDamaged) || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestBackupBootSectorOfFAT32(t *testing.T) {
	path := format(t, 100<<10, "-F", "32", "-s", "1")
	b := testkit.ReadFile(t, path)
	clear(b[:512])
	v := open(t, b)
	if v.Kind() != "fat32" || len(v.Problems()) != 1 || v.Problems()[0].Code != "boot-sector-damaged" {
		t.Errorf("%s, problems %v", v.Kind(), v.Problems())
	}
}

func TestNoFAT(t *testing.T) {
	for name, b := range map[string]memory{"empty": {}, "zeros": make(memory, 8192), "ntfs": append(memory("\xeb\x52\x90NTFS    "), make(memory, 8192)...)} {
		if _, err := Open(b, int64(len(b))); err == nil {
			t.Errorf("%s accepted", name)
		}
	}
}

// The small volume with bytes changed at will (three bytes of edit are a place and a value): nothing may
// panic or hang.
func FuzzVolume(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 2, 1, 1, 4, 0xff})
	base := small()
	f.Fuzz(func(t *testing.T, edits []byte) {
		b := append(memory(nil), base...)
		for ; len(edits) >= 3; edits = edits[3:] {
			b[(int(edits[0])|int(edits[1])<<8)%len(b)] = edits[2]
		}
		v, err := Open(b, int64(len(b)))
		if err != nil {
			return
		}
		v.FreeBytes()
		v.Dirty()
		depth := 0
		fs.WalkDir(v, ".", func(path string, d fs.DirEntry, err error) error {
			if depth++; depth > 200 {
				return fs.SkipAll
			}
			if file, err := v.Open(path); err == nil {
				io.Copy(io.Discard, io.LimitReader(file, 1<<16))
			}
			return nil
		})
	})
}

func FuzzFolder(f *testing.F) {
	f.Add([]byte(small()[1024:1536]))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := parseFolder(b); len(got) > len(b)/32 {
			t.Errorf("%d entries from %d bytes", len(got), len(b))
		}
	})
}
