package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// private lets SYSTEM and administrators alone in: what lies in a journal is done by
// whoever resumes it. Source: security descriptor string format.
const private = "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"

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

// shared lets everybody read what is above the journals: the result of a repair.
const shared = private + "(A;OICI;GRGX;;;BU)"

// makeFolder makes the folder of journals private. One that is there must be ours: anybody
// may make folders in ProgramData.
func makeFolder(path string) error {
	above := filepath.Dir(path)
	if err := os.MkdirAll(filepath.Dir(above), 0o700); err != nil {
		return err
	}
	if err := createFolder(above, shared); err != nil && !errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		return err
	}
	err := createFolder(path, private)
	if errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		return trusted(path, changing, me())
	}
	return err
}

// createFolder makes a folder. Who is no administrator may not give it to administrators.
func createFolder(path, descriptor string) error {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	sd, err := windows.SecurityDescriptorFromString(descriptor)
	if err != nil {
		return err
	}
	err = windows.CreateDirectory(name, attributes(sd))
	if errors.Is(err, windows.ERROR_INVALID_OWNER) {
		err = fs.ErrPermission
	}
	return err
}

func attributes(sd *windows.SECURITY_DESCRIPTOR) *windows.SecurityAttributes {
	sa := &windows.SecurityAttributes{SecurityDescriptor: sd}
	sa.Length = uint32(unsafe.Sizeof(*sa))
	return sa
}

func sole(folder string) error { return trusted(folder, replacing, "") }

func trusted(path string, rights uint32, me string) error {
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return err
	}
	return foreign(unsafe.Slice((*byte)(unsafe.Pointer(sd)), sd.Length()), rights, me)
}

// me is the account that runs this; empty if it is not told.
func me() string {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return ""
	}
	return user.User.Sid.String()
}
