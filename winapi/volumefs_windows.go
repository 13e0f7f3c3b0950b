package winapi

import (
	"io/fs"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

const shareAll = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE

// OpenVolume opens the root of a volume: C:\, \\?\Volume{…}\ or the device of a shadow
// copy, \\?\GLOBALROOT\Device\HarddiskVolumeShadowCopy7. Where this program has the backup
// privilege it is switched on, and stays so: permissions of files do not hinder reading
// then. On other systems root is a folder.
func OpenVolume(root string) (*VolumeFS, error) {
	root, err := volumeRoot(root)
	if err != nil {
		return nil, err
	}
	_ = enable("SeBackupPrivilege") // without it, what is denied is an error of that file
	v := &VolumeFS{
		look:  func(name string) (uint32, uint32, error) { return lookAt(below(root, name)) },
		open:  func(name string, through bool) (*os.File, error) { return openToRead(below(root, name), through) },
		stat:  func(name string) (fs.FileInfo, error) { return os.Lstat(below(root, name)) },
		close: func() error { return nil },
	}
	if _, err := v.Stat("."); err != nil {
		return nil, err
	}
	return v, nil
}

// lookAt asks GetFileInformationByHandleEx for FILE_ATTRIBUTE_TAG_INFO.
func lookAt(path string) (attributes, tag uint32, err error) {
	h, err := openFile(path, windows.FILE_READ_ATTRIBUTES, windows.FILE_FLAG_OPEN_REPARSE_POINT)
	if err != nil {
		return 0, 0, err
	}
	defer windows.CloseHandle(h)
	var info [2]uint32
	err = windows.GetFileInformationByHandleEx(h, windows.FileAttributeTagInfo, (*byte)(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	return info[0], info[1], err
}

func openToRead(path string, through bool) (*os.File, error) {
	flags := uint32(windows.FILE_FLAG_OPEN_REPARSE_POINT)
	if through {
		flags = 0
	}
	h, err := openFile(path, windows.GENERIC_READ, flags)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(h), path), nil
}

func openFile(path string, access, flags uint32) (windows.Handle, error) {
	wide, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	return windows.CreateFile(wide, access, shareAll, nil, windows.OPEN_EXISTING,
		windows.FILE_FLAG_BACKUP_SEMANTICS|windows.FILE_FLAG_OPEN_NO_RECALL|flags, 0)
}
