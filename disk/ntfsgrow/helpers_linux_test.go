package ntfsgrow

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
	"syscall"
	"testing"

	"updoc/disk/ntfs"
	"updoc/testkit"
)

const mib = 1 << 20

// diskStart is where the grown volumes of the tests begin on their disk.
const diskStart = 10 * mib

// patient is a disk of which only one stretch may be read or written; it remembers the writes.
type patient struct {
	f     *os.File
	only  Range
	wrote []Range
}

func (d *patient) inside(p []byte, off int64) error {
	if off < d.only.Start || off+int64(len(p)) > d.only.End() {
		return fmt.Errorf("%d bytes at %d are outside the volume", len(p), off)
	}
	return nil
}

func (d *patient) ReadAt(p []byte, off int64) (int, error) {
	if err := d.inside(p, off); err != nil {
		return 0, err
	}
	return d.f.ReadAt(p, off-d.only.Start)
}

func (d *patient) WriteAt(p []byte, off int64) (int, error) {
	if err := d.inside(p, off); err != nil {
		return 0, err
	}
	d.wrote = append(d.wrote, Range{off, int64(len(p))})
	return d.f.WriteAt(p, off-d.only.Start)
}

// written counts the bytes.
func (d *patient) written() (n int64) {
	for _, r := range d.wrote {
		n += r.Size
	}
	return n
}

// makeVolume formats a file of so many bytes.
func makeVolume(t testing.TB, size int64, args ...string) string {
	t.Helper()
	path := testkit.EmptyDisk(t, size)
	testkit.Run(t, "mkntfs", append(append([]string{"-F", "-q", "-p", "0", "-H", "255", "-S", "63"}, args...), path)...)
	return path
}

// mount mounts a volume with ntfs-3g, streams as names with a colon; the returned function
// unmounts it.
func mount(t testing.TB, path, options string) (string, func()) {
	t.Helper()
	return testkit.MountNTFS(t, path, options+",streams_interface=windows")
}

// longer lays a volume into a longer file, with rubbish in the new room, and gives the disk and the old
// range on it. The volume's own file goes.
func longer(t testing.TB, path string, front, end int64) (*patient, Range) {
	t.Helper()
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	grown := testkit.EmptyDisk(t, front+st.Size()+end)
	testkit.Run(t, "dd", "if="+path, "of="+grown, "bs=1M", "conv=sparse,notrunc", "oflag=seek_bytes", fmt.Sprint("seek=", front), "status=none")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(grown, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	rubbish(t, f, 0, front)
	rubbish(t, f, front+st.Size(), end)
	d := &patient{f: f, only: Range{diskStart, front + st.Size() + end}}
	return d, Range{diskStart + front, st.Size()}
}

// rubbish fills both ends of the new room.
func rubbish(t testing.TB, f *os.File, at, size int64) {
	t.Helper()
	n := min(size, 300000)
	for _, off := range []int64{at, at + size - n} {
		if _, err := f.WriteAt(testkit.Noise(uint64(off), int(n)), off); err != nil {
			t.Fatal(err)
		}
	}
}

// content is what must not change, by path: every file's content, streams, attributes and descriptors as
// ntfs-3g sees them; and how many bytes are free.
func content(t testing.TB, path string) (map[string]string, int64) {
	t.Helper()
	dir, unmount := mount(t, path, "ro,compression")
	defer unmount()
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			out[strings.TrimPrefix(path, dir)], err = describe(path, d)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, int64(st.Bfree) * st.Bsize
}

func describe(path string, d fs.DirEntry) (string, error) {
	i, err := d.Info()
	if err != nil {
		return "", err
	}
	text := fmt.Sprint(i.Size(), i.Mode(), i.ModTime().UTC())
	for _, name := range []string{"ntfs_attrib", "ntfs_acl", "ntfs_times", "ntfs_reparse_data", "ntfs_object_id", "ntfs_dos_name", "ntfs_efsinfo"} {
		text += fmt.Sprintf(" %s %x", name, getxattr(path, "system."+name))
	}
	if i.Mode().IsRegular() {
		sum, err := hash(path)
		if err != nil {
			return "", err
		}
		text += " " + sum
	}
	for _, stream := range strings.Split(string(getxattr(path, "ntfs.streams.list")), "\x00") {
		if stream == "" {
			continue
		}
		sum, err := hash(path + ":" + stream)
		if err != nil {
			return "", err
		}
		text += " " + stream + " " + sum
	}
	return text, nil
}

func getxattr(path, name string) []byte {
	b := make([]byte, 64<<10)
	n, err := syscall.Getxattr(path, name, b)
	if err != nil {
		return nil
	}
	return b[:n]
}

func hash(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return fmt.Sprintf("%x", h.Sum(nil)), err
}

// wantClean asks every tool there is. chkdsk does not exist here: nobody has asked it.
func wantClean(t testing.TB, path string) {
	t.Helper()
	out := testkit.Run(t, "ntfsresize", "-i", "-f", path)
	if strings.Contains(out, "ERROR") || !strings.Contains(out, "Checking filesystem consistency") {
		t.Errorf("ntfsresize -i: %s", out)
	}
	if out := testkit.Run(t, "ntfsfix", "-n", path); !strings.Contains(out, "processed successfully") || strings.Contains(out, "FAILED") {
		t.Errorf("ntfsfix -n: %s", out)
	}
	sizes := regexp.MustCompile(`(Allocated|Data) Size:.*|Attribute (Allocated|Data) Size: \d+|Filename:.*`)
	record := testkit.Run(t, "ntfsinfo", "-m", path)
	index := testkit.Run(t, "ntfsinfo", "-v", "-F", "/", path)
	wantSizes(t, record, sizes.FindAllString(index, -1))
	wantReadable(t, path)
}

// wantSizes compares what the root folder says of $Bitmap's sizes with the file record.
func wantSizes(t testing.TB, volume string, index []string) {
	t.Helper()
	i := slices.IndexFunc(index, func(s string) bool { return strings.Contains(s, "'$Bitmap'") })
	if i < 2 {
		t.Errorf("ntfsinfo finds no $Bitmap in %q", index)
		return
	}
	for j, name := range []string{"Allocated", "Data"} {
		want := regexp.MustCompile("Attribute " + name + ` Size: (\d+)`).FindStringSubmatch(volume)
		if want == nil || !strings.Contains(index[i-2+j], name) || !strings.Contains(index[i-2+j], "\t "+want[1]+" (") {
			t.Errorf("the root folder has %q, the file record %v", index[i-2:i], want)
		}
	}
}

// wantReadable reads the whole volume with our own reader.
func wantReadable(t testing.TB, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, _ := f.Stat()
	v, err := ntfs.Open(f, st.Size())
	if err != nil {
		t.Fatal(err)
	}
	if size := (v.Geometry().Sectors + 1) * int64(v.SectorSize()); size != st.Size() || v.Dirty() || v.LogFileState() != ntfs.LogClean {
		t.Errorf("%d bytes of %d, dirty %v, journal %+v", size, st.Size(), v.Dirty(), v.LogFile())
	}
	err = fs.WalkDir(v, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		_, err = fs.ReadFile(v, path)
		if errors.Is(err, ntfs.ErrReparse) {
			return nil
		}
		return err
	})
	if err != nil || len(v.Problems()) > 0 {
		t.Errorf("our reader: %v, problems %v", err, v.Problems())
	}
	first, last := make([]byte, v.SectorSize()), make([]byte, v.SectorSize())
	f.ReadAt(first, 0)
	f.ReadAt(last, st.Size()-int64(len(last)))
	if !bytes.Equal(first, last) {
		t.Error("the last sector is not the first one's copy")
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

func setxattr(t testing.TB, path, name string, value []byte) {
	t.Helper()
	if err := syscall.Setxattr(path, "system."+name, value, 0); err != nil {
		t.Fatalf("%s of %s: %v", name, path, err)
	}
}

// runsOf asks ntfsinfo where a file lies, as ranges of the volume's file.
func runsOf(t testing.TB, path, file string, cluster int64) []Range {
	t.Helper()
	var out []Range
	for line := range strings.Lines(testkit.Run(t, "ntfsinfo", "-v", "-F", file, path)) {
		f := strings.Fields(line)
		if len(f) != 3 || !strings.HasPrefix(f[0], "0x") || !strings.HasPrefix(f[1], "0x") {
			continue
		}
		lcn, err := strconv.ParseInt(f[1], 0, 64)
		n, err2 := strconv.ParseInt(f[2], 0, 64)
		if err == nil && err2 == nil {
			out = append(out, Range{lcn * cluster, n * cluster})
		}
	}
	if len(out) == 0 {
		t.Fatal("ntfsinfo tells no runs of ", file)
	}
	return out
}
