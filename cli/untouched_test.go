package cli_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"updoc/testkit"
)

// Whatever is done with a source, and however it ends, not a byte, time or name of it
// changes, and nothing is left beside it.
func TestSourceUntouched(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, path string){
		"qcow2":  func(t *testing.T, path string) { place(t, path, sickBytes(t)) },
		"gz":     func(t *testing.T, path string) { place(t, path, gzipped(t, sickBytes(t))) },
		"folder": func(t *testing.T, path string) { placeFolder(t, path) },
		"bundle": func(t *testing.T, path string) {
			if code, _, errs := run(t.Context(), "collect", filepath.Join("..", "testdata", "sick-pc.qcow2"), "-o", path); code != 0 {
				t.Fatal(errs)
			}
		},
		"half":  func(t *testing.T, path string) { place(t, path, sickBytes(t)[:600_000]) },
		"noise": func(t *testing.T, path string) { place(t, path, noise(100_000)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, out := t.TempDir(), t.TempDir()
			path := filepath.Join(dir, "source")
			prepare(t, path)
			before := snapshot(t, dir)
			for _, args := range [][]string{
				{"diagnose", path, "-v"}, {"diagnose", path, "--format", "html", "-o", filepath.Join(out, "x.html")},
				{"plan", path}, {"collect", path, "-o", filepath.Join(out, "x.zip")},
				{"diagnose", path, "-o", path}, {"collect", path, "-o", path}, {"inspect", path}, {"inspect", path, "--records"},
			} {
				patiently(t, args...)
				if after := snapshot(t, dir); after != before {
					t.Fatalf("%v changed the source:\n%s\nwas\n%s", args, after, before)
				}
			}
		})
	}
}

func sickBytes(t *testing.T) []byte {
	t.Helper()
	return testkit.ReadFile(t, filepath.Join("..", "testdata", "sick-pc.qcow2"))
}

func gzipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(b)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func place(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o444); err != nil {
		t.Fatal(err)
	}
}

func placeFolder(t *testing.T, path string) {
	t.Helper()
	pc, err := story("winre-disabled")
	if err == nil {
		err = pc.Folder(path)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// snapshot describes everything below a folder: names, sizes, modes, times, content.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var out bytes.Buffer
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "%s %d %s %d", path, info.Size(), info.Mode(), info.ModTime().UnixNano())
		if info.Mode().IsRegular() && info.Size() < 64<<20 {
			fmt.Fprintf(&out, " %x", testkit.DiskHash(t, path))
		}
		out.WriteByte('\n')
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}
