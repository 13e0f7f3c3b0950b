package image

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"updoc/disk/container"
	"updoc/disk/damage"
	"updoc/model"
)

// Target is the disk that is to be changed. Until it is committed it is open for reading
// only, and locked against others.
type Target struct {
	path  string
	img   container.Image
	locks []*os.File
	found os.FileInfo // as it was when it was opened
}

// Open opens and locks a raw image, a fixed VHD or a block device. Errors are
// *model.Error: source-not-found, no-permission, not-writable-container (with the command
// that converts it), disk-read-only, disk-in-use.
func Open(ctx context.Context, path string) (*Target, error) {
	if err := writable(path); err != nil {
		return nil, err
	}
	img, err := container.Open(ctx, path, container.Options{TempLimit: 1})
	if err != nil {
		return nil, containerError(path, err)
	}
	found, err := os.Stat(path)
	if err != nil {
		return nil, errors.Join(containerError(path, err), img.Close())
	}
	t := &Target{path: path, img: img, found: found}
	if err := t.suits(); err != nil {
		return nil, errors.Join(err, img.Close())
	}
	if err := t.lock(); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// Unchanged refuses an image that somebody has written to since it was opened: what was
// read of it before and after does not belong together. Not everybody asks for our lock. The
// error is a *model.Error: disk-changed. A device is ours alone.
func (t *Target) Unchanged() error {
	now, err := os.Stat(t.path)
	if err == nil && t.found.Mode().IsRegular() && (!os.SameFile(t.found, now) || !now.ModTime().Equal(t.found.ModTime()) || now.Size() != t.found.Size()) {
		err = errors.New("its time or size is another one")
	}
	if err != nil {
		return &model.Error{Code: "disk-changed", Exit: 6, Args: model.Args{"path": t.path, "offset": int64(0)}, Err: err}
	}
	return nil
}

// writable tells whether the disk could be opened for writing, without doing so.
func writable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &model.Error{Code: "source-not-found", Args: model.Args{"path": path}, Err: err}
	case err != nil:
		return &model.Error{Code: "no-permission", Args: model.Args{"path": path}, Err: err}
	case info.IsDir():
		return notDisk(path, nil)
	}
	switch err := mayWrite(path); {
	case errors.Is(err, fs.ErrPermission):
		return &model.Error{Code: "no-permission", Args: model.Args{"path": path}, Err: err}
	case err != nil:
		return &model.Error{Code: "disk-read-only", Args: model.Args{"path": path}, Err: err}
	}
	return nil
}

// containerError tells what a file that cannot be opened as a raw disk is. A packed image
// is not unpacked for this: the limit of one byte stops it.
func containerError(path string, err error) error {
	var unsupported *container.UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		return notWritable(path, unsupported.Format, err)
	case errors.Is(err, container.ErrTempLimit):
		return notWritable(path, "packed", err)
	case errors.Is(err, container.ErrNotDisk):
		return notDisk(path, err)
	case errors.Is(err, fs.ErrPermission):
		return &model.Error{Code: "no-permission", Args: model.Args{"path": path}, Err: err}
	case errors.Is(err, context.Canceled):
		return err
	}
	return &model.Error{Code: "source-unreadable", Args: model.Args{"path": path}, Err: err}
}

func notWritable(path, format string, err error) error {
	return &model.Error{Code: "not-writable-container", Args: model.Args{"path": path, "format": format, "command": convertCommand(path, format)}, Err: err}
}

// notDisk is of what may hold a Windows, or facts about one, but no disk.
func notDisk(path string, err error) error {
	return &model.Error{Code: "disk-needed", Args: model.Args{"path": path}, Err: err}
}

// convertCommand is for a shell.
func convertCommand(path, format string) string {
	quoted := "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	switch {
	case format == "packed" && gzipped(path):
		return "gzip -dc " + quoted + " > disk.img"
	case format == "packed":
		return "zstd -d " + quoted + " -o disk.img"
	}
	return "qemu-img convert -O raw " + quoted + " disk.img"
}

// gzipped reads the two bytes with which gzip begins (RFC 1952, 2.3.1).
func gzipped(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var magic [2]byte
	_, err = io.ReadFull(f, magic[:])
	return err == nil && magic == [2]byte{0x1f, 0x8b}
}

// suits refuses a container whose blocks do not lie in it as on the disk.
func (t *Target) suits() error {
	switch format := t.img.Format(); format {
	case container.Raw, container.Device:
	case container.VHD:
		if !t.fixed() {
			return notWritable(t.path, "dynamic vhd", nil)
		}
	default:
		return notWritable(t.path, format, nil)
	}
	if p := t.img.Problems(); len(p) > 0 {
		return &model.Error{Code: "source-unreadable", Args: model.Args{"path": t.path}, Err: errors.New(p[0].Text)}
	}
	return nil
}

// fixed tells that a VHD is its disk with a footer of one sector behind it.
func (t *Target) fixed() bool {
	info, err := os.Stat(t.path)
	return err == nil && info.Size() == t.img.Size()+512
}

// ReadAt reads the disk as it is now.
func (t *Target) ReadAt(p []byte, off int64) (int, error) { return t.img.ReadAt(p, off) }

// Size is the length of the disk in bytes.
func (t *Target) Size() int64 { return t.img.Size() }

// SectorSize is the logical sector size if the device knows it, else 0.
func (t *Target) SectorSize() int { return t.img.SectorSize() }

// Format is raw, vhd or device.
func (t *Target) Format() string { return t.img.Format() }

// Path is where the disk is.
func (t *Target) Path() string { return t.path }

// Problems lists damage of the container met so far.
func (t *Target) Problems() []damage.Problem { return t.img.Problems() }

// Close gives the lock back.
func (t *Target) Close() error {
	err := t.img.Close()
	for _, f := range t.locks {
		err = errors.Join(err, f.Close())
	}
	return err
}
