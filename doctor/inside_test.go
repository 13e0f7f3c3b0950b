package doctor

import (
	"os"
	"path/filepath"
	"testing"

	"updoc/model"
)

// A package that the person names is measured before its step is prepared, and a file that
// is none is said.
func TestInside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.msu")
	if err := os.WriteFile(path, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	params := model.Args{"standalone-package": path}
	if err := inside(params, &model.Machine{}); err != nil {
		t.Fatal(err)
	}
	if got := params["standalone-package-sha1"]; got != "a9993e364706816aba3e25717850c26c9cd0d89d" { // FIPS 180, of "abc"
		t.Error(got)
	}
	for _, name := range []string{"standalone-package", "install-wim"} {
		for _, bad := range []string{path + "x", filepath.Dir(path)} {
			if err := inside(model.Args{name: bad}, &model.Machine{}); code(err) != "source-not-found" {
				t.Errorf("%s %s: %v", name, bad, err)
			}
		}
	}
}
