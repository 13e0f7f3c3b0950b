package commit

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// allocate asks the file system for room; one that cannot give any is made to by writing
// zeros (exFAT, FUSE).
func allocate(f *os.File, have, size int64) error {
	err := syscall.Fallocate(int(f.Fd()), 0, 0, size)
	if !errors.Is(err, syscall.EOPNOTSUPP) && !errors.Is(err, syscall.ENOSYS) {
		return err
	}
	p := make([]byte, 1<<20)
	for ; have < size; have += int64(len(p)) {
		if _, err := f.WriteAt(p[:min(int64(len(p)), size-have)], have); err != nil {
			return err
		}
	}
	return nil
}

// openDirect opens the file that f is once more, whatever its name is by now, for
// reading past the cache.
func openDirect(f *os.File) (*os.File, error) {
	return os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), os.O_RDONLY|syscall.O_DIRECT, 0)
}

// refused tells whether the file system does not read past the cache in this way.
func refused(err error) bool { return errors.Is(err, syscall.EINVAL) }

// forget drops what the cache has of a flushed stretch.
func forget(f *os.File, off, size int64) error {
	const dontNeed = 4 // POSIX_FADV_DONTNEED
	_, _, e := syscall.Syscall6(syscall.SYS_FADVISE64, f.Fd(), uintptr(off), uintptr(size), dontNeed, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

// flock asks once for the lock of a file.
func flock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// identify asks the system what path is and lies on.
func identify(path string) (id identity, err error) {
	var info syscall.Stat_t
	if err := syscall.Stat(path, &info); err != nil {
		return id, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	id.on = deviceNumber(uint64(info.Dev))
	if info.Mode&syscall.S_IFMT == syscall.S_IFBLK {
		id.is = deviceNumber(uint64(info.Rdev))
	}
	return id, nil
}

// deviceNumber is major:minor as Linux packs them (include/linux/kdev_t.h, new_encode_dev,
// with the upper halves of the 64-bit form).
func deviceNumber(n uint64) string {
	major := n>>8&0xfff | n>>32&^0xfff
	minor := n&0xff | n>>12&^0xff
	return fmt.Sprintf("%d:%d", uint32(major), uint32(minor))
}
