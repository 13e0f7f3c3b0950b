package testkit

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// truthFile holds what independent tools found in each sample.
const truthFile = "TRUTH.json"

// Sample returns the path of a real artefact by its name in the sample set, such as
// "hive/ezregistry__BCD". The set is the folder shared/samples beside the checkout; the
// test needs it.
func Sample(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(filepath.Dir(checkout(t)), "shared", "samples", filepath.FromSlash(name))
	_, err := os.Stat(path)
	Need(t, err == nil, "the sample "+name+" (in shared/samples beside the checkout)")
	return path
}

// SampleBytes returns the content of a real artefact, found as by Sample.
func SampleBytes(t testing.TB, name string) []byte {
	t.Helper()
	return ReadFile(t, Sample(t, name))
}

// Truth returns what independent tools found in the samples whose names begin with
// prefix, by name, decoded from JSON as T. It fails if there is none, or one that does
// not fit T.
func Truth[T any](t testing.TB, prefix string) map[string]T {
	t.Helper()
	var all map[string]struct{ Truth json.RawMessage }
	if err := json.Unmarshal(SampleBytes(t, truthFile), &all); err != nil {
		t.Fatalf("%s: %v", truthFile, err)
	}
	found := map[string]T{}
	for name, about := range all {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		var one T
		if err := json.Unmarshal(about.Truth, &one); err != nil {
			t.Fatalf("%s: %s: %v", truthFile, name, err)
		}
		found[name] = one
	}
	if len(found) == 0 {
		t.Fatalf("%s knows no sample %s…", truthFile, prefix)
	}
	return found
}

// checkout returns the folder of go.mod: tests run in the folder of their package.
func checkout(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("the test does not run inside the checkout")
		}
		dir = up
	}
}
