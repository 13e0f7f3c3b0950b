package image

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
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

// detached cuts a mount off, whoever still holds it, and tells whether none is left.
func detached(path string) bool {
	const noFollow = 8 // UMOUNT_NOFOLLOW
	for {
		err := syscall.Unmount(path, syscall.MNT_FORCE|syscall.MNT_DETACH|noFollow)
		if err != nil {
			return errors.Is(err, syscall.EINVAL) // not a mount
		}
	}
}

// dying tells of a process that was killed and cannot end: it waits for its own answer
// through a mount, which nobody gives any more.
func dying(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if pid == 0 || err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		bits, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		if name == "SigPnd" && err == nil && bits&(1<<(syscall.SIGKILL-1)) != 0 {
			return true
		}
	}
	return false
}

// awaitEnd waits for a process that is about to end, two seconds at most.
func awaitEnd(pid int) {
	for n := 0; n < 200 && dying(pid); n++ {
		time.Sleep(10 * time.Millisecond)
	}
}
