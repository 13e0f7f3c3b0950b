package testkit

import (
	"encoding/hex"
	"syscall"
)

// ntfsMarks are the Windows attributes and permissions, as ntfs-3g tells them.
func ntfsMarks(name string) string {
	out := ""
	for _, attr := range []string{"system.ntfs_attrib_be", "system.ntfs_acl"} {
		b := make([]byte, 64<<10)
		if n, err := syscall.Getxattr(name, attr, b); err == nil {
			out += " " + hex.EncodeToString(b[:n])
		}
	}
	return out
}
