package image

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"updoc/disk"
	"updoc/disk/ntfs"
	"updoc/disk/table"
	"updoc/model"
	"updoc/source"
)

// volume is one partition, or the whole of a disk without a table.
type volume struct {
	id   string
	part table.Partition
	data *io.SectionReader
	kind string // as disk.Probe names it
	// unread is why the kind is not known: its beginning could not be read. nil: it was.
	unread error
	fsys   fs.FS // nil until opened
	err    error
	done   bool
}

func (s *Source) openVolumes() []*volume {
	parts := s.table.Partitions
	if s.table.Kind == table.None {
		parts = []table.Partition{{Size: uint64(s.size)}}
	}
	var out []*volume
	for _, p := range parts {
		v := s.probe(p)
		if s.table.Kind == table.None {
			v.id = fmt.Sprintf("disk%d", s.number)
		}
		out = append(out, v)
	}
	return out
}

func (s *Source) probe(p table.Partition) *volume {
	v := &volume{id: s.volumeID(p.Index), part: p, kind: "unknown", unread: s.unread}
	if s.unread != nil {
		v.data = io.NewSectionReader(nothing{}, 0, int64(p.Size))
		return v
	}
	v.data = s.disk.Section(p.Start, p.Size)
	found := disk.Probe(v.data, v.data.Size())
	if v.kind = found.Kind; v.kind == "unknown" {
		v.unread = found.Err
	}
	return v
}

// nothing is what can be read of a disk that may not be read.
type nothing struct{}

// ReadAt implements io.ReaderAt.
func (nothing) ReadAt([]byte, int64) (int, error) { return 0, fs.ErrPermission }

// open opens the file system once. What cannot be opened gives a *UnseenError.
func (v *volume) open() (fs.FS, error) {
	if !v.done {
		v.done = true
		v.fsys, v.err = v.mount()
	}
	return v.fsys, v.err
}

func (v *volume) mount() (fs.FS, error) {
	if v.unread != nil {
		return nil, &source.UnseenError{Unseen: source.Why("volume", v.unread), Err: v.unread}
	}
	switch v.kind {
	case "ntfs":
		vol, err := ntfs.Open(v.data, v.data.Size())
		if err != nil {
			return nil, unseen(model.ReasonDamaged, model.HowNothing, err)
		}
		return volumeFS{vol}, nil
	case "fat12", "fat16", "fat32":
		return mountFAT(v.data)
	case "bitlocker":
		return nil, unseen(model.ReasonEncrypted, model.HowUnlock, nil)
	case "empty", "unknown":
		return nil, unseen(model.ReasonAbsent, model.HowNothing, nil)
	}
	return nil, unseen(model.ReasonUnsupported, model.HowNothing, errors.New(v.kind))
}

func unseen(reason, how string, err error) error {
	return &source.UnseenError{Unseen: model.Unseen{Artifact: "volume", Reason: reason, How: how}, Err: err}
}

// holdsWindows reports whether the volume has the registry of a Windows.
func (v *volume) holdsWindows() bool {
	if v.kind != "ntfs" {
		return false
	}
	fsys, err := v.open()
	if err != nil {
		return false
	}
	_, err = fs.Stat(fsys, "Windows/System32/config/SYSTEM")
	return err == nil
}

var _ source.Secured = volumeFS{}

// volumeFS gives the reasons of NTFS files that cannot be read in the words of model.
type volumeFS struct{ *ntfs.Volume }

// Open implements fs.FS.
func (f volumeFS) Open(name string) (fs.File, error) {
	file, err := f.Volume.Open(name)
	switch {
	case errors.Is(err, ntfs.ErrCompactOS), errors.Is(err, ntfs.ErrReparse):
		return nil, unseen(model.ReasonUnsupported, model.HowLive, err)
	case errors.Is(err, ntfs.ErrEncrypted):
		return nil, unseen(model.ReasonEncrypted, model.HowLive, err)
	}
	return file, err
}
