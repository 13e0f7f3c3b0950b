package doctor

import (
	"errors"
	"os"
	"syscall"
)

// freeRoom is how many bytes this user may write to the file system of dir.
func freeRoom(dir string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}

// forget drops what the system keeps of a file in memory, so that reading it reads the
// medium. What cannot be dropped is read from memory.
func forget(f *os.File) {
	const dontNeed = 4
	_, _, _ = syscall.Syscall6(syscall.SYS_FADVISE64, f.Fd(), 0, 0, dontNeed, 0, 0)
}

// isFull tells whether the target takes no more.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// deviceOf is the number of the device that holds a file; of a device, its own.
func deviceOf(path string) (device, own uint64, err error) {
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil {
		return 0, 0, err
	}
	if st.Mode&syscall.S_IFMT == syscall.S_IFBLK {
		own = uint64(st.Rdev)
	}
	return uint64(st.Dev), own, nil
}
