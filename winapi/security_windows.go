package winapi

import (
	"bytes"
	"context"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// fileSecurityCall opens a file for its descriptor alone, with the backup privilege if there
// is one. A link is asked itself.
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
	return descriptorOf(h, windows.SE_FILE_OBJECT)
}

// keySecurityCall opens a key for its descriptor alone, in the 64-bit view.
func keySecurityCall(_ context.Context, path string) ([]byte, error) {
	root, rest, err := splitKey(path)
	if err != nil {
		return nil, err
	}
	k, err := registry.OpenKey(roots[root], rest, windows.READ_CONTROL|registry.WOW64_64KEY)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	return descriptorOf(windows.Handle(k), windows.SE_REGISTRY_KEY)
}

// descriptorOf asks GetSecurityInfo for owner, group and permissions.
func descriptorOf(h windows.Handle, kind windows.SE_OBJECT_TYPE) ([]byte, error) {
	sd, err := windows.GetSecurityInfo(h, kind,
		windows.OWNER_SECURITY_INFORMATION|windows.GROUP_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(sd)), sd.Length())), nil
}
