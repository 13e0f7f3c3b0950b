package image_test

import (
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"updoc/cases/layouts"
	"updoc/disk"
	"updoc/disk/fat"
	"updoc/disk/ntfs"
	"updoc/disk/table"
	"updoc/testkit"
)

var tools = []string{"mkntfs", "ntfsfallocate", "wimlib-imagex", "ntfsresize", "ntfs-3g", "mcopy", "sgdisk", "sfdisk", "ntfsfix", "hivexml"}

func build(t *testing.T, l layouts.Layout) string {
	t.Helper()
	for _, name := range tools {
		_, err := exec.LookPath(name)
		testkit.Need(t, err == nil, name)
	}
	path := filepath.Join(t.TempDir(), "disk.img")
	if err := l.Build(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	return path
}

// carryOut does the operations of a layout on an overlay of the disk at path.
func carryOut(t *testing.T, l layouts.Layout, path string) *layouts.Work {
	t.Helper()
	w, err := l.CarryOut(t.Context(), path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// read is a whole disk.
func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fileOf reads a file of a volume; nil if it is not there.
func fileOf(r io.ReaderAt, p table.Partition, name string) []byte {
	s := io.NewSectionReader(r, int64(p.Start), int64(p.Size))
	var v fs.FS
	if n, err := ntfs.Open(s, s.Size()); err == nil {
		v = n
	} else if f, err := fat.Open(s, s.Size()); err == nil {
		v = f
	} else {
		return nil
	}
	b, err := fs.ReadFile(v, name)
	if err != nil {
		return nil
	}
	return b
}

func tableOf(t *testing.T, path string) *table.Table {
	t.Helper()
	d, err := disk.Open(t.Context(), path, disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	return d.Table()
}
