package ntfsgrow

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"updoc/disk"
	"updoc/testkit"
)

// populate fills a mounted volume with all the ways NTFS has to keep a file.
func populate(t testing.TB, dir string, compress bool) {
	t.Helper()
	many := mkdir(t, filepath.Join(dir, "many"))
	for i := range 900 {
		write(t, filepath.Join(many, fmt.Sprintf("file with a rather long name %05d.dat", i*7919%100003)), testkit.Noise(uint64(i), i%9*600))
	}
	for i := 0; i < 900; i += 3 {
		if err := os.Remove(filepath.Join(many, fmt.Sprintf("file with a rather long name %05d.dat", i*7919%100003))); err != nil {
			t.Fatal(err)
		}
	}
	fragments(t, 60, filepath.Join(dir, "fragment 1"), filepath.Join(dir, "fragment 2"))
	for i := range 12 { // so many names that they need a list of attributes
		name := fmt.Sprintf("%0100d", i)
		if err := os.Link(filepath.Join(dir, "fragment 1"), filepath.Join(many, name)); err != nil {
			t.Fatal(err)
		}
	}
	holes(t, filepath.Join(dir, "sparse"))
	write(t, filepath.Join(dir, "empty"), nil)
	write(t, filepath.Join(dir, "日本語.txt"), testkit.Noise(1, 100000))
	write(t, filepath.Join(dir, "日本語.txt:stream"), testkit.Noise(2, 70000))
	write(t, filepath.Join(dir, "日本語.txt:short"), []byte("short"))
	setxattr(t, filepath.Join(dir, "日本語.txt"), "ntfs_attrib_be", []byte{0, 0, 0, 6})
	if err := os.Link(filepath.Join(dir, "日本語.txt"), filepath.Join(many, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("many", filepath.Join(dir, "symbolic")); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		path := filepath.Join(dir, fmt.Sprint("guarded ", i))
		write(t, path, testkit.Noise(uint64(i), 3000))
		setxattr(t, path, "ntfs_acl", descriptor(uint32(i)))
	}
	if compress {
		packed := mkdir(t, filepath.Join(dir, "packed"))
		setxattr(t, packed, "ntfs_attrib_be", []byte{0, 0, 8, 0})
		write(t, filepath.Join(packed, "text"), bytes.Repeat([]byte("all work and no play\r\n"), 20000))
		write(t, filepath.Join(packed, "mixed"), append(append(make([]byte, 150000), testkit.Noise(6, 70000)...), bytes.Repeat([]byte("ab"), 40000)...))
	}
}

// descriptor allows a mask to SYSTEM.
func descriptor(mask uint32) []byte {
	b := []byte{1, 0, 4, 0x80, 20, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0,
		1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0,
		1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0,
		2, 0, 28, 0, 1, 0, 0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0}
	le.PutUint32(b[60:], 0x1f0000|mask)
	return b
}

func holes(t testing.TB, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, at := range []int64{300000, 1 << 20, 5<<20 + 17} {
		if _, err := f.WriteAt([]byte("island"), at); err != nil {
			t.Fatal(err)
		}
	}
}

// fragments writes files in turns, so many pieces of each.
func fragments(t testing.TB, pieces int, paths ...string) {
	t.Helper()
	for i := range pieces {
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

type step struct{ front, end int64 }

// wantGrown grows a volume and compares it with before; it returns the grown volume's path and its disk.
func wantGrown(t *testing.T, path string, s step, sector int) (string, *patient) {
	t.Helper()
	before, free := content(t, path)
	d, old := longer(t, path, s.front, s.end)
	if err := Grow(d, old, d.only, sector); err != nil {
		t.Fatalf("%+v: %v", s, err)
	}
	wantClean(t, d.f.Name())
	after, freeAfter := content(t, d.f.Name())
	if !maps.Equal(before, after) || len(after) < 3 {
		t.Errorf("%+v: %d files before, %d after, or they differ", s, len(before), len(after))
	}
	// The bitmap may need some of the new room, and a volume's last cluster is not always whole.
	more := freeAfter - free
	if room := s.front + s.end; more > room+65536 || more < room-room/8/512-2*65536 {
		t.Errorf("%+v: %d bytes more are free", s, more)
	}
	return d.f.Name(), d
}

// wantUsable fills all room with a file, reads it back, and takes it away again.
func wantUsable(t *testing.T, path string) {
	t.Helper()
	dir, unmount := mount(t, path, "rw")
	name := filepath.Join(dir, "filler")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	chunk, n := testkit.Noise(4, 4*mib), int64(0)
	for err == nil {
		var got int
		got, err = f.Write(chunk[n%int64(len(chunk)):])
		n += int64(got)
	}
	f.Close()
	var st syscall.Statfs_t
	syscall.Statfs(dir, &st)
	if !errors.Is(err, syscall.ENOSPC) || int64(st.Bfree)*st.Bsize > mib {
		t.Errorf("after %d bytes: %v, %d clusters free", n, err, st.Bfree)
	}
	unmount() // ntfsresize calls a full volume an error: it is asked when there is room again
	dir, unmount = mount(t, path, "rw")
	wantRepeated(t, filepath.Join(dir, "filler"), chunk, n)
	if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
		t.Fatal(err)
	}
	unmount()
	wantClean(t, path)
}

func wantRepeated(t *testing.T, path string, chunk []byte, n int64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, len(chunk))
	for left := n; left > 0; left -= int64(len(b)) {
		b = b[:min(left, int64(len(b)))]
		if _, err := io.ReadFull(f, b); err != nil || !bytes.Equal(b, chunk[:len(b)]) {
			t.Fatalf("%d bytes before the end: %v", left, err)
		}
	}
}

func TestGrowAgainstTools(t *testing.T) {
	for _, tt := range []struct {
		name     string
		size     int64
		sector   int
		args     []string
		compress bool
		steps    []step
	}{
		{"clusters of 512", 48 * mib, 512, []string{"-c", "512"}, true, []step{{4096, 0}, {512, 512}, {97 * mib, mib}}},
		{"clusters of 1024", 64 * mib, 512, []string{"-c", "1024"}, true, []step{{mib, 0}, {512 * mib, 0}}},
		{"clusters of 4096", 64 * mib, 512, []string{"-c", "4096", "-L", "回復"}, true, []step{{mib, 0}, {97 * mib, 0}, {0, 97 * mib}, {33 * mib, 17 * mib}, {4096, 512}}},
		{"clusters of 64 KiB", 192 * mib, 512, []string{"-c", "65536"}, false, []step{{mib, 0}, {97 * mib, 1536}}},
		{"sectors of 4096", 64 * mib, 4096, []string{"-s", "4096", "-c", "4096"}, true, []step{{97 * mib, 0}, {0, 97 * mib}, {mib, mib}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := makeVolume(t, tt.size, tt.args...)
			dir, unmount := mount(t, path, "rw,compression")
			populate(t, dir, tt.compress)
			unmount()
			for _, s := range tt.steps {
				path, _ = wantGrown(t, path, s, tt.sector)
			}
			if st, _ := os.Stat(path); st.Size() < 512*mib { // the sparse ones need not become real
				wantUsable(t, path)
			}
		})
	}
}

// Run lists that fill whole records: they move as long as no number needs a byte more. Once one does, the volume is
// refused untouched, or grown if there was a byte left by chance.
func TestGrowFullRecords(t *testing.T) {
	path := makeVolume(t, 64*mib, "-c", "4096")
	dir, unmount := mount(t, path, "rw")
	fragments(t, 500, filepath.Join(dir, "fragment 1"), filepath.Join(dir, "fragment 2"))
	unmount()
	if out := testkit.Run(t, "ntfsinfo", "-v", "-F", "/fragment 1", path); !strings.Contains(out, "$ATTRIBUTE_LIST") {
		t.Fatal("the run list fits one record")
	}
	for _, s := range []step{{mib, 0}, {45 * mib, 0}} { // all cluster numbers stay below 32768
		path, _ = wantGrown(t, path, s, 512)
	}
	d, old := longer(t, path, 512*mib, 0)
	switch err := Grow(d, old, d.only, 512); {
	case err == nil:
		wantClean(t, d.f.Name())
	case !errors.Is(err, ErrNoRoom) || len(d.wrote) > 0:
		t.Errorf("%v, %d writes", err, len(d.wrote))
	}
}

// A file table in pieces: it grew while all other room was taken.
func TestGrowFragmentedTable(t *testing.T) {
	path := makeVolume(t, 24*mib, "-c", "1024")
	root, unmount := mount(t, path, "rw")
	dir := mkdir(t, filepath.Join(root, "folder"))
	for i := range 300 {
		write(t, filepath.Join(dir, fmt.Sprint("gap ", i)), testkit.Noise(uint64(i), 8192))
	}
	if err := os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 24*mib), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal("the volume is not full: ", err)
	}
	for i := 0; i < 300; i += 3 {
		if err := os.Remove(filepath.Join(dir, fmt.Sprint("gap ", i))); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 500 {
		write(t, filepath.Join(dir, fmt.Sprintf("new %d", i)), []byte("resident"))
	}
	if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
		t.Fatal(err)
	}
	unmount()
	if runs := runsOf(t, path, "/$MFT", 1024); len(runs) < 4 { // $BITMAP has some too
		t.Fatalf("the file table lies in %v", runs)
	}
	for _, s := range []step{{mib, 0}, {97 * mib, mib}} {
		path, _ = wantGrown(t, path, s, 512)
	}
	wantUsable(t, path)
}

// Small volumes of odd sizes, and every bit position of the moved bitmap.
func TestGrowOddSizes(t *testing.T) {
	for i, args := range [][]string{{"-c", "512"}, {"-c", "1024"}, {"-c", "4096"}, {"-c", "65536"}, {"-s", "4096", "-c", "4096"}} {
		sector, cluster := 512, int64(65536)
		if i == 4 {
			sector = 4096
		}
		path := makeVolume(t, 20_000_000/4096*4096, args...)
		dir, unmount := mount(t, path, "rw")
		for n := range 30 {
			write(t, filepath.Join(dir, fmt.Sprint(n)), testkit.Noise(uint64(n), n*5000))
		}
		unmount()
		for n := range int64(4) {
			path, _ = wantGrown(t, path, step{(n*5 + 1) * cluster, n * 3 * int64(sector)}, sector)
		}
	}
}

// A recovery partition as Windows has it: little is written, and nothing into the image.
func TestGrowWritesLittle(t *testing.T) {
	tree := t.TempDir()
	re := mkdir(t, filepath.Join(tree, "Recovery", "WindowsRE"))
	write(t, filepath.Join(re, "Winre.wim"), testkit.Noise(8, 500*mib))
	write(t, filepath.Join(re, "ReAgent.xml"), testkit.Noise(9, 1100))
	write(t, filepath.Join(re, "boot.sdi"), testkit.Noise(10, 3*mib))
	wim := filepath.Join(t.TempDir(), "re.wim")
	testkit.Run(t, "wimlib-imagex", "capture", "--compress=none", tree, wim)
	path := makeVolume(t, 600*mib, "-L", "Windows RE tools")
	testkit.Run(t, "wimlib-imagex", "apply", wim, "1", path)
	if err := os.Remove(wim); err != nil {
		t.Fatal(err)
	}
	path, d := wantGrown(t, path, step{97 * mib, 0}, 512)
	if n := d.written(); n > 2*mib || n < 8192 { // the journal of this volume was empty
		t.Errorf("%d bytes written", n)
	}
	for _, r := range runsOf(t, path, "/Recovery/WindowsRE/Winre.wim", 4096) {
		for _, w := range d.wrote {
			if w.Start-diskStart < r.End() && r.Start < w.End()-diskStart {
				t.Fatalf("%+v lies in the image's %+v", w, r)
			}
		}
	}
	wantUsable(t, path)
}

// ntfsresize leaves a smaller volume without a spare boot sector.
func TestWriteBackupBootAfterNtfsresize(t *testing.T) {
	for _, sector := range []int{512, 4096} {
		path := makeVolume(t, 64*mib, "-c", "4096", "-s", fmt.Sprint(sector))
		cmd := testkit.Command(t, "ntfsresize", "-f", "-s", fmt.Sprint(40*mib), path)
		cmd.Stdin = bytes.NewReader([]byte("y\n"))
		testkit.Combined(t, cmd)
		if err := os.Truncate(path, 40*mib); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		d := &patient{f: f, only: Range{diskStart, 40 * mib}}
		if err := WriteBackupBoot(d, d.only, sector); err != nil || d.written() != int64(sector) {
			t.Fatalf("%v, %d bytes", err, d.written())
		}
		testkit.Run(t, "ntfsinfo", "-f", "-m", path)
		if got := disk.Probe(f, 40*mib); got.Kind != "ntfs" || got.FromBackup {
			t.Errorf("with both: %+v", got)
		}
		if _, err := f.WriteAt(make([]byte, 8192), 0); err != nil {
			t.Fatal(err)
		}
		if got := disk.Probe(f, 40*mib); got.Kind != "ntfs" || !got.FromBackup {
			t.Errorf("without the first: %+v", got)
		}
		if err := WriteBackupBoot(d, d.only, sector); err == nil {
			t.Error("a boot sector of zeros was copied")
		}
	}
}

// unpacked is a sample volume that Windows made, as a file of its own.
func unpacked(t *testing.T, name string, at, size int64) string {
	t.Helper()
	f, err := os.Open(testkit.Sample(t, "disk/raw_gz/"+name+".raw.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, z, at); err != nil {
		t.Fatal(err)
	}
	path := testkit.EmptyDisk(t, 0)
	out, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := io.CopyN(out, z, size); err != nil {
		t.Fatal(err)
	}
	return path
}

// Volumes that Windows itself made, with journals that are clean but not empty.
func TestGrowVolumesOfWindows(t *testing.T) {
	for _, tt := range []struct {
		name     string
		at, size int64
	}{
		{"velociraptor__partition_image", 0, 8 * mib},
		{"velo.vhdx", 128 * 512, 6144 * 512},
	} {
		path := unpacked(t, tt.name, tt.at, tt.size)
		for _, s := range []step{{mib, 0}, {97 * mib, mib}} {
			path, _ = wantGrown(t, path, s, 512)
		}
		wantUsable(t, path)
	}
}

// Real shadow copies; without their catalogue they are files like others.
func TestGrowShadowCopiesOfWindows(t *testing.T) {
	d, old := longer(t, unpacked(t, "plaso__vsstest.qcow2", 0, 1<<30), mib, 0)
	if err := Grow(d, old, d.only, 512); !errors.Is(err, ErrSnapshots) || len(d.wrote) > 0 {
		t.Errorf("%v, %d writes", err, len(d.wrote))
	}
	if _, err := d.f.WriteAt(make([]byte, 8), mib+vssHeader+48); err != nil {
		t.Fatal(err)
	}
	if err := Grow(d, old, d.only, 512); err != nil {
		t.Fatal(err)
	}
	wantClean(t, d.f.Name())
}
