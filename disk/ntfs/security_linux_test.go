package ntfs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"

	"updoc/testkit"
)

// oneAllowed is a descriptor that allows mask to SYSTEM; the masks make as many different descriptors as wanted.
func oneAllowed(mask uint32) []byte {
	b := []byte{1, 0, 4, 0x80, 20, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0,
		1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0,
		1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0,
		2, 0, 28, 0, 1, 0, 0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0}
	le.PutUint32(b[60:], mask)
	return b
}

// TestSecurityAgainstNTFS3G sets so many descriptors that their index needs several blocks, and compares each with what
// ntfs-3g shows of it.
func TestSecurityAgainstNTFS3G(t *testing.T) {
	path := makeVolume(t, 64)
	dir, unmount := testkit.MountNTFS(t, path, "streams_interface=windows")
	const files = 400
	want := map[string][]byte{}
	for i := range files {
		name := fmt.Sprintf("file%03d", i)
		full := filepath.Join(dir, name)
		write(t, full, []byte(name))
		xattr(t, full, "ntfs_acl", oneAllowed(0x1f0000|uint32(i)))
		b := make([]byte, 4096)
		n, err := syscall.Getxattr(full, "system.ntfs_acl", b)
		if err != nil {
			t.Fatal(err)
		}
		want[name] = b[:n]
	}
	unmount()
	v, _ := openPath(t, path)
	distinct := map[string]bool{}
	for name, w := range want {
		got, err := v.Security(name)
		if err != nil || !bytes.Equal(got, w) {
			t.Errorf("%s: %x, %v; ntfs-3g says %x", name, got, err, w)
		}
		distinct[string(got)] = true
	}
	if len(distinct) != files {
		t.Errorf("%d descriptors differ of %d", len(distinct), files)
	}
	if _, err := v.Security("nowhere"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if len(v.Problems()) > 0 {
		t.Errorf("problems = %v", v.Problems())
	}
}
