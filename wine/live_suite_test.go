package wine

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"updoc/testkit"
)

// The live suite cannot run here. That what its script sets is what its tests read, and that
// every package it names has tests for a real Windows, can be told.
func TestLiveSuiteFits(t *testing.T) {
	script := string(testkit.ReadFile(t, filepath.Join("..", "delivery", "live.ps1")))
	run := regexp.MustCompile(`(?m)^\s*& go test .*'-run' 'TestLive'(.*)$`).FindStringSubmatch(script)
	if run == nil {
		t.Fatal("the script runs no tests")
	}
	read := ""
	for _, m := range regexp.MustCompile(`'\./([\w/]+)'`).FindAllStringSubmatch(run[1], -1) {
		files, err := filepath.Glob(filepath.Join("..", m[1], "*_windows_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		own := ""
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			own += string(text)
		}
		if !strings.Contains(own, "func TestLive") {
			t.Errorf("%s has no test for a real Windows", m[1])
		}
		read += own
	}
	set := map[string]bool{}
	for _, m := range regexp.MustCompile(`\$env:(UPDOC_\w+) =`).FindAllStringSubmatch(script, -1) {
		set[m[1]] = true
		if !strings.Contains(read, `Getenv("`+m[1]+`")`) {
			t.Errorf("no test reads %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`Getenv\("(UPDOC_\w+)"\)`).FindAllStringSubmatch(read, -1) {
		if !set[m[1]] {
			t.Errorf("the script does not set %s", m[1])
		}
	}
	if len(set) == 0 {
		t.Error("the script sets nothing")
	}
}
