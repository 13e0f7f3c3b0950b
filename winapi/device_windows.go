package winapi

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Control codes of ntdddisk.h, ntddstor.h and winioctl.h; all of them look only.
const (
	ioctlLayout    = 0x00070050 // IOCTL_DISK_GET_DRIVE_LAYOUT_EX
	ioctlGeometry  = 0x000700a0 // IOCTL_DISK_GET_DRIVE_GEOMETRY_EX
	ioctlLength    = 0x0007405c // IOCTL_DISK_GET_LENGTH_INFO
	ioctlProperty  = 0x002d1400 // IOCTL_STORAGE_QUERY_PROPERTY
	ioctlExtents   = 0x00560000 // IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS
	fsctlDirty     = 0x00090078 // FSCTL_IS_VOLUME_DIRTY
	fsctlWholeRead = 0x00090083 // FSCTL_ALLOW_EXTENDED_DASD_IO
)

// openDevice opens a disk or volume. access is 0 to ask, or GENERIC_READ to read.
func openDevice(path string, access uint32) (windows.Handle, error) {
	wide, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	return windows.CreateFile(wide, access, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, nil, windows.OPEN_EXISTING, 0, 0)
}

// control sends a control code and answers what came, of size bytes or more.
func control(h windows.Handle, code uint32, in []byte, size int) ([]byte, error) {
	for ; size <= maxLayout; size *= 2 {
		out := make([]byte, size)
		var got uint32
		err := windows.DeviceIoControl(h, code, unsafe.SliceData(in), uint32(len(in)), unsafe.SliceData(out), uint32(size), &got, nil)
		if errors.Is(err, windows.ERROR_INSUFFICIENT_BUFFER) || errors.Is(err, windows.ERROR_MORE_DATA) {
			continue
		}
		return out[:min(int(got), size)], err
	}
	return nil, windows.ERROR_MORE_DATA
}
