package ntfs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"updoc/testkit"
)

// makeVolume formats a file of so many MiB.
func makeVolume(t testing.TB, mib int64, args ...string) string {
	t.Helper()
	path := testkit.EmptyDisk(t, mib<<20)
	testkit.Run(t, "mkntfs", append(append([]string{"-F", "-q", "-p", "0", "-H", "255", "-S", "63"}, args...), path)...)
	return path
}

func openPath(t testing.TB, path string) (*Volume, *testkit.Counter) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	c := &testkit.Counter{ReaderAt: f}
	v, err := Open(c, st.Size())
	if err != nil {
		t.Fatal(err)
	}
	return v, c
}

// manifest is what both sides must agree on, by path.
func manifest(t testing.TB, fsys fs.FS) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		i, err := d.Info()
		if err != nil {
			return err
		}
		if d.IsDir() {
			out[path] = "folder"
			return nil
		}
		f, err := fsys.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		h := sha256.New()
		n, err := io.Copy(h, f)
		if err != nil {
			return err
		}
		out[path] = fmt.Sprintf("%d %d %s %x", i.Size(), n, i.ModTime().UTC().Format(time.RFC3339Nano), h.Sum(nil))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wantSame(t *testing.T, got, want map[string]string) {
	t.Helper()
	if len(want) < 10 {
		t.Fatalf("only %d files to compare", len(want))
	}
	for path, w := range want {
		if got[path] != w {
			t.Errorf("%s: %q, ntfs-3g says %q", path, got[path], w)
		}
	}
	for path := range got {
		if _, ok := want[path]; !ok {
			t.Errorf("%s does not exist for ntfs-3g", path)
		}
	}
}

func write(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t testing.TB, path string) string {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// xattr sets one of the attributes by which ntfs-3g shows NTFS' own.
func xattr(t testing.TB, path, name string, value []byte) {
	t.Helper()
	if err := syscall.Setxattr(path, "system."+name, value, 0); err != nil {
		t.Fatalf("%s of %s: %v", name, path, err)
	}
}

// populate fills a mounted volume with all the ways NTFS has to keep a file.
func populate(t testing.TB, dir string, compress bool) {
	t.Helper()
	many := mkdir(t, filepath.Join(dir, "many"))
	for i := range 1500 {
		write(t, filepath.Join(many, fmt.Sprintf("file with a rather long name %05d.dat", i*7919%100003)), testkit.Noise(uint64(i), i%1200))
	}
	for i := 0; i < 1500; i += 3 {
		if err := os.Remove(filepath.Join(many, fmt.Sprintf("file with a rather long name %05d.dat", i*7919%100003))); err != nil {
			t.Fatal(err)
		}
	}
	names := mkdir(t, filepath.Join(dir, "Größe", "日本語", "Ωmega"))
	for _, n := range []string{"ファイル.txt", "😀", "ÀÉÎ", "naïve", strings.Repeat("x", 255)} {
		write(t, filepath.Join(names, n), []byte(n))
	}
	write(t, filepath.Join(dir, "empty"), nil)
	write(t, filepath.Join(dir, "large"), testkit.Noise(9, 3<<20))
	holes(t, filepath.Join(dir, "sparse"))
	fragments(t, filepath.Join(dir, "fragment 1"), filepath.Join(dir, "fragment 2"))
	if compress {
		packed := mkdir(t, filepath.Join(dir, "packed"))
		xattr(t, packed, "ntfs_attrib_be", []byte{0, 0, 8, 0})
		for i := range 5 {
			write(t, filepath.Join(packed, fmt.Sprint("text", i)), bytes.Repeat([]byte(fmt.Sprintf("line %d\r\n", i)), 9000+i*1111))
		}
		write(t, filepath.Join(packed, "noise"), testkit.Noise(5, 200000))
		write(t, filepath.Join(packed, "mixed"), append(append(make([]byte, 150000), testkit.Noise(6, 70000)...), bytes.Repeat([]byte("ab"), 40000)...))
	}
}

func holes(t testing.TB, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, at := range []int64{0, 1 << 20, 5<<20 + 17} {
		if _, err := f.WriteAt([]byte("island"), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Truncate(6 << 20); err != nil {
		t.Fatal(err)
	}
}

// fragments writes two files in turns, so that their run lists outgrow one record.
func fragments(t testing.TB, paths ...string) {
	t.Helper()
	for i := range 600 {
		for j, p := range paths {
			f, err := os.OpenFile(p, os.O_WRONLY|os.O_CREATE, 0o644)
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.WriteAt(testkit.Noise(uint64(i*2+j), 4096), int64(i)*131072)
			f.Close()
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAgainstNTFS3G(t *testing.T) {
	for _, tt := range []struct {
		name     string
		mib      int64
		args     []string
		compress bool
	}{
		{"clusters of 512", 48, []string{"-c", "512"}, true},
		{"clusters of 4096", 64, []string{"-c", "4096", "-L", "Größe"}, true},
		{"clusters of 64 KiB", 192, []string{"-c", "65536"}, false},
		{"sectors of 4096", 64, []string{"-s", "4096", "-c", "4096"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := makeVolume(t, tt.mib, tt.args...)
			dir, unmount := testkit.MountNTFS(t, path, "compression,streams_interface=windows")
			populate(t, dir, tt.compress)
			want := manifest(t, os.DirFS(dir))
			var st syscall.Statfs_t
			if err := syscall.Statfs(dir, &st); err != nil {
				t.Fatal(err)
			}
			unmount()
			v, _ := openPath(t, path)
			wantSame(t, manifest(t, v), want)
			wantFree(t, v, path, st.Bfree*uint64(st.Bsize))
			if len(v.Problems()) > 0 {
				t.Errorf("problems = %v", v.Problems())
			}
		})
	}
}

// wantFree compares with ntfsinfo, and with statfs unless that is 0.
func wantFree(t *testing.T, v *Volume, path string, statfs uint64) {
	t.Helper()
	free, err := v.FreeBytes()
	if err != nil {
		t.Fatal(err)
	}
	out := testkit.Run(t, "ntfsinfo", "-m", path)
	m := regexp.MustCompile(`Free Clusters: (\d+)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("ntfsinfo: %s", out)
	}
	clusters, _ := strconv.ParseUint(m[1], 10, 64)
	if want := clusters * uint64(v.ClusterSize()); free != want || statfs != 0 && free != statfs {
		t.Errorf("free = %d, ntfsinfo says %d, statfs %d", free, want, statfs)
	}
}

// Without root: what mkntfs and ntfscp write.
func TestAgainstNtfsprogs(t *testing.T) {
	path := makeVolume(t, 32, "-L", "Windows RE tools", "-c", "4096")
	src := filepath.Join(t.TempDir(), "src")
	want := testkit.Noise(3, 1234567)
	write(t, src, want)
	testkit.Run(t, "ntfscp", "-f", path, src, "Winre.wim")
	testkit.Run(t, "ntfscp", "-f", "-N", "extra", path, src, "Winre.wim")
	before := testkit.DiskHash(t, path)
	v, _ := openPath(t, path)
	got, err := fs.ReadFile(v, "WINRE.WIM")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	streams, err := v.Streams("winre.wim")
	if err != nil || len(streams) != 1 || streams[0] != (Stream{"extra", int64(len(want))}) {
		t.Errorf("streams = %v, %v", streams, err)
	}
	if v.Label() != "Windows RE tools" || v.Dirty() || v.LogFileState() != LogClean {
		t.Errorf("label %q, dirty %v, log %+v", v.Label(), v.Dirty(), v.LogFile())
	}
	wantFree(t, v, path, 0)
	if testkit.DiskHash(t, path) != before {
		t.Error("reading changed the volume")
	}
}

func TestFreeBytesOfOddSizes(t *testing.T) {
	for _, args := range [][]string{{"-c", "512"}, {"-c", "1024"}, {"-c", "2048"}, {"-c", "8192"}, {"-c", "32768"}} {
		path := makeVolume(t, 19, args...)
		v, _ := openPath(t, path)
		wantFree(t, v, path, 0)
	}
}

func TestWindowsNamesThroughNTFS3G(t *testing.T) {
	path := makeVolume(t, 32)
	dir, unmount := testkit.MountNTFS(t, path, "streams_interface=windows")
	long := filepath.Join(dir, "A long file name.txt")
	write(t, long, []byte("long"))
	xattr(t, long, "ntfs_dos_name", []byte("ALONGF~1.TXT"))
	write(t, long+":stream", []byte("stream"))
	mkdir(t, filepath.Join(dir, "target"))
	write(t, filepath.Join(dir, "target", "x"), []byte("x"))
	link := mkdir(t, filepath.Join(dir, "link"))
	xattr(t, link, "ntfs_reparse_data", junction(`\??\C:\target`))
	xattr(t, long, "ntfs_attrib_be", []byte{0, 0, 0, 0x27})
	unmount()
	v, _ := openPath(t, path)
	entries, err := v.ReadDir(".")
	if got := strings.Join(names(entries), "|"); err != nil || got != "A long file name.txt|link|target" {
		t.Errorf("root = %s, %v", got, err)
	}
	for _, name := range []string{"a LONG file name.TXT", "alongf~1.txt"} {
		if b, err := fs.ReadFile(v, name); err != nil || string(b) != "long" {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	if b, err := fs.ReadFile(v, "LINK/X"); err != nil || string(b) != "x" {
		t.Errorf("through the junction: %q, %v", b, err)
	}
	i, err := v.Stat("a long file name.txt")
	if err != nil || i.Sys().(*Stat).Attributes != 0x27 {
		t.Errorf("attributes: %+v, %v", i, err)
	}
	if s, err := v.Streams("a long file name.txt"); err != nil || len(s) != 1 || s[0] != (Stream{"stream", 6}) {
		t.Errorf("streams = %v, %v", s, err)
	}
}

// Opening by path must cost a few blocks, however full the folder is.
func TestPathsCostLittle(t *testing.T) {
	path := makeVolume(t, 128)
	dir, unmount := testkit.MountNTFS(t, path, "rw")
	many := mkdir(t, filepath.Join(dir, "Windows", "WinSxS"))
	for i := range 20000 {
		write(t, filepath.Join(many, fmt.Sprintf("amd64_microsoft-windows-component_31bf3856ad364e35_%s", hex.EncodeToString(testkit.Noise(uint64(i), 8)))), nil)
	}
	entries, err := os.ReadDir(many)
	if err != nil {
		t.Fatal(err)
	}
	unmount()
	v, c := openPath(t, path)
	opened := c.Bytes
	for i := range 60 {
		name := "windows/winsxs/" + strings.ToUpper(entries[i*317%len(entries)].Name())
		f, err := v.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	if got := (c.Bytes - opened) / 60; got > 64<<10 {
		t.Errorf("%d bytes read for one path", got)
	}
	before := c.Bytes
	list, err := v.ReadDir("Windows/WinSxS")
	if err != nil || len(list) != 20000 {
		t.Fatalf("%d entries, %v", len(list), err)
	}
	t.Logf("open: %d bytes; a path: %d bytes; listing 20,000 names: %d bytes", opened, (before-opened)/60, c.Bytes-before)
	if got := c.Bytes - before; got > 16<<20 {
		t.Errorf("%d bytes read to list", got)
	}
}
