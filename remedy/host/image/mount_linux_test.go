package image

import (
	"os"
	"path/filepath"
	"testing"

	"updoc/disk/partfs"
	"updoc/testkit"
)

// Ctrl-C reaches every program of a terminal: an ntfs-3g that has unmounted by itself is
// waited for, and nothing of it is left behind.
func TestSettleAfterInterrupt(t *testing.T) {
	volume := testkit.EmptyDisk(t, 8<<20)
	testkit.Run(t, "mkntfs", "-F", "-Q", "-q", volume)
	view := filepath.Join(t.TempDir(), "view")
	dir := filepath.Join(t.TempDir(), "mount")
	for _, d := range []string{view, dir} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	shown, err := partfs.Mount(view, testkit.Memory{})
	testkit.Need(t, err == nil, "FUSE")
	t.Cleanup(func() { shown.Close() })
	m, err := startMount(t.Context(), volume, dir)
	testkit.Need(t, err == nil, "ntfs-3g")
	t.Cleanup(func() { unmount(dir) }) // there only if the test failed
	if err := m.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	m.done <- <-m.done // it has ended
	h := &Host{view: shown, mounted: map[string]*mount{"disk0p1": m}}
	if err := h.settle(); err != nil || len(h.mounted) > 0 {
		t.Error(err)
	}
}
