// Package ntfsgrow makes an NTFS volume longer at its front, its end or both without moving a byte of
// what is in it: every cluster keeps its place on the disk, only its number grows by the room added in
// front. It is there for recovery partitions, which lie behind the Windows volume and can only grow
// downwards; no other tool does that.
//
// It may import the standard library, codec and disk/ntfs. It must never write before the whole change
// has been worked out and the volume was found consistent before it and after it, never write outside
// the new range, and never touch a cluster that belongs to a file other than $MFT, $MFTMirr, $LogFile,
// $Bitmap, $Boot and the root folder, whose index repeats the sizes of $Bitmap.
//
// What NTFS keeps cluster numbers in: the boot sector (start of $MFT and $MFTMirr), the run lists of the
// file records, and the journal's records. The journal is made empty, as ntfs-3g does whenever it mounts
// a volume for writing: a clean one holds nothing that is needed, but its old pages name clusters by the
// old numbers, and Windows begins a journal of nothing but 0xFF anew. The sequence numbers (LSN) in file
// records stay: Windows has coped with them above an emptied journal since ntfs-3g exists. The dirty flag
// is not set: nothing is left for chkdsk to mend.
package ntfsgrow

import (
	"encoding/binary"
	"errors"
	"io"
)

var le = binary.LittleEndian

// Why a volume is not grown. Each is given before anything is written; an error that is none of these is
// ntfs.ErrNotNTFS, ntfs.ErrDamaged or one of the device.
var (
	// ErrRange: the old range is not inside the new one, or one of them is not made of whole sectors.
	ErrRange = errors.New("the old volume does not lie inside the new one")
	// ErrAlignment: the room in front is not a multiple of the cluster size.
	ErrAlignment = errors.New("the room in front is no multiple of the cluster size")
	// ErrBoot: the boot sector contradicts the partition, the disk or the file table.
	ErrBoot = errors.New("the boot sector does not agree with the partition")
	// ErrDirty: Windows wants to check the volume first.
	ErrDirty = errors.New("the volume is marked for a check")
	// ErrJournal: $LogFile is not clean, or that cannot be told.
	ErrJournal = errors.New("the journal is not clean")
	// ErrVersion: the volume is not NTFS 3.x.
	ErrVersion = errors.New("not NTFS 3.x")
	// ErrHibernated: the volume holds a hibernation image.
	ErrHibernated = errors.New("the volume holds a hibernation image")
	// ErrSnapshots: the volume holds shadow copies, which name places on it by their distance from its beginning.
	ErrSnapshots = errors.New("the volume holds shadow copies")
	// ErrMirror: $MFTMirr is not what $MFT says.
	ErrMirror = errors.New("$MFTMirr differs from $MFT")
	// ErrBadClusters: the volume has clusters that are marked bad.
	ErrBadClusters = errors.New("the volume has bad clusters")
	// ErrBitmap: $Bitmap is not what the files occupy.
	ErrBitmap = errors.New("$Bitmap does not agree with the files")
	// ErrUnsupported: the volume is sound but laid out in a way that is not handled.
	ErrUnsupported = errors.New("unusual NTFS layout")
	// ErrNoRoom: a file record has no room for the longer run list, or the volume none for the longer $Bitmap.
	ErrNoRoom = errors.New("no room for the grown metadata")
	// ErrTooLarge: the volume would have more clusters than Windows allows.
	ErrTooLarge = errors.New("too many clusters")
)

// Device is the disk the volume lies on, usually an overlay over it.
type Device interface {
	io.ReaderAt
	io.WriterAt
}

// Range is a stretch of the disk in bytes.
type Range struct{ Start, Size int64 }

// End is the first byte behind the range.
func (r Range) End() int64 { return r.Start + r.Size }

// sectors tells whether the range is a real one of whole sectors.
func (r Range) sectors(size int64) bool {
	return r.Start >= 0 && r.Size > 0 && r.Start <= 1<<62-r.Size && r.Start%size == 0 && r.Size%size == 0
}

// Grow turns the NTFS volume in the range old of dev into one that fills the range grown, which contains
// old; sectorSize is the disk's in bytes. The partition table is left to the caller. If the volume cannot
// be grown it fails with one of this package's errors and nothing is written. An error of the device
// while it writes leaves the volume between both states: dev should be an overlay that is then thrown away.
//
// It keeps four bitmaps of the volume in memory, one bit a cluster each, and one file record.
func Grow(dev Device, old, grown Range, sectorSize int) error {
	g, err := examine(dev, old, grown, int64(sectorSize))
	if err != nil {
		return err
	}
	if err := g.planBitmap(); err != nil {
		return err
	}
	if err := g.planIndex(); err != nil {
		return err
	}
	if err := g.survey(); err != nil {
		return err
	}
	return g.write()
}

// growth is one volume on its way.
type growth struct {
	dev        Device
	old, grown Range
	geo        geometry
	shift      int64 // by which every cluster number grows
	clusters   int64 // of the grown volume

	table, mirror, log, boot, bitmap extent // as they lie now

	used      bits   // $Bitmap as it is
	newBitmap extent // and as it will be
	newUsed   bits

	index  extent  // of the root folder
	blocks []block // of it that change
}
