package doctor_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"updoc/disk/container"
	"updoc/doctor"
	"updoc/source/bundle"
	"updoc/testkit"
)

// Every file that a diagnosis holds open is open for reading only. The kernel is asked.
func TestOpenedReadOnly(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, path string){
		"qcow2":  func(t *testing.T, path string) { copyTo(t, path, filepath.Join("..", "testdata", "sick-pc.qcow2")) },
		"raw":    raw,
		"gz":     packed,
		"folder": func(t *testing.T, path string) { fill(t, path) },
		"bundle": bundled,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "source")
			prepare(t, path)
			src, err := doctor.Open(t.Context(), path, doctor.OpenOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			before := openBelow(t, path)
			examine(t, src)
			opened := append(before, openBelow(t, path)...)
			if len(opened) == 0 && name != "bundle" && name != "gz" { // these are read whole at once
				t.Error("nothing is open")
			}
			for _, o := range opened {
				if int(o.flags)&3 != os.O_RDONLY {
					t.Errorf("%s is open with flags %o", o.path, o.flags)
				}
			}
		})
	}
}

type opened struct {
	path  string
	flags int64
}

// openBelow lists what this process holds open of path and below it.
func openBelow(t *testing.T, path string) []opened {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var out []opened
	for _, fd := range fds {
		to, err := os.Readlink("/proc/self/fd/" + fd.Name())
		if err != nil || !strings.HasPrefix(to, path) {
			continue
		}
		info, err := os.ReadFile("/proc/self/fdinfo/" + fd.Name())
		if err != nil {
			continue // closed meanwhile
		}
		_, rest, _ := strings.Cut(string(info), "flags:")
		flags, err := strconv.ParseInt(strings.Fields(rest)[0], 8, 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, opened{to, flags})
	}
	return out
}

func copyTo(t *testing.T, path, from string) {
	t.Helper()
	if err := os.WriteFile(path, testkit.ReadFile(t, from), 0o444); err != nil {
		t.Fatal(err)
	}
}

// small is a part of the sick disk that ends behind the start of its Windows volume:
// enough to be opened.
const small = 9 << 30

// raw writes the first part of the sick disk as a sparse file.
func raw(t *testing.T, path string) {
	t.Helper()
	img := sick(t)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o444)
	if err != nil {
		t.Fatal(err)
	}
	_, pieces := touched(t, img)
	err = f.Truncate(small)
	for _, p := range pieces {
		if p.at+p.n <= small {
			err = errors.Join(err, copyPiece(f, img, p))
		}
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func copyPiece(w io.WriterAt, img container.Image, p span) error {
	b := make([]byte, p.n)
	if _, err := img.ReadAt(b, p.at); err != nil {
		return err
	}
	_, err := w.WriteAt(b, p.at)
	return err
}

func packed(t *testing.T, path string) {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(testkit.ReadFile(t, filepath.Join("..", "testdata", "sick-pc.qcow2")))
	if err := errors.Join(err, z.Close(), os.WriteFile(path, out.Bytes(), 0o444)); err != nil {
		t.Fatal(err)
	}
}

func fill(t *testing.T, path string) {
	t.Helper()
	if err := story(t, "winre-disabled").Folder(path); err != nil {
		t.Fatal(err)
	}
}

func bundled(t *testing.T, path string) {
	t.Helper()
	p := &patient{Image: sick(t)}
	src, err := p.open()
	if err != nil {
		t.Fatal(err)
	}
	m, err := doctor.Look(t.Context(), src, doctor.Options{Now: when})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o444)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(bundle.Write(f, m, bundle.Options{Tool: doctor.Tool, Source: src.Info(), Time: when}), f.Close()); err != nil {
		t.Fatal(err)
	}
}
