package journal

import (
	"bytes"
	"errors"
	"io"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// replace renames from to to, through to the medium.
func replace(from, to string) error {
	a, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	b, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	return windows.MoveFileEx(a, b, windows.MOVEFILE_REPLACE_EXISTING|windows.MOVEFILE_WRITE_THROUGH)
}

// makeFolder makes the folder of journals private, or finds that it is.
func makeFolder(path string) error { return makeOurs(onNTFS{}, path, private, false) }

// checkFolder looks at it once more while its lock is held.
func checkFolder(path string) error { return checkOurs(onNTFS{}, path, private) }

// Share makes a folder in which everybody may read, and only administrators write. keep:
// what others put there before may stay, because who reads it asks OnlyOurs.
func Share(path string, keep bool) error { return makeOurs(onNTFS{}, path, shared, keep) }

// onNTFS are the folders of this Windows.
type onNTFS struct{}

func (onNTFS) make(path string, a access) error {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	sd, err := windows.SecurityDescriptorFromString(string(a))
	if err != nil {
		return err
	}
	sa := &windows.SecurityAttributes{SecurityDescriptor: sd}
	sa.Length = uint32(unsafe.Sizeof(*sa))
	err = windows.CreateDirectory(name, sa)
	if errors.Is(err, windows.ERROR_INVALID_OWNER) { // who is no administrator gives nothing to administrators
		err = windows.ERROR_ACCESS_DENIED
	}
	return err
}

func (onNTFS) look(path string) (l looked, err error) {
	err = opened(path, windows.READ_CONTROL|windows.FILE_READ_ATTRIBUTES, func(h windows.Handle) error {
		var info windows.ByHandleFileInformation
		if err := windows.GetFileInformationByHandle(h, &info); err != nil {
			return err
		}
		l.link = info.FileAttributes&windows.FILE_ATTRIBUTE_REPARSE_POINT != 0
		l.folder = info.FileAttributes&windows.FILE_ATTRIBUTE_DIRECTORY != 0
		sd, err := windows.GetSecurityInfo(h, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
		if err == nil {
			l.security = bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(sd)), sd.Length()))
		}
		return err
	})
	return l, err
}

func (onNTFS) protect(path string, a access) error {
	sd, err := windows.SecurityDescriptorFromString(string(a))
	if err != nil {
		return err
	}
	return setAccess(path, sd, windows.PROTECTED_DACL_SECURITY_INFORMATION)
}

// restore gives the folder its access list back. Whether one from above counted too is
// not known: what it gave is in the list.
func (onNTFS) restore(path string, security []byte) error {
	return setAccess(path, (*windows.SECURITY_DESCRIPTOR)(unsafe.Pointer(unsafe.SliceData(security))), 0)
}

func setAccess(path string, sd *windows.SECURITY_DESCRIPTOR, how windows.SECURITY_INFORMATION) error {
	acl, _, err := sd.DACL()
	if err != nil {
		return err
	}
	return opened(path, windows.READ_CONTROL|windows.WRITE_DAC, func(h windows.Handle) error {
		return windows.SetSecurityInfo(h, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION|how, nil, nil, acl, nil)
	})
}

func (onNTFS) empty(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	_, err = f.Readdirnames(1)
	if errors.Is(err, io.EOF) {
		return true, nil
	}
	return false, err
}

// opened runs do with a folder or link itself.
func opened(path string, rights uint32, do func(windows.Handle) error) error {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	h, err := windows.CreateFile(name, rights, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, nil,
		windows.OPEN_EXISTING, windows.FILE_FLAG_BACKUP_SEMANTICS|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(h)
	return do(h)
}
