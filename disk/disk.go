// Package disk opens a disk, wherever it is kept, and tells what lies on it: the container, the
// partition table, and the kind of each file system. The rooms below it (container, table, ntfs, fat,
// bitlocker) do the reading.
//
// It may import codec, the rooms below disk and container libraries. It must never write to a disk, and never hide damage: an
// error in the middle is returned and counted, an image cut short says so.
package disk

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"updoc/disk/container"
	"updoc/disk/damage"
	"updoc/disk/table"
)

// Problem is one fault of the container or of reading; the table's faults stand in the table.
type Problem = damage.Problem

// UnsupportedError refuses a disk format that is recognised but not read; Hint says how to convert it.
type UnsupportedError = container.UnsupportedError

// Errors of Open.
var (
	// ErrNotDisk: the file is empty, a folder, text or a file of another kind.
	ErrNotDisk = container.ErrNotDisk
	// ErrTempLimit: unpacking would take more room than Options.TempLimit.
	ErrTempLimit = container.ErrTempLimit
)

// Options steer Open. The zero value is fine.
type Options struct {
	// Progress, if set, is called while a packed image is unpacked, with packed bytes done and in all.
	Progress func(done, total int64)
	// TempLimit is how many bytes an unpacked image may take up on the temporary drive, blocks of zeros
	// not counted. 0 means container.DefaultTempLimit.
	TempLimit int64
}

// Disk is an open disk. It is safe for several goroutines.
type Disk struct {
	img   container.Image
	log   damage.Log
	read  atomic.Int64
	once  sync.Once
	table *table.Table
}

// Open opens the image or block device at path, read-only. Errors wrap ErrNotDisk, ErrTempLimit or are
// *UnsupportedError; unpacking stops with ctx.
func Open(ctx context.Context, path string, opts Options) (*Disk, error) {
	img, err := container.Open(ctx, path, container.Options{Progress: opts.Progress, TempLimit: opts.TempLimit})
	if err != nil {
		return nil, err
	}
	return New(img), nil
}

// New makes a Disk of an image that is already open; Close closes it.
func New(img container.Image) *Disk { return &Disk{img: img} }

// ReadAt reads the disk. Bytes that the image should have and has not, and bytes past its end, give
// io.ErrUnexpectedEOF; other errors are the image's own, and among Problems.
func (d *Disk) ReadAt(p []byte, off int64) (int, error) {
	n, err := d.img.ReadAt(p, off)
	d.read.Add(int64(n))
	if err == nil {
		return n, nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		d.log.Add("read-past-end", d.img.Size(), "the disk ends at %d bytes and was to be read at %d", d.img.Size(), off+int64(n))
		return n, io.ErrUnexpectedEOF
	}
	d.log.Add("read-error", off+int64(n), "%v", err)
	return n, err
}

// Size is the disk's length in bytes.
func (d *Disk) Size() int64 { return d.img.Size() }

// SectorSize is the logical sector size in bytes: the device's own, else what the table was written
// for, else 512.
func (d *Disk) SectorSize() int { return d.Table().SectorSize }

// Format is "raw", "vhd", "qcow2", "device", or one of them with ".gz" or ".zst".
func (d *Disk) Format() string { return d.img.Format() }

// BytesRead counts the bytes read from the disk so far.
func (d *Disk) BytesRead() int64 { return d.read.Load() }

// Problems lists the damage of the container and of reading found so far, nil if none.
func (d *Disk) Problems() []Problem { return append(d.img.Problems(), d.log.All()...) }

// Table reads the partition table at the first call.
func (d *Disk) Table() *table.Table {
	d.once.Do(func() { d.table = table.Read(d, d.Size(), d.img.SectorSize()) })
	return d.table
}

// Section is a stretch of the disk, such as a partition. Where it reaches past the disk, reading gives
// io.ErrUnexpectedEOF.
func (d *Disk) Section(start, size uint64) *io.SectionReader {
	const most = 1<<63 - 1
	start = min(start, most)
	return io.NewSectionReader(d, int64(start), int64(min(size, most-start)))
}

// Close closes the image and removes what was unpacked.
func (d *Disk) Close() error { return d.img.Close() }
