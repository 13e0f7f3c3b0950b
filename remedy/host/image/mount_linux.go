package image

import (
	"path/filepath"
	"syscall"
)

func isMountPoint(dir string) bool {
	var here, above syscall.Stat_t
	return syscall.Stat(dir, &here) == nil && syscall.Stat(filepath.Dir(dir), &above) == nil && here.Dev != above.Dev
}

func unmount(dir string) error { return syscall.Unmount(dir, 0) }

func setMark(path, name string, value []byte) error { return syscall.Setxattr(path, name, value, 0) }
