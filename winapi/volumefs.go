package winapi

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"syscall"
)

// Errors of files, in a *fs.PathError.
var (
	// ErrInUse: another program holds the file and lets nobody read it. A shadow copy does.
	ErrInUse = errors.New("in use by another program")
	// ErrNotHere: what is in the file is elsewhere, in a cloud or an archive. It is not
	// fetched.
	ErrNotHere = errors.New("the content is not on this PC")
	// ErrLink: the path is or goes through a link. Links are not followed.
	ErrLink = errors.New("a link, which is not followed")
)

// VolumeFS is a volume of a running Windows as files: slash-separated names below its
// root, any case. Files implement io.ReaderAt and fs.ReadDirFile. Everything is opened to
// read, whatever others do with it; links are never followed and nothing is fetched
// from a cloud. It may be used by many goroutines.
type VolumeFS struct {
	// look tells attributes and reparse tag of a name itself, open opens it to read:
	// through the driver that makes its content, or itself.
	look  func(name string) (attributes, tag uint32, err error)
	open  func(name string, through bool) (*os.File, error)
	stat  func(name string) (fs.FileInfo, error)
	close func() error

	folders sync.Map // names of folders that are no links
}

var _ fs.StatFS = (*VolumeFS)(nil)

// Close closes the volume; files that are open stay so.
func (v *VolumeFS) Close() error { return v.close() }

// Open implements fs.FS.
func (v *VolumeFS) Open(name string) (fs.File, error) {
	f, err := v.openPlain(name)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	return heldFile{f}, nil
}

// Stat implements fs.StatFS, also for a file in use. A link is told itself.
func (v *VolumeFS) Stat(name string) (fs.FileInfo, error) {
	err := v.walk(name)
	if err == nil {
		var info fs.FileInfo
		if info, err = v.stat(name); err == nil {
			return info, nil
		}
	}
	return nil, pathError("stat", name, err)
}

func (v *VolumeFS) openPlain(name string) (*os.File, error) {
	if err := v.walk(name); err != nil {
		return nil, err
	}
	through, err := v.verdict(name)
	if err != nil {
		return nil, err
	}
	return v.open(name, through)
}

// walk makes sure that no folder above name is a link.
func (v *VolumeFS) walk(name string) error {
	if !fs.ValidPath(name) || strings.ContainsAny(name, "\x00\\:*?\"<>|") {
		return fs.ErrInvalid
	}
	for i, c := range name {
		if c != '/' {
			continue
		}
		folder := strings.ToLower(name[:i])
		if _, known := v.folders.Load(folder); known {
			continue
		}
		if _, err := v.verdict(name[:i]); err != nil {
			return err
		}
		v.folders.Store(folder, nil)
	}
	return nil
}

func (v *VolumeFS) verdict(name string) (through bool, err error) {
	attributes, tag, err := v.look(name)
	if err != nil {
		return false, err
	}
	return reparse(attributes, tag)
}

// File attributes. Source: "File Attribute Constants".
const (
	attrReparse    = 0x400
	attrOffline    = 0x1000
	attrRecallOpen = 0x40000
	attrRecallData = 0x400000
)

// Reparse tags whose content a driver of Windows makes from what is on this volume.
// Source: [MS-FSCC] 2.1.2.1.
const (
	tagWIM       = 0x80000008
	tagDedup     = 0x80000013
	tagWOF       = 0x80000017 // CompactOS
	tagCloud     = 0x9000001a // the digit before 01a varies
	tagCloudMask = 0xffff0fff
)

// reparse says how a file is read: by itself, through the driver that its tag names, or not.
func reparse(attributes, tag uint32) (through bool, err error) {
	switch {
	case attributes&(attrOffline|attrRecallOpen|attrRecallData) != 0:
		return false, ErrNotHere
	case attributes&attrReparse == 0:
		return false, nil
	case tag == tagWIM, tag == tagDedup, tag == tagWOF, tag&tagCloudMask == tagCloud:
		return true, nil
	}
	return false, ErrLink
}

// heldFile is an open file whose errors tell when somebody holds a part of it.
type heldFile struct{ *os.File }

// Read implements io.Reader.
func (f heldFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	return n, held(err)
}

// ReadAt implements io.ReaderAt.
func (f heldFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(p, off)
	return n, held(err)
}

// Win32 errors of a file in use. Source: winerror.h.
const (
	errSharing = 32 // ERROR_SHARING_VIOLATION
	errLocked  = 33 // ERROR_LOCK_VIOLATION
)

// held turns the errors of a file in use into ErrInUse, with the number below it.
func held(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) && (number == errSharing || number == errLocked) {
		return errors.Join(ErrInUse, err)
	}
	return err
}

func pathError(op, name string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return &fs.PathError{Op: op, Path: name, Err: held(err)}
}

// volumeRoot brings the root of a volume into the form that Windows takes as it is: C:\,
// \\?\Volume{…}\ or a device below \\?\GLOBALROOT\.
func volumeRoot(root string) (string, error) {
	bare := strings.TrimRight(root, `\`)
	switch {
	case len(bare) == 2 && bare[1] == ':' && 'a' <= bare[0]|0x20 && bare[0]|0x20 <= 'z':
		return `\\?\` + bare + `\`, nil
	case strings.HasPrefix(bare, `\\?\Volume{`) && strings.HasSuffix(bare, "}"),
		strings.HasPrefix(bare, `\\?\GLOBALROOT\Device\`):
		if !strings.Contains(bare, `\..`) {
			return bare + `\`, nil
		}
	}
	return "", &fs.PathError{Op: "open", Path: root, Err: fs.ErrInvalid}
}

// below is a name in the form of Windows, below a root of volumeRoot.
func below(root, name string) string {
	if name = path.Clean(name); name == "." {
		return root
	}
	return root + strings.ReplaceAll(name, "/", `\`)
}
