package disk

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"updoc/disk/fat"
	"updoc/disk/ntfs"
	"updoc/disk/table"
	"updoc/testkit"
)

func open(t *testing.T, path string) *Disk {
	t.Helper()
	d, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

const mib = 1 << 20

// build makes a small Windows disk: ESP, Windows, recovery.
func build(t *testing.T, sector int) string {
	t.Helper()
	id := func(n byte) table.GUID { return table.GUID{n} }
	parts := []table.Partition{
		{TypeGUID: table.TypeESP, GUID: id(1), Name: "EFI system partition", Start: mib, Size: 16 * mib},
		{TypeGUID: table.TypeMSR, GUID: id(2), Start: 17 * mib, Size: mib},
		{TypeGUID: table.TypeBasicData, GUID: id(3), Name: "Basic data partition", Start: 18 * mib, Size: 30 * mib},
		{TypeGUID: table.TypeRecovery, GUID: id(4), Attributes: 1<<63 | 1, Start: 50 * mib, Size: 12 * mib},
	}
	path := testkit.EmptyDisk(t, 64*mib)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := table.WriteGPT(f, 64*mib, sector, id(9), parts); err != nil {
		t.Fatal(err)
	}
	size := fmt.Sprint(sector)
	fill(t, f, parts[0], "mkfs.fat", "-S", size, "-n", "ESP")
	fill(t, f, parts[2], "mkntfs", "-F", "-q", "-s", size, "-L", "Windows")
	fill(t, f, parts[3], "mkntfs", "-F", "-q", "-s", size, "-L", "Recovery")
	return path
}

// fill formats a partition in a file of its own and copies it to its place.
func fill(t *testing.T, f *os.File, p table.Partition, tool string, args ...string) {
	t.Helper()
	part := testkit.EmptyDisk(t, int64(p.Size))
	testkit.Run(t, tool, append(args, part)...)
	if _, err := f.WriteAt(testkit.ReadFile(t, part), int64(p.Start)); err != nil {
		t.Fatal(err)
	}
}

// What every form of the built disk must show.
func wantBuilt(t *testing.T, d *Disk, sector int) {
	t.Helper()
	tab := d.Table()
	if tab.Kind != table.GPT || d.SectorSize() != sector || len(tab.Partitions) != 4 || len(tab.Problems) != 0 {
		t.Fatalf("table = %+v", tab)
	}
	var kinds []string
	for _, p := range tab.Partitions {
		kinds = append(kinds, Probe(d.Section(p.Start, p.Size), int64(p.Size)).Kind)
	}
	esp := "fat16"
	if sector == 4096 {
		esp = "fat12"
	}
	if want := []string{esp, "empty", "ntfs", "ntfs"}; !slices.Equal(kinds, want) {
		t.Errorf("kinds = %v, want %v", kinds, want)
	}
	for i, label := range map[int]string{2: "Windows", 3: "Recovery"} {
		p := tab.Partitions[i]
		v, err := ntfs.Open(d.Section(p.Start, p.Size), int64(p.Size))
		if err != nil || v.Label() != label {
			t.Errorf("partition %d: %v", i+1, err)
		}
	}
	p := tab.Partitions[0]
	if v, err := fat.Open(d.Section(p.Start, p.Size), int64(p.Size)); err != nil || v.Label() != "ESP" {
		t.Errorf("ESP: %v", err)
	}
	if len(d.Problems()) != 0 || d.BytesRead() == 0 {
		t.Errorf("problems = %v, %d bytes read", d.Problems(), d.BytesRead())
	}
}

func TestWholeDiskInEveryForm(t *testing.T) {
	for _, sector := range []int{512, 4096} {
		raw := build(t, sector)
		before := testkit.DiskHash(t, raw)
		wantBuilt(t, open(t, raw), sector)
		if testkit.DiskHash(t, raw) != before {
			t.Error("reading changed the disk")
		}
		for name, args := range map[string][]string{
			"qcow2": {"-c", "-O", "qcow2"},
			"vhd":   {"-O", "vpc", "-o", "subformat=dynamic,force_size=on"},
		} {
			if name == "vhd" && sector == 4096 {
				continue // the format knows sectors of 512 bytes alone
			}
			out := filepath.Join(t.TempDir(), "disk."+name)
			testkit.Run(t, "qemu-img", append(append([]string{"convert", "-f", "raw"}, args...), raw, out)...)
			d := open(t, out)
			wantBuilt(t, d, sector)
			if d.Format() != name {
				t.Errorf("format %s, want %s", d.Format(), name)
			}
		}
		wantBuilt(t, open(t, zip(t, raw)), sector)
	}
}

func zip(t *testing.T, path string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(testkit.ReadFile(t, path)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".gz", out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path + ".gz"
}

// failing is an image with a stretch that gives an I/O error.
type failing struct {
	b        []byte
	from, to int64
}

var errIO = errors.New("input/output error")

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off < f.to && off+int64(len(p)) > f.from {
		return 0, errIO
	}
	if off >= int64(len(f.b)) {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p, f.b[off:])
	if n < len(p) {
		return n, io.ErrUnexpectedEOF
	}
	return n, nil
}
func (f failing) Close() error        { return nil }
func (f failing) Size() int64         { return int64(len(f.b)) }
func (f failing) SectorSize() int     { return 0 }
func (f failing) Format() string      { return "raw" }
func (f failing) Problems() []Problem { return nil }

func hasCode(problems []Problem, code string) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Code == code })
}

func TestErrorInTheMiddleIsReturnedAndNamed(t *testing.T) {
	b := testkit.ReadFile(t, build(t, 512))
	d := New(failing{b, 512, 1024}) // the primary GPT header
	if tab := d.Table(); !tab.FromBackup || len(tab.Partitions) != 4 || !hasCode(tab.Problems, table.CodePrimaryDamaged) {
		t.Errorf("table = %+v", tab)
	}
	if !hasCode(d.Problems(), "read-error") {
		t.Errorf("problems %v", d.Problems())
	}
	d = New(failing{b, 18 * mib, 18*mib + 512}) // the boot sector of Windows
	p := d.Table().Partitions[2]
	if _, err := d.ReadAt(make([]byte, 512), int64(p.Start)); !errors.Is(err, errIO) {
		t.Errorf("err = %v", err)
	}
	if fsKind := Probe(d.Section(p.Start, p.Size), int64(p.Size)); fsKind.Kind != "ntfs" || !fsKind.FromBackup || !errors.Is(fsKind.Err, errIO) {
		t.Errorf("probe = %+v", fsKind)
	}
	v, err := ntfs.Open(d.Section(p.Start, p.Size), int64(p.Size))
	if err != nil || v.Label() != "Windows" || len(v.Problems()) == 0 {
		t.Errorf("%v", err)
	}
}

func TestTruncatedImage(t *testing.T) {
	path := build(t, 512)
	if err := os.Truncate(path, 40*mib); err != nil {
		t.Fatal(err)
	}
	d := open(t, path)
	tab := d.Table()
	if !hasCode(tab.Problems, table.CodeBackupDamaged) || !hasCode(tab.Problems, table.CodeOutOfRange) {
		t.Errorf("problems = %v", tab.Problems)
	}
	p := tab.Partitions[2]
	s := d.Section(p.Start, p.Size)
	if n, err := s.ReadAt(make([]byte, mib), 22*mib-512); n != 512 || err != io.ErrUnexpectedEOF {
		t.Errorf("across the end: %d, %v", n, err)
	}
	if _, err := s.ReadAt(make([]byte, 1), 22*mib); err != io.ErrUnexpectedEOF {
		t.Errorf("past the end: %v", err)
	}
	if !hasCode(d.Problems(), "read-past-end") || hasCode(d.Problems(), "read-error") {
		t.Errorf("problems = %v", d.Problems())
	}
	if v, err := ntfs.Open(s, int64(p.Size)); err != nil || v.Label() != "Windows" {
		t.Errorf("what is there must be readable: %v", err)
	}
}

func TestOpenErrorsAreTyped(t *testing.T) {
	file := func(b string) string { return testkit.WriteFile(t, "x", []byte(b)) }
	ctx := context.Background()
	if _, err := Open(ctx, file(""), Options{}); !errors.Is(err, ErrNotDisk) {
		t.Errorf("empty: %v", err)
	}
	var u *UnsupportedError
	if _, err := Open(ctx, file("vhdxfile"+strings.Repeat("\x00", 1000)), Options{}); !errors.As(err, &u) || !strings.Contains(u.Hint, "qemu-img convert") {
		t.Errorf("vhdx: %v", err)
	}
	if _, err := Open(ctx, filepath.Join(t.TempDir(), "none"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

func TestProbe(t *testing.T) {
	at := func(off int, s string) []byte {
		b := make([]byte, 128<<10)
		b[510], b[511] = 0x55, 0xaa
		copy(b[off:], s)
		return b
	}
	toGo := at(3, "MSWIN4.1")
	copy(toGo[424:], "\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01")
	for _, tt := range []struct {
		want string
		b    []byte
	}{
		{"ntfs", at(3, "NTFS    ")},
		{"bitlocker", at(3, "-FVE-FS-")},
		{"bitlocker", toGo},
		{"exfat", at(3, "EXFAT   ")},
		{"refs", at(3, "ReFS\x00\x00\x00\x00")},
		{"ext", at(1024+56, "\x53\xef")},
		{"unknown", at(0, "")},
		{"unknown", at(3, "MSWIN4.1")},
		{"empty", make([]byte, 128<<10)},
		{"empty", nil},
	} {
		if got := Probe(bytes.NewReader(tt.b), int64(len(tt.b))); got.Kind != tt.want || got.FromBackup {
			t.Errorf("%+v, want %s", got, tt.want)
		}
	}
}

// Any bytes as a disk, from the container to the files.
func FuzzProbe(f *testing.F) {
	f.Add(append([]byte("\xeb\x3c\x90NTFS    "), make([]byte, 1024)...))
	f.Fuzz(func(_ *testing.T, b []byte) {
		Probe(bytes.NewReader(b), int64(len(b)))
	})
}
