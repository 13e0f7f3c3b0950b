package winapi

import (
	"bytes"
	"context"
	"unsafe"

	"golang.org/x/sys/windows"
)

// fileSecurityCall asks GetSecurityInfo for owner, group and permissions of a file that
// is opened for that alone, with the backup privilege if there is one. A link is asked
// itself.
func fileSecurityCall(_ context.Context, path string) ([]byte, error) {
	_ = enable("SeBackupPrivilege") // without it, what is denied is an error below
	wide, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	h, err := windows.CreateFile(wide, windows.READ_CONTROL, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, nil,
		windows.OPEN_EXISTING, windows.FILE_FLAG_BACKUP_SEMANTICS|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(h)
	sd, err := windows.GetSecurityInfo(h, windows.SE_FILE_OBJECT,
		windows.OWNER_SECURITY_INFORMATION|windows.GROUP_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(sd)), sd.Length())), nil
}
