package image

import (
	"errors"
	"os"
	"syscall"
)

// lockFolder holds a folder of this user until the file is closed or the process ends.
func lockFolder(folder string) (*os.File, error) {
	f, err := os.OpenFile(folder, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Sys().(*syscall.Stat_t).Uid != uint32(os.Geteuid()) {
		err = os.ErrPermission
	}
	if err == nil {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// detached takes a mount away, whoever still holds it, and tells whether none is left.
func detached(path string) bool {
	const noFollow = 8 // UMOUNT_NOFOLLOW
	for {
		err := syscall.Unmount(path, syscall.MNT_DETACH|noFollow)
		if err != nil {
			return errors.Is(err, syscall.EINVAL) // not a mount
		}
	}
}
