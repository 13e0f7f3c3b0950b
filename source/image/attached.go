package image

import (
	"cmp"
	"errors"
	"io/fs"

	"updoc/disk"
	"updoc/disk/table"
)

// Attached is a disk of a Windows that runs.
type Attached struct {
	Number uint32            // as Windows counts it
	Disk   *disk.Disk        // nil: it may not be read, then Size, Table and Why tell; it is closed with the source
	Size   uint64            // bytes
	Table  *table.Table      // as Windows tells it
	Why    error             // why it may not be read; nil: for want of permission
	Holds  func(uint64) bool // whether the partition that begins there holds the Windows that runs
	Taken  func(uint64) bool // whether Windows has the volume that begins there in use: it is not read below Windows
}

// Attach describes an attached disk by the same code as an image. Of a volume that is
// taken, only what its first sectors tell is filled in.
func Attach(a Attached) *Source {
	s := &Source{disk: a.Disk, number: a.Number, size: int64(a.Size), table: a.Table, taken: a.Taken}
	if a.Disk != nil {
		s.size, s.table = a.Disk.Size(), a.Disk.Table()
	} else {
		s.unread = cmp.Or(a.Why, error(fs.ErrPermission))
	}
	s.volumes = s.openVolumes()
	for _, v := range s.volumes {
		if a.Holds(v.part.Start) {
			s.windows = v.id
		}
		if s.isTaken(v) && v.unread == nil {
			v.done, v.err = true, errTaken
		}
	}
	return s
}

var errTaken = errors.New("in use by Windows")

func (s *Source) isTaken(v *volume) bool { return s.taken != nil && s.taken(v.part.Start) }

// ID returns the id of the volume that begins at a place of the disk; empty: none does.
func (s *Source) ID(start uint64) string {
	for _, v := range s.volumes {
		if v.part.Start == start {
			return v.id
		}
	}
	return ""
}
