package report

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"updoc/knowledge"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// base is a small knowledge with the real texts of the reports: golden files change
// when reports change, not when a cause is worded anew.
func base(t testing.TB) *knowledge.Base {
	t.Helper()
	own := os.DirFS("testdata/knowledge")
	fsys := fstest.MapFS{}
	add := func(from fs.FS, name, as string) {
		raw, err := fs.ReadFile(from, name)
		if err != nil {
			t.Fatal(err)
		}
		fsys[as] = &fstest.MapFile{Data: raw}
	}
	err := fs.WalkDir(own, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			add(own, name, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ui.yaml", "diagnosis.yaml", "door.yaml"} {
		add(os.DirFS("../knowledge/texts"), name, "texts/"+name)
	}
	b, err := knowledge.LoadFS(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGolden(t *testing.T) {
	b := base(t)
	for name, make := range fixtures {
		for _, lang := range []string{"ja", "en"} {
			for _, o := range []struct {
				file string
				Options
			}{
				{name + "." + lang + ".txt", Options{Lang: lang}},
				{name + "." + lang + ".md", Options{Format: "md", Lang: lang}},
				{name + "." + lang + ".v.txt", Options{Lang: lang, Verbose: true}},
			} {
				if strings.Contains(o.file, ".v.") && name != "several" {
					continue
				}
				var got bytes.Buffer
				if err := Write(&got, make(), b, o.Options); err != nil {
					t.Fatal(err)
				}
				golden(t, o.file, got.Bytes())
			}
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; see it with go test ./report -update and git diff\ngot:\n%s", path, got)
	}
}
