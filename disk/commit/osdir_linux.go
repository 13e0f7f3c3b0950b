package commit

import (
	"errors"
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

// openDirect opens the file that f is once more, for reading past the cache.
func openDirect(f *os.File) (*os.File, error) {
	return os.OpenFile(f.Name(), os.O_RDONLY|syscall.O_DIRECT, 0)
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

// lock takes a file for this process alone; of a block device opening it does that.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
