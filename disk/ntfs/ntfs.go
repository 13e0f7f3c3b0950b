// Package ntfs reads an NTFS volume as an io/fs file system with the rules of Windows: names in any
// case, no second entry for a short 8.3 name, alternate streams apart, links followed inside the
// volume. It reads little: a path is looked up in the folders' B-trees, not by listing them.
//
// It may import the standard library, disk/damage and codec. It must never write, never trust a
// length it reads, and never heal in silence: a torn structure is an error for what depends on it,
// a Problem of the volume, and no obstacle for the rest.
//
// Structures follow the public documentation of the Linux-NTFS project and its layout.h.
package ntfs

import (
	"errors"
	"io"
	"sync"

	"updoc/codec/wintype"
	"updoc/disk/damage"
)

// Problem is one fault of the volume; Offset is a byte offset on it.
type Problem = damage.Problem

// Errors a file can give beside fs.ErrNotExist.
var (
	// ErrNotNTFS: neither the first nor the last sector is an NTFS boot sector.
	ErrNotNTFS = errors.New("no NTFS volume")
	// ErrDamaged: a structure that was needed is torn or contradicts itself.
	ErrDamaged = errors.New("damaged NTFS structure")
	// ErrCompactOS: the file is compressed by CompactOS (WOF) in a way that is not read: its content lies in a
	// WIM elsewhere, or the algorithm is unknown. XPRESS and LZX are read.
	ErrCompactOS = errors.New("unknown CompactOS compression")
	// ErrEncrypted: the file's content is encrypted by EFS.
	ErrEncrypted = errors.New("file is encrypted by EFS")
	// ErrReparse: the file's content lies elsewhere: cloud, deduplication or another driver.
	ErrReparse = errors.New("file content is kept by another driver")
	// ErrLinkLoop: links lead in a circle or too far.
	ErrLinkLoop = errors.New("too many links")
	// ErrLinkLeaves: a link leads to another volume or out of this machine.
	ErrLinkLeaves = errors.New("link leads out of the volume")
)

// Records with a fixed number.
const (
	recordMFT      = 0
	recordLogFile  = 2
	recordVolume   = 3
	recordRoot     = 5
	recordBitmap   = 6
	recordUpCase   = 10
	firstUserEntry = 24 // below lie the metadata files, which Windows does not list
)

// Volume is an open NTFS volume. It is safe for several goroutines if the reader below is.
type Volume struct {
	r      io.ReaderAt
	size   int64
	boot   *boot
	cache  pageCache
	mft    *stream
	log    damage.Log
	upcase []uint16

	info volumeInfo
	free struct {
		once  sync.Once
		bytes uint64
		err   error
	}
}

// volumeInfo is what the $Volume file tells.
type volumeInfo struct {
	label        string
	major, minor byte
	flags        uint16
	known        bool
}

// Open reads the boot sector, the file table's own record, $Volume and $UpCase of the volume of size
// bytes in r. It fails with ErrNotNTFS if there is none, or with ErrDamaged if its file table cannot
// be found; lesser damage stands in Problems.
func Open(r io.ReaderAt, size int64) (*Volume, error) {
	v := &Volume{r: r, size: size}
	var err error
	if v.boot, err = v.readBoot(); err != nil {
		return nil, err
	}
	if err = v.openMFT(); err != nil {
		return nil, err
	}
	v.loadUpCase()
	v.loadInfo()
	return v, nil
}

// Label is the volume's name, empty if it has none.
func (v *Volume) Label() string { return v.info.label }

// Serial is the 64-bit serial number; Windows shows its lower half.
func (v *Volume) Serial() uint64 { return v.boot.serial }

// ClusterSize is the allocation unit in bytes.
func (v *Volume) ClusterSize() int64 { return v.boot.cluster }

// SectorSize is the sector size in bytes the boot sector declares.
func (v *Volume) SectorSize() int { return int(v.boot.sector) }

// Size is the length of the volume in bytes as its boot sector declares it: whole sectors, the backup
// boot sector behind them not counted.
func (v *Volume) Size() int64 { return v.boot.total * v.boot.sector }

// Version is the NTFS version, normally 3 and 1; zeros if $Volume was not readable.
func (v *Volume) Version() (major, minor int) { return int(v.info.major), int(v.info.minor) }

// Flags are the $Volume flags; bit 0 is dirty, bit 14 says chkdsk is under way.
func (v *Volume) Flags() uint16 { return v.info.flags }

// Dirty tells that Windows will check the volume at its next start. An unreadable $Volume counts as dirty
// and stands in Problems.
func (v *Volume) Dirty() bool { return !v.info.known || v.info.flags&0x4001 != 0 }

// Problems lists the damage found so far, nil if none.
func (v *Volume) Problems() []Problem { return v.log.All() }

// loadInfo reads $Volume; without it the volume is still readable.
func (v *Volume) loadInfo() {
	rec, err := v.record(recordVolume)
	if err != nil {
		return
	}
	if a := rec.resident(attrVolumeName); a != nil {
		v.info.label = wintype.UTF16(a.value)
	}
	if a := rec.resident(attrVolumeInfo); a != nil && len(a.value) >= 12 {
		v.info.major, v.info.minor = a.value[8], a.value[9]
		v.info.flags = le.Uint16(a.value[10:])
		v.info.known = true
	}
}
