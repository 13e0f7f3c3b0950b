package casekit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCacheForgetsTheOldest(t *testing.T) {
	dir := t.TempDir()
	day := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	for i, name := range []string{"a.img", "a.img.1", "b.img", "b.qcow2", "c.img"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, day, day.AddDate(0, 0, i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := prune(dir, 2); err != nil {
		t.Fatal(err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*"))
	for i := range left {
		left[i] = filepath.Base(left[i])
	}
	if got := strings.Join(left, " "); got != "b.img b.qcow2 c.img" {
		t.Errorf("left: %s", got)
	}
}

func TestOtherTextsHaveOtherKeys(t *testing.T) {
	const text = "about: x\nnow: 2024-03-01 10:00\n"
	a, b := parse(t, text).cacheKey(), parse(t, text+"noise: off\n").cacheKey()
	if a == b || a != parse(t, text).cacheKey() {
		t.Errorf("keys %s and %s", a, b)
	}
}
