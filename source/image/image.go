// Package image is the source of a dead or foreign disk: an image file or a block
// device, opened read-only. It finds the partitions, opens the file systems and
// chooses the Windows to be diagnosed. It may import model, source and disk, and must
// never write, mount or repair.
package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"updoc/disk"
	"updoc/disk/table"
	"updoc/model"
	"updoc/source"
)

// Options say how to open a disk.
type Options struct {
	Volume   string                  // id of the Windows volume, when there are several; empty: the only one
	Progress func(done, total int64) // called while an image is unpacked; may be nil
}

// Source is an open disk. See source.Source for its contract.
type Source struct {
	path    string
	number  uint32            // as Windows counts disks; 0 of an image
	size    int64             // bytes
	taken   func(uint64) bool // of an attached disk: volumes that Windows has in use, by their start; nil: none
	unread  error             // why nothing of the disk can be read; nil: it can
	disk    *disk.Disk
	table   *table.Table
	volumes []*volume
	windows string
	disks   *model.List[model.Disk]
	closing sync.Once
	closed  error
}

var _ source.Source = (*Source)(nil)

// Open opens a disk and finds the Windows on it. Errors are *model.Error:
// source-not-found, permission, source-unreadable, unsupported-format,
// unpacked-too-large, or one of OpenDisk's.
func Open(ctx context.Context, path string, opts Options) (*Source, error) {
	d, err := disk.Open(ctx, path, disk.Options{Progress: opts.Progress})
	if err != nil {
		return nil, OpenError(path, err)
	}
	return OpenDisk(d, path, opts)
}

// OpenDisk finds the Windows on a disk that is open already; path only names it. The
// disk is closed with the source, and at once if there is an error, which is a
// *model.Error: not-a-disk, no-windows, windows-unreadable, several-windows,
// no-such-volume.
func OpenDisk(d *disk.Disk, path string, opts Options) (*Source, error) {
	s := &Source{path: path, disk: d, size: d.Size(), table: d.Table()}
	s.volumes = s.openVolumes()
	if err := s.choose(opts.Volume); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return s, nil
}

// OpenError says in Open's words why the disk at path cannot be opened. The error of a
// cancelled context stays.
func OpenError(path string, err error) error {
	var unsupported *disk.UnsupportedError
	e := &model.Error{Code: "source-unreadable", Args: model.Args{"path": path}, Err: err}
	switch {
	case errors.As(err, &unsupported):
		e.Code = "unsupported-format"
		switch unsupported.Why {
		case "log":
			e.Code = "unsupported-disk-log"
		case "parent":
			e.Code = "unsupported-disk-parent"
		case "damaged":
			e.Code = "unsupported-disk-damaged"
		}
		e.Args["format"], e.Args["hint"] = unsupported.Format, unsupported.Hint
	case errors.Is(err, disk.ErrNotDisk):
		e.Code = "not-a-disk"
	case errors.Is(err, fs.ErrNotExist):
		e.Code = "source-not-found"
	case errors.Is(err, fs.ErrPermission):
		e.Code = "permission"
	case errors.Is(err, disk.ErrTempLimit):
		e.Code = "unpacked-too-large"
		e.Args["folder"] = os.TempDir()
	case errors.Is(err, context.Canceled):
		return err
	}
	return e
}

// Info implements source.Source.
func (s *Source) Info() model.SourceInfo {
	return model.SourceInfo{Kind: "disk", Path: s.path, Form: s.disk.Format()}
}

// Windows implements source.Source.
func (s *Source) Windows() string { return s.windows }

// BytesRead implements source.Source.
func (s *Source) BytesRead() int64 {
	if s.disk == nil {
		return 0
	}
	return s.disk.BytesRead()
}

// Close implements source.Source.
func (s *Source) Close() error {
	s.closing.Do(func() {
		if s.disk != nil {
			s.closed = s.disk.Close()
		}
	})
	return s.closed
}

// FS implements source.Source.
func (s *Source) FS(id string) (fs.FS, error) {
	for _, v := range s.volumes {
		if v.id == id {
			return v.open()
		}
	}
	return nil, &fs.PathError{Op: "open volume", Path: id, Err: fs.ErrNotExist}
}

// choose finds the Windows volume. A disk whose only candidates are encrypted is
// still looked at: the lock is then the reason why facts are unseen.
func (s *Source) choose(wanted string) error {
	var found, locked []string
	for _, v := range s.volumes {
		switch {
		case v.holdsWindows():
			found = append(found, v.id)
		case v.kind == "bitlocker" && v.part.TypeGUID != table.TypeRecovery:
			locked = append(locked, v.id)
		}
	}
	if wanted != "" {
		if !slices.Contains(found, wanted) && !slices.Contains(locked, wanted) {
			return &model.Error{Code: "no-such-volume", Args: model.Args{"volume": wanted, "volumes": strings.Join(append(found, locked...), ", ")}}
		}
		s.windows = wanted
		return nil
	}
	switch {
	case len(found) == 1:
		s.windows = found[0]
	case len(found) > 1:
		return &model.Error{Code: "several-windows", Args: model.Args{"volumes": strings.Join(found, ", "), "first": found[0]}}
	case len(locked) > 0:
		s.windows = slices.MaxFunc(locked, func(a, b string) int { return int(min(max(s.sizeOf(a)-s.sizeOf(b), -1), 1)) })
	default:
		return s.noWindows()
	}
	return nil
}

// noWindows says that there is none, or that it could not be seen for damage: nobody
// should believe that a failing disk is empty.
func (s *Source) noWindows() error {
	e := &model.Error{Code: "no-windows", Args: model.Args{"path": s.path, "table": s.table.Kind, "partitions": int64(len(s.table.Partitions))}}
	for _, p := range s.Problems() {
		e.Cause = append(e.Cause, strings.TrimSpace(p.Origin.Volume+" "+p.Code+": "+p.Text))
	}
	for _, v := range s.volumes {
		if _, err := v.open(); v.kind == "ntfs" && err != nil {
			e.Cause = append(e.Cause, v.id+" "+err.Error())
		}
	}
	switch {
	case slices.ContainsFunc(s.Problems(), source.Lost), s.unmounted(), len(s.table.Problems) > 0 && len(s.table.Partitions) == 0:
		e.Code = "windows-unreadable"
	case s.table.Kind == table.None && s.volumes[0].kind != "ntfs":
		e.Code = "not-a-disk"
	}
	return e
}

// unmounted reports whether a volume that should be readable is not.
func (s *Source) unmounted() bool {
	return slices.ContainsFunc(s.volumes, func(v *volume) bool {
		_, err := v.open()
		return v.kind == "ntfs" && err != nil
	})
}

func (s *Source) sizeOf(id string) int64 {
	for _, v := range s.volumes {
		if v.id == id {
			return int64(v.part.Size)
		}
	}
	return 0
}

func (s *Source) volumeID(index int) string { return fmt.Sprintf("disk%dp%d", s.number, index) }
