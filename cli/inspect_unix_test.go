//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"updoc/testkit"
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

func TestUnreadableFile(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	path := testkit.WriteFile(t, "secret.evtx", []byte("ElfFile\x00"))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if got := refused(t, path); got != "permission" {
		t.Error(got)
	}
}
