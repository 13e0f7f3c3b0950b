package container

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"updoc/disk/damage"
	"updoc/testkit"
)

type problem = damage.Problem

// Every form qemu-img can write of one disk must read the same.
func TestFormsOfQemuImg(t *testing.T) {
	want := content()
	raw := testkit.WriteFile(t, "disk.raw", want)
	for _, tt := range []struct {
		name, format string
		args         []string
	}{
		{"vhd fixed", VHD, []string{"-O", "vpc", "-o", "subformat=fixed"}},
		{"vhd fixed exact", VHD, []string{"-O", "vpc", "-o", "subformat=fixed,force_size=on"}},
		{"vhd dynamic", VHD, []string{"-O", "vpc", "-o", "subformat=dynamic"}},
		{"vhd dynamic exact", VHD, []string{"-O", "vpc", "-o", "subformat=dynamic,force_size=on"}},
		{"vhdx fixed", VHDX, []string{"-O", "vhdx", "-o", "subformat=fixed"}},
		{"vhdx dynamic", VHDX, []string{"-O", "vhdx", "-o", "subformat=dynamic"}},
		{"vhdx blocks of 1 MiB", VHDX, []string{"-O", "vhdx", "-o", "subformat=dynamic,block_size=1M"}},
		{"qcow2 v2", QCOW2, []string{"-O", "qcow2", "-o", "compat=0.10"}},
		{"qcow2 v3", QCOW2, []string{"-O", "qcow2"}},
		{"qcow2 small clusters", QCOW2, []string{"-O", "qcow2", "-o", "cluster_size=512"}},
		{"qcow2 large clusters", QCOW2, []string{"-O", "qcow2", "-o", "cluster_size=2M"}},
		{"qcow2 lazy refcounts", QCOW2, []string{"-O", "qcow2", "-o", "lazy_refcounts=on"}},
		{"qcow2 preallocated", QCOW2, []string{"-O", "qcow2", "-o", "preallocation=metadata"}},
		{"qcow2 deflate", QCOW2, []string{"-c", "-O", "qcow2"}},
		{"qcow2 deflate, small clusters", QCOW2, []string{"-c", "-O", "qcow2", "-o", "cluster_size=4k"}},
		{"qcow2 zstd", QCOW2, []string{"-c", "-O", "qcow2", "-o", "compression_type=zstd"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "disk.img")
			testkit.Run(t, "qemu-img", append(append([]string{"convert", "-f", "raw"}, tt.args...), raw, out)...)
			before := testkit.DiskHash(t, out)
			img := open(t, out)
			if img.Format() != tt.format {
				t.Errorf("format %s, want %s", img.Format(), tt.format)
			}
			wantContent(t, img, want)
			if testkit.DiskHash(t, out) != before {
				t.Error("reading changed the file")
			}
		})
	}
}

func TestOpenedReadOnly(t *testing.T) {
	path := testkit.WriteFile(t, "disk.raw", content())
	f := open(t, path).(*rawImage).f.(*os.File)
	if _, err := f.WriteAt([]byte("x"), 0); err == nil {
		t.Error("the file is open for writing")
	}
}

func TestSnapshotsAreIgnored(t *testing.T) {
	want := content()
	out := filepath.Join(t.TempDir(), "disk.qcow2")
	testkit.Run(t, "qemu-img", "convert", "-f", "raw", "-O", "qcow2", testkit.WriteFile(t, "disk.raw", want), out)
	testkit.Run(t, "qemu-img", "snapshot", "-c", "before", out)
	testkit.Run(t, "qemu-io", "-f", "qcow2", "-c", "write -P 0x41 0 65536", out)
	copy(want, bytes.Repeat([]byte{0x41}, 65536))
	wantContent(t, open(t, out), want)
}

func TestRaw(t *testing.T) {
	img := open(t, testkit.WriteFile(t, "disk.raw", content()))
	wantContent(t, img, content())
	if img.Format() != Raw || img.Size() != int64(len(content())) {
		t.Errorf("%s of %d bytes", img.Format(), img.Size())
	}
	if n, err := img.ReadAt(make([]byte, 1024), img.Size()-512); n != 512 || err != io.ErrUnexpectedEOF {
		t.Errorf("read across the end: %d, %v", n, err)
	}
	if n, err := img.ReadAt(make([]byte, 1), img.Size()); n != 0 || err != io.ErrUnexpectedEOF {
		t.Errorf("read past the end: %d, %v", n, err)
	}
}

func pack(t *testing.T, kind string, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&out)
	if kind == "zst" {
		z, err := zstd.NewWriter(&out)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestPacked(t *testing.T) {
	for _, kind := range []string{"gz", "zst"} {
		t.Run(kind, func(t *testing.T) {
			path := testkit.WriteFile(t, "disk.raw."+kind, pack(t, kind, content()))
			dir := t.TempDir()
			var last, total int64
			img, err := Open(context.Background(), path, Options{TempDir: dir, Progress: func(d, n int64) { last, total = d, n }})
			if err != nil {
				t.Fatal(err)
			}
			wantContent(t, img, content())
			if img.Format() != "raw."+kind || img.Size() != int64(len(content())) {
				t.Errorf("%s of %d bytes", img.Format(), img.Size())
			}
			if st, _ := os.Stat(path); last != st.Size() || total != st.Size() {
				t.Errorf("progress ended at %d of %d", last, total)
			}
			if err := img.Close(); err != nil {
				t.Error(err)
			}
			wantEmptyDir(t, dir)
		})
	}
}

func wantEmptyDir(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestPackedIsSparse(t *testing.T) {
	b := make([]byte, 64<<20)
	copy(b[32<<20:], "something")
	img, err := Open(context.Background(), testkit.WriteFile(t, "d.gz", pack(t, "gz", b)), Options{TempDir: t.TempDir(), TempLimit: unpackBlock})
	if err != nil {
		t.Fatal("zeros must not count towards the limit:", err)
	}
	defer img.Close()
	wantContent(t, img, b)
}

func TestPackedLimitAndCancel(t *testing.T) {
	path, dir := testkit.WriteFile(t, "disk.gz", pack(t, "gz", content())), t.TempDir()
	if _, err := Open(context.Background(), path, Options{TempDir: dir, TempLimit: 1 << 20}); !errors.Is(err, ErrTempLimit) {
		t.Errorf("limit: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, err := Open(ctx, path, Options{TempDir: dir, Progress: func(int64, int64) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancel: %v", err)
	}
	wantEmptyDir(t, dir)
}

func TestPackedCutShort(t *testing.T) {
	for _, kind := range []string{"gz", "zst"} {
		b := pack(t, kind, content())
		img := open(t, testkit.WriteFile(t, "disk."+kind, b[:len(b)/2]))
		if !hasProblem(img, "packed-damaged") {
			t.Errorf("%s: problems = %v", kind, img.Problems())
		}
		got := make([]byte, 1<<16)
		if _, err := img.ReadAt(got, 0); err != nil || !bytes.Equal(got, content()[:len(got)]) {
			t.Errorf("%s: what was unpacked must be readable: %v", kind, err)
		}
	}
}

func TestPackedTwiceIsRefused(t *testing.T) {
	b := pack(t, "gz", pack(t, "gz", content()))
	wantUnsupported(t, testkit.WriteFile(t, "disk.gz.gz", b), "doubly")
}

func wantUnsupported(t *testing.T, path, format string) {
	t.Helper()
	img, err := Open(context.Background(), path, Options{TempDir: t.TempDir()})
	if err == nil {
		img.Close()
	}
	var u *UnsupportedError
	if !errors.As(err, &u) || !strings.Contains(u.Format, format) || u.Hint == "" {
		t.Errorf("%s: %v", format, err)
	}
}

func TestForeignFormatsAreRefused(t *testing.T) {
	raw := testkit.WriteFile(t, "disk.raw", content())
	for _, format := range []string{"vmdk", "vdi", "qed", "parallels"} {
		t.Run(format, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "disk."+format)
			testkit.Run(t, "qemu-img", "convert", "-f", "raw", "-O", format, raw, out)
			wantUnsupported(t, out, format)
		})
	}
	for format, head := range map[string]string{"E01": "EVF\x09\x0d\x0a\xff\x00\x01", "luks": "LUKS\xba\xbe\x00\x02", "raw.xz": "\xfd7zXZ\x00"} {
		wantUnsupported(t, testkit.WriteFile(t, "disk", append([]byte(head), make([]byte, 4096)...)), format)
	}
}

func TestQcow2ThatNeedsMoreIsRefused(t *testing.T) {
	dir := t.TempDir()
	base := filepath.Join(dir, "base.qcow2")
	testkit.Run(t, "qemu-img", "create", "-f", "qcow2", base, "8M")
	for name, args := range map[string][]string{
		"backing":     {"-b", base, "-F", "qcow2"},
		"data file":   {"-o", "data_file=" + filepath.Join(dir, "data.raw")},
		"subclusters": {"-o", "extended_l2=on"},
	} {
		out := filepath.Join(dir, "x.qcow2")
		os.Remove(out)
		testkit.Run(t, "qemu-img", append(append([]string{"create", "-f", "qcow2"}, args...), out, "8M")...)
		wantUnsupported(t, out, name)
	}
	locked := testkit.ReadFile(t, base)
	locked[35] = 2 // LUKS
	wantUnsupported(t, testkit.WriteFile(t, "locked.qcow2", locked), "encryption")
	child := filepath.Join(dir, "child.vhd")
	b := testkit.ReadFile(t, vhdFile(t, "subformat=dynamic"))
	for _, at := range []int{60, len(b) - 512 + 60} {
		b[at+3] = vhdDifferencing
	}
	if err := os.WriteFile(child, b, 0o600); err != nil {
		t.Fatal(err)
	}
	wantUnsupported(t, child, "parent")
}

func vhdFile(t *testing.T, options string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "disk.vhd")
	testkit.Run(t, "qemu-img", "convert", "-f", "raw", "-O", "vpc", "-o", options+",force_size=on", testkit.WriteFile(t, "disk.raw", content()), out)
	return out
}

func TestWhatIsNoDisk(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty":    nil,
		"short":    make([]byte, 511),
		"text":     bytes.Repeat([]byte("2024-01-01 hello wörld\r\n"), 400),
		"utf-16":   bytes.Repeat([]byte("h\x00i\x00\r\x00\n\x00"), 400),
		"zip":      append([]byte("PK\x03\x04"), make([]byte, 4096)...),
		"hive":     append([]byte("regf"), make([]byte, 4096)...),
		"wim":      append([]byte("MSWIM\x00\x00\x00"), make([]byte, 4096)...),
		"bad qcow": append([]byte("QFI\xfb\x00\x00\x00\x03"), make([]byte, 4096)...),
	} {
		if name == "utf-16" {
			b = append([]byte{0xff, 0xfe}, b...)
		}
		img, err := Open(context.Background(), testkit.WriteFile(t, "file", b), Options{})
		if !errors.Is(err, ErrNotDisk) {
			t.Errorf("%s: %v, %v", name, img, err)
		}
	}
	if _, err := Open(context.Background(), t.TempDir(), Options{}); !errors.Is(err, ErrNotDisk) {
		t.Errorf("folder: %v", err)
	}
	if _, err := Open(context.Background(), filepath.Join(t.TempDir(), "none"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

// Cut at any place, what lies before the cut must still read, and the rest must say so.
func TestCutImages(t *testing.T) {
	want := content()
	for name, args := range map[string][]string{
		"qcow2":       {"-O", "qcow2"},
		"qcow2 -c":    {"-c", "-O", "qcow2"},
		"vhd fixed":   {"-O", "vpc", "-o", "subformat=fixed,force_size=on"},
		"vhd dynamic": {"-O", "vpc", "-o", "subformat=dynamic,force_size=on"},
		"vhdx":        {"-O", "vhdx", "-o", "block_size=1M"},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "disk.img")
			testkit.Run(t, "qemu-img", append(append([]string{"convert", "-f", "raw"}, args...), testkit.WriteFile(t, "disk.raw", want), out)...)
			b := testkit.ReadFile(t, out)
			img := open(t, testkit.WriteFile(t, "cut.img", b[:len(b)*3/4]))
			got := make([]byte, 4096)
			if _, err := img.ReadAt(got, 0); err != nil || !bytes.Equal(got, want[:4096]) {
				t.Errorf("beginning: %v", err)
			}
			if _, err := img.ReadAt(got, int64(len(want))-4096); err != io.ErrUnexpectedEOF {
				t.Errorf("end: %v", err)
			}
			if name != "vhd fixed" && len(img.Problems()) == 0 {
				t.Error("no problem is reported")
			}
		})
	}
}

func TestVHDFooterDamage(t *testing.T) {
	b := testkit.ReadFile(t, vhdFile(t, "subformat=dynamic"))
	b[len(b)-512+64] ^= 1
	img := open(t, testkit.WriteFile(t, "sum.vhd", b))
	if !hasProblem(img, "vhd-footer-damaged") {
		t.Errorf("problems = %v", img.Problems())
	}
	img = open(t, testkit.WriteFile(t, "cut.vhd", b[:len(b)-512]))
	if !hasProblem(img, "vhd-footer-missing") {
		t.Errorf("problems = %v", img.Problems())
	}
	got := make([]byte, 4096)
	if _, err := img.ReadAt(got, int64(len(content()))-4096); err != nil || !bytes.Equal(got, content()[len(content())-4096:]) {
		t.Errorf("end: %v", err)
	}
}

func TestFixedVHDWithoutFooter(t *testing.T) {
	img := open(t, testkit.WriteFile(t, "cut.VHD", content()))
	if img.Format() != Raw || !hasProblem(img, "vhd-footer-missing") {
		t.Errorf("%s, problems = %v", img.Format(), img.Problems())
	}
}
