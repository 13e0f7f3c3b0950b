//go:build unix

package cli

import (
	"path/filepath"
	"syscall"
	"testing"
)

// To open a pipe would wait for its other end, to read /dev/zero would never end.
func TestPipesAndDevicesAreNotOpened(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no named pipes here")
	}
	for _, path := range []string{pipe, "/dev/zero"} {
		if got := refused(t, path); got != "unknown-kind" {
			t.Errorf("%s: %s", path, got)
		}
	}
}
