package disk

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"updoc/disk/table"
	"updoc/testkit"
)

// loop makes a read-only block device of a file.
func loop(t *testing.T, path, sector string) string {
	t.Helper()
	_, err := os.Stat("/dev/loop-control")
	testkit.Need(t, os.Geteuid() == 0 && err == nil, "root and loop devices")
	device := strings.TrimSpace(testkit.Run(t, "losetup", "-r", "-f", "--show", "-b", sector, path))
	t.Cleanup(func() { testkit.Run(t, "losetup", "-d", device) })
	return device
}

func TestBlockDevice(t *testing.T) {
	for sector, size := range map[string]int{"512": 512, "4096": 4096} {
		device := loop(t, build(t, size), sector)
		d := open(t, device)
		if d.Format() != "device" || d.Size() != 64*mib {
			t.Errorf("%s of %d bytes", d.Format(), d.Size())
		}
		wantBuilt(t, d, size)
		if out := testkit.Run(t, "sgdisk", "-v", device); !strings.Contains(out, "No problems found") {
			t.Errorf("sgdisk -v on sectors of %s: %s", sector, out)
		}
	}
}

// As behind a USB bridge that translates sectors: the table is still read, and the mismatch is named.
func TestDeviceSectorsAgainstTheTable(t *testing.T) {
	d := open(t, loop(t, build(t, 512), "4096"))
	if tab := d.Table(); len(tab.Partitions) != 4 || len(tab.Problems) != 1 || tab.Problems[0].Code != table.CodeSectorSize {
		t.Errorf("table = %+v", tab)
	}
}

func TestPipeDoesNotHang(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, Options{}); err == nil {
		t.Error("a pipe was opened")
	}
}
