package windows

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	sys "golang.org/x/sys/windows"

	"updoc/winapi"
)

// OnDisk are the files of this PC. With administrator rights permissions of files do not
// hinder it.
func OnDisk() Files {
	winapi.EnableBackup()
	return onDisk{}
}

type onDisk struct{}

const shareAll = sys.FILE_SHARE_READ | sys.FILE_SHARE_WRITE | sys.FILE_SHARE_DELETE

func create(path string, access, share, how, flags uint32) (*os.File, error) {
	wide, err := sys.UTF16PtrFromString(longPath(path))
	if err != nil {
		return nil, err
	}
	h, err := sys.CreateFile(wide, access, share, nil, how, flags|sys.FILE_FLAG_BACKUP_SEMANTICS, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(h), path), nil
}

// Open implements Files.
func (onDisk) Open(path string) (File, error) {
	f, err := create(path, sys.GENERIC_READ, shareAll, sys.OPEN_EXISTING, sys.FILE_FLAG_OPEN_REPARSE_POINT)
	if err != nil {
		return nil, fileError("open", path, err)
	}
	return f, nil
}

// sink tells what a write failed of.
type sink struct {
	*os.File
	path string
}

// Write implements io.Writer.
func (s sink) Write(p []byte) (int, error) {
	n, err := s.File.Write(p)
	return n, told("write", s.path, err)
}

// told is the error below one of package os.
func told(op, path string, err error) error {
	var below *fs.PathError
	if errors.As(err, &below) {
		err = below.Err
	}
	return fileError(op, path, err)
}

// Create implements Files.
func (d onDisk) Create(path string) (Sink, error) {
	_ = d.SetAttributes(path, 0) // of what an earlier run left, if there is something
	f, err := create(path, sys.GENERIC_WRITE, 0, sys.CREATE_ALWAYS, sys.FILE_FLAG_WRITE_THROUGH)
	if err != nil {
		return nil, fileError("create", path, err)
	}
	return sink{f, path}, nil
}

// writable takes the read-only attribute away, which keeps a file from being replaced.
func (d onDisk) writable(path string) error {
	st, err := d.Stat(path)
	if err != nil || st.Folder || st.Attributes&attrReadOnly == 0 {
		return nil // what follows tells
	}
	return d.SetAttributes(path, st.Attributes&^attrReadOnly)
}

// Rename implements Files.
func (d onDisk) Rename(from, to string) error {
	if err := d.writable(to); err != nil {
		return err
	}
	old, err := sys.UTF16PtrFromString(longPath(from))
	if err != nil {
		return err
	}
	now, err := sys.UTF16PtrFromString(longPath(to))
	if err != nil {
		return err
	}
	return fileError("rename", to, sys.MoveFileEx(old, now, sys.MOVEFILE_REPLACE_EXISTING|sys.MOVEFILE_WRITE_THROUGH))
}

// Remove implements Files.
func (d onDisk) Remove(path string) error {
	st, err := d.Stat(path)
	if err != nil {
		return err
	}
	wide, err := sys.UTF16PtrFromString(longPath(path))
	if err != nil {
		return err
	}
	if st.Folder {
		if st.Attributes&attrReadOnly != 0 {
			_ = d.SetAttributes(path, st.Attributes&^attrReadOnly) // RemoveDirectory tells
		}
		return fileError("remove", path, sys.RemoveDirectory(wide))
	}
	if err := d.writable(path); err != nil {
		return err
	}
	return fileError("remove", path, sys.DeleteFile(wide))
}

// MakeFolder implements Files.
func (d onDisk) MakeFolder(path string) error {
	path = strings.TrimRight(path, `\`)
	if isRoot(path) {
		return nil
	}
	if st, err := d.Stat(path); err == nil && st.Folder {
		return nil
	}
	if err := d.MakeFolder(folderOf(path)); err != nil {
		return err
	}
	wide, err := sys.UTF16PtrFromString(longPath(path))
	if err != nil {
		return err
	}
	err = sys.CreateDirectory(wide, nil)
	if errors.Is(err, sys.ERROR_ALREADY_EXISTS) {
		return nil
	}
	return fileError("mkdir", path, err)
}

// Stat implements Files.
func (onDisk) Stat(path string) (Stat, error) {
	f, err := create(path, sys.FILE_READ_ATTRIBUTES, shareAll, sys.OPEN_EXISTING, sys.FILE_FLAG_OPEN_REPARSE_POINT)
	if err != nil {
		return Stat{}, fileError("stat", path, err)
	}
	defer f.Close()
	var info sys.ByHandleFileInformation
	if err := sys.GetFileInformationByHandle(sys.Handle(f.Fd()), &info); err != nil {
		return Stat{}, fileError("stat", path, err)
	}
	return Stat{Size: int64(info.FileSizeHigh)<<32 | int64(info.FileSizeLow), Attributes: info.FileAttributes,
		Folder: info.FileAttributes&sys.FILE_ATTRIBUTE_DIRECTORY != 0, ID: uint64(info.FileIndexHigh)<<32 | uint64(info.FileIndexLow)}, nil
}

// SetAttributes implements Files.
func (onDisk) SetAttributes(path string, attributes uint32) error {
	wide, err := sys.UTF16PtrFromString(longPath(path))
	if err != nil {
		return err
	}
	if attributes &= attrSettable; attributes == 0 {
		attributes = sys.FILE_ATTRIBUTE_NORMAL
	}
	return fileError("attributes", path, sys.SetFileAttributes(wide, attributes))
}

// List implements Files.
func (onDisk) List(path string) ([]string, error) {
	if isRoot(path) {
		path = strings.TrimRight(path, `\`) + `\`
	}
	f, err := create(path, sys.FILE_LIST_DIRECTORY, shareAll, sys.OPEN_EXISTING, 0)
	if err != nil {
		return nil, fileError("list", path, err)
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	return names, told("list", path, err)
}
