// Package testkit is what tests of several rooms share: the real artefacts beside the
// checkout and what independent tools found in them, foreign programs to compare with,
// and small makers of bytes and files. It imports the standard library only, so that
// every room may use it, and may start other programs. It must never be imported by
// anything but tests, and never know a format: a test that gets its expectation from
// here must not get it from the code under test.
package testkit

import (
	"os"
	"testing"
)

// Need skips the test unless ok, and says what it needs. Where the environment has CI
// set, nothing may be skipped in silence: there the test fails.
func Need(t testing.TB, ok bool, what string) {
	t.Helper()
	if ok {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("needs %s", what)
	}
	t.Skipf("needs %s", what)
}
