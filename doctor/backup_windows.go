package doctor

import (
	"errors"
	"math"
	"os"

	"golang.org/x/sys/windows"
)

// freeRoom is how many bytes this user may write to the volume of dir.
func freeRoom(dir string) (int64, error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var mine uint64
	err = windows.GetDiskFreeSpaceEx(name, &mine, nil, nil)
	return int64(min(mine, math.MaxInt64)), err
}

// forget: Windows drops nothing on demand. A copy is compared as it is read back, which may
// be from memory; it was flushed before.
func forget(*os.File) {}

// isFull tells whether the target takes no more.
func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) || errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// deviceOf is the serial number of the volume that holds a file. Devices have no path here.
func deviceOf(path string) (device, own uint64, err error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, 0, err
	}
	h, err := windows.CreateFile(name, windows.FILE_READ_ATTRIBUTES, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, nil,
		windows.OPEN_EXISTING, windows.FILE_FLAG_BACKUP_SEMANTICS, 0)
	if err != nil {
		return 0, 0, err
	}
	defer windows.CloseHandle(h)
	var info windows.ByHandleFileInformation
	err = windows.GetFileInformationByHandle(h, &info)
	return uint64(info.VolumeSerialNumber), 0, err
}
