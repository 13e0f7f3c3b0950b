package casekit

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"updoc/disk/table"
)

// TestMain gives all tests one cache, so that a disk several of them look at is built
// once, and the user's own cache is left alone.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "casekit-test-")
	if err != nil {
		panic(err)
	}
	os.Setenv("UPDOC_CASE_CACHE", dir)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// skip ends the test because of what is absent, by name; in CI that is a failure.
func skip(t *testing.T, absent string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("needs %s", absent)
	}
	t.Skipf("needs %s", absent)
}

// tool skips the test unless the programs are installed.
func tool(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			skip(t, name)
		}
	}
}

// load parses the case of that name.
func load(t *testing.T, name string) *PC {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "cases", name, "pc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text))
}

func parse(t *testing.T, text string) *PC {
	t.Helper()
	pc, err := Parse(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return pc
}

// folder builds a PC as a folder.
func folder(t *testing.T, pc *PC) string {
	t.Helper()
	dir := t.TempDir()
	if err := pc.Folder(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, parts ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// image is a disk built in a directory of its own, with its table as read back.
type image struct {
	t     *testing.T
	path  string
	table *table.Table
}

// build builds a PC as raw disks.
func build(t *testing.T, pc *PC) *image {
	t.Helper()
	im := &image{t: t, path: filepath.Join(t.TempDir(), "disk.img")}
	var missing *MissingToolError
	if err := pc.Disk(context.Background(), im.path); errors.As(err, &missing) {
		skip(t, strings.Join(missing.Tools, ", "))
	} else if err != nil {
		t.Fatal(err)
	}
	im.open()
	return im
}

// open reads the table.
func (im *image) open() {
	im.t.Helper()
	f, err := os.Open(im.path)
	if err != nil {
		im.t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		im.t.Fatal(err)
	}
	im.table = table.Read(f, info.Size(), 0)
}

// part copies partition n (from 1) to a file of its own.
func (im *image) part(n int) string {
	im.t.Helper()
	p := im.table.Partitions[n-1]
	path := filepath.Join(filepath.Dir(im.path), "part.img")
	in, err := os.Open(im.path)
	if err != nil {
		im.t.Fatal(err)
	}
	defer in.Close()
	os.Remove(path)
	out, err := os.Create(path)
	if err != nil {
		im.t.Fatal(err)
	}
	defer out.Close()
	if err := out.Truncate(int64(p.Size)); err != nil {
		im.t.Fatal(err)
	}
	for at := int64(p.Start); at < int64(p.End()); {
		from, to, err := nextData(in, at, int64(p.End()))
		if err != nil {
			im.t.Fatal(err)
		}
		if err := copySparse(out, from-int64(p.Start), io.NewSectionReader(in, from, to-from), to-from); err != nil {
			im.t.Fatal(err)
		}
		at = to
	}
	return path
}

// say runs a program and returns what it said, which must be without an error.
func say(t *testing.T, name string, args ...string) string {
	t.Helper()
	tool(t, name)
	var out, complaint bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s%s", name, args, err, out.String(), complaint.String())
	}
	return out.String() + complaint.String()
}
