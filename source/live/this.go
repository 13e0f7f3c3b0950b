package live

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"updoc/winapi"
)

// This is the Windows that this program runs on.
//
// The two openers are a seam: they use Go's own until winapi opens volumes with backup
// semantics.
func This() System {
	return System{
		Caller: winapi.New(),
		Volume: func(root string) (fs.FS, error) { return os.DirFS(root), nil },
		Disk: func(number uint32) (Raw, error) {
			f, err := os.Open(fmt.Sprintf(`\\.\PhysicalDrive%d`, number))
			if err != nil {
				return nil, err
			}
			return f, nil
		},
		InUse: inUse,
	}
}

// Errors of a file that another program holds. Source: winerror.h,
// ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION.
const (
	sharingViolation = syscall.Errno(32)
	lockViolation    = syscall.Errno(33)
)

func inUse(err error) bool {
	var code syscall.Errno
	var refused *winapi.Error
	switch {
	case errors.As(err, &code):
		return code == sharingViolation || code == lockViolation
	case errors.As(err, &refused):
		return refused.Code&0xffff == uint32(sharingViolation) || refused.Code&0xffff == uint32(lockViolation)
	}
	return false
}
