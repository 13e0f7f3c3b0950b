package commit

import (
	"fmt"
	"io/fs"
	"os"
)

// Disk is an image file or block device that is open for writing.
type Disk struct {
	file *osFile
	size int64
}

// OpenDevice opens the image file or block device at path for this process alone: a
// block device that is mounted or otherwise held is an error. size is how many bytes
// from the beginning are the disk, 0 for all of them (a fixed VHD has a footer behind).
func OpenDevice(path string, size int64) (*Disk, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	flag := os.O_RDWR
	if info.Mode()&fs.ModeDevice != 0 {
		flag |= os.O_EXCL
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: neither a file nor a block device", path)
	}
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return nil, err
	}
	d := &Disk{file: &osFile{File: f}, size: size}
	if err := d.claim(); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

func (d *Disk) claim() error {
	if err := Lock(d.file.File); err != nil {
		return err
	}
	have, err := d.file.Size()
	if err != nil {
		return err
	}
	if d.size == 0 {
		d.size = have
	}
	if d.size > have {
		return &SizeError{d.size, have}
	}
	return nil
}

// ReadAt reads the disk.
func (d *Disk) ReadAt(p []byte, off int64) (int, error) { return d.file.ReadAt(p, off) }

// WriteAt writes to the disk; what would reach past its end is refused.
func (d *Disk) WriteAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > d.size {
		return 0, &SizeError{off + int64(len(p)), d.size}
	}
	return d.file.WriteAt(p, off)
}

// Size is the length of the disk in bytes.
func (d *Disk) Size() int64 { return d.size }

// Sync flushes the cache of the system and of the device.
func (d *Disk) Sync() error { return d.file.Sync() }

// ReadFresh reads past the cache. Where one sector cannot be read, neither can the seven
// beside it in the same 4 KiB.
func (d *Disk) ReadFresh(p []byte, off int64) error { return d.file.ReadFresh(p, off) }

// Close gives the disk free.
func (d *Disk) Close() error { return d.file.Close() }
