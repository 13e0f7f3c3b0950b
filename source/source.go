// Package source is where a machine is looked at: a disk, a folder, a bundle, later
// a running Windows. A Source gives files and the layout of disks; it reads nothing
// of what they mean (collect does). It may import model, disk and format, and must
// never write to what it looks at: everything is opened read-only.
package source

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"

	"updoc/model"
)

// Source is one Windows installation with what surrounds it. It is used by one
// goroutine at a time. Whoever opened it closes it; Close is idempotent.
type Source interface {
	// Info names what is looked at.
	Info() model.SourceInfo
	// Disks returns the disks with their partitions; the facts of each volume that its
	// file system tells (kind, label, free bytes, BitLocker) are filled in. A source
	// without disks returns an empty list whose coverage says why.
	Disks(ctx context.Context) model.List[model.Disk]
	// Windows returns the id of the volume that holds the diagnosed Windows.
	Windows() string
	// FS returns a volume as a file system: slash-separated names below its root, any
	// case, no 8.3 names; files implement io.ReaderAt. The error is a *UnseenError
	// when the volume exists but cannot be read (encrypted, damaged, unsupported).
	FS(volume string) (fs.FS, error)
	// BytesRead returns how much was read from the medium so far, for progress and
	// benchmarks; 0 if the source does not count.
	BytesRead() int64
	Close() error
}

// Recorded is a Source that holds facts read earlier (a bundle): nothing needs to be
// collected.
type Recorded interface {
	Machine() (*model.Machine, error)
}

// Secured is a volume's file system that knows who may do what with its files, which only
// NTFS does. The descriptor is self-relative, as format/sd reads it; the error wraps
// fs.ErrNotExist if there is no such file, or no descriptor.
type Secured interface {
	Security(name string) ([]byte, error)
}

// Damaged is a Source that may meet damage while it is read. Problems lists what was
// met so far, of the disk and of every volume that was opened.
type Damaged interface {
	Problems() []model.DiskProblem
}

// lost are the problems, as disk and its rooms name them, after which content that
// should be there is not; others were got over, such as a damaged copy of a table
// whose other copy is whole.
var lost = []string{
	"read-error", "read-past-end", "image-truncated", "packed-damaged", "qcow2-cluster-damaged", "qcow2-table-short",
	"vhd-table-short", "vhdx-table-short", "vhdx-block-damaged", "volume-truncated", "folder-damaged", "fat-unreadable", "file-damaged", "mft-record-damaged",
	"mft-runs-damaged", "index-damaged", "bitmap-damaged", "bitmap-short", "more-problems",
}

// Lost reports whether a problem means that something could not be read.
func Lost(p model.DiskProblem) bool { return slices.Contains(lost, p.Code) }

// File is what every volume's files are.
type File interface {
	fs.File
	io.ReaderAt
}

// UnseenError says why something that exists cannot be read.
type UnseenError struct {
	model.Unseen
	Err error
}

// Error returns the reason and the chain below it.
func (e *UnseenError) Error() string {
	if e.Err != nil {
		return e.Reason + ": " + e.Err.Error()
	}
	return e.Reason
}

// Unwrap returns the next error of the chain.
func (e *UnseenError) Unwrap() error { return e.Err }

// Why turns an error of FS or of a file into the reason a fact is unseen. It returns
// the zero Unseen for nil.
func Why(artifact string, err error) model.Unseen {
	var u *UnseenError
	switch {
	case err == nil:
		return model.Unseen{}
	case errors.As(err, &u):
		why := u.Unseen
		why.Artifact = artifact
		return why
	case errors.Is(err, fs.ErrNotExist):
		return model.Unseen{Artifact: artifact, Reason: model.ReasonAbsent, How: model.HowNothing}
	case errors.Is(err, fs.ErrPermission):
		return model.Unseen{Artifact: artifact, Reason: model.ReasonPermission, How: model.HowAdmin}
	}
	return model.Unseen{Artifact: artifact, Reason: model.ReasonDamaged, Detail: err.Error(), How: model.HowNothing}
}

// Open opens one file of a volume for random access, with its size in bytes.
func Open(fsys fs.FS, name string) (File, int64, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	file, ok := f.(File)
	if !ok || info.IsDir() {
		f.Close()
		return nil, 0, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return file, info.Size(), nil
}

// Edge is what lies at both ends of a disk, where partition tables are.
type Edge struct {
	Disk        int64
	Size        int64 // bytes of the whole disk
	SectorSize  int64 // bytes
	First, Last []byte
}

// Edged is a Source whose disks can be read below their file systems.
type Edged interface{ Edges() []Edge }
