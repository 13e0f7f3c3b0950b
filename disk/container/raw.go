package container

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"updoc/disk/damage"
)

// fileSource is the file below every container: reads that leave it say so as damage.
type fileSource struct {
	f    file
	size int64
	temp string // removed on Close, empty if there is nothing to remove
	log  damage.Log
}

// file is what of an *os.File is needed to read; there is no way to write through it.
type file interface {
	io.ReaderAt
	io.Closer
}

// readFull fills p from off or gives io.ErrUnexpectedEOF with the count it got.
func (s *fileSource) readFull(p []byte, off int64) (int, error) {
	if off < 0 || off >= s.size {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := s.f.ReadAt(p, off)
	if n == len(p) {
		return n, nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Close closes the file and removes it if it is a temporary one of ours.
func (s *fileSource) Close() error {
	err := s.f.Close()
	if s.temp != "" {
		err = errors.Join(err, os.Remove(s.temp))
	}
	return err
}

// Problems lists the container's damage found so far.
func (s *fileSource) Problems() []damage.Problem { return s.log.All() }

// rawImage is a disk byte for byte: a file or a block device.
type rawImage struct {
	*fileSource
	format string
	sector int
}

// ReadAt reads the disk.
func (r *rawImage) ReadAt(p []byte, off int64) (int, error) { return r.readFull(p, off) }

// Size is the file's or device's length in bytes.
func (r *rawImage) Size() int64 { return r.size }

// SectorSize is known for devices only.
func (r *rawImage) SectorSize() int { return r.sector }

// Format is Raw or Device.
func (r *rawImage) Format() string { return r.format }

// openDevice takes the length of a block device from its end: Stat gives 0 for devices.
func openDevice(f *os.File) (Image, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("device length: %w", err)
	}
	if size == 0 {
		return nil, fmt.Errorf("a device without length: %w", ErrNotDisk)
	}
	src := &fileSource{f: f, size: size}
	return &rawImage{fileSource: src, format: Device, sector: deviceSector(f.Name())}, nil
}

// deviceSector asks Linux' sysfs for the logical sector size; 0 where it cannot be told. A partition
// has no queue of its own, its disk one folder up has.
func deviceSector(path string) int {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return 0
	}
	dir, err := filepath.EvalSymlinks(filepath.Join("/sys/class/block", filepath.Base(real)))
	if err != nil {
		return 0
	}
	for _, d := range []string{dir, filepath.Dir(dir)} {
		b, err := os.ReadFile(filepath.Join(d, "queue", "logical_block_size"))
		if err != nil {
			continue
		}
		if n, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil {
			return n
		}
	}
	return 0
}
