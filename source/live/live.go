package live

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"updoc/model"
	"updoc/source"
	"updoc/source/image"
	"updoc/winapi"
)

// System is a Windows that runs: the real one is This, tests bring others.
type System struct {
	winapi.Caller
	// Volume opens a mounted volume by its root: C:\, \\?\Volume{…}\, or the device of a
	// shadow copy. Names have slashes and are below the root, in any case; files implement
	// io.ReaderAt. Errors wrap fs.ErrNotExist and fs.ErrPermission.
	Volume func(root string) (fs.FS, error)
	// Disk opens a disk for reading. Reads need not be aligned to sectors.
	Disk func(number uint32) (Raw, error)
	// InUse tells whether an error means that another program holds a file open.
	InUse func(error) bool
}

// Raw is an open disk.
type Raw interface {
	io.ReaderAt
	io.Closer
}

// Options guide what is asked.
type Options struct {
	Network bool   // ask the update agent and a clock server, which may go over the network
	Clock   string // URL of the clock server; empty: DefaultClock
	// Copies are used and left to whoever gave them; nil: those of the Source, which it
	// deletes when it is closed.
	Copies *Copies
}

// Source is the running Windows. See source.Source for its contract.
type Source struct {
	sys     System
	opts    Options
	ctx     context.Context
	info    winapi.SystemInfo
	token   winapi.TokenInfo
	windows string // id of the volume that holds Windows

	disks   []*image.Source
	list    model.List[model.Disk]
	mounted map[string]*mounted  // by id of the volume
	keys    map[string]keyAnswer // by path
	shadows *Copies
	closing sync.Once
	closed  error
}

var (
	_ source.Source     = (*Source)(nil)
	_ source.Registered = (*Source)(nil)
	_ source.Logged     = (*Source)(nil)
	_ source.Running    = (*Source)(nil)
	_ source.Historied  = (*Source)(nil)
	_ source.Damaged    = (*Source)(nil)
	_ source.Edged      = (*Source)(nil)
)

// Open looks who runs this program on what, and at the disks. ctx also bounds every look
// at files later. Errors are *model.Error: not-windows where there is no Windows to ask,
// windows-too-old before Windows 10, or what Windows answered (live-failed).
func Open(ctx context.Context, sys System, opts Options) (*Source, error) {
	s := &Source{sys: sys, opts: opts, ctx: ctx, mounted: map[string]*mounted{}, keys: map[string]keyAnswer{}}
	if s.shadows = opts.Copies; s.shadows == nil {
		s.shadows = &Copies{}
	}
	var err error
	if s.info, err = winapi.System.Do(ctx, sys, winapi.None{}); err != nil {
		return nil, openError(err)
	}
	if s.info.Build < oldestBuild {
		return nil, &model.Error{Code: "windows-too-old", Args: model.Args{"build": int64(s.info.Build)}}
	}
	if s.token, err = winapi.Token.Do(ctx, sys, winapi.None{}); err != nil {
		return nil, openError(err)
	}
	s.sweep()
	s.look()
	if err := ctx.Err(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// oldestBuild is that of the first Windows 10.
const oldestBuild = 10240

func openError(err error) error {
	var refused *winapi.Error
	switch {
	case errors.Is(err, winapi.ErrUnsupported):
		return &model.Error{Code: "not-windows", Err: err}
	case errors.As(err, &refused):
		return &model.Error{Code: "live-failed", Err: err}
	}
	return err
}

// Info implements source.Source.
func (s *Source) Info() model.SourceInfo { return model.SourceInfo{Kind: "live"} }

// Windows implements source.Source.
func (s *Source) Windows() string { return s.windows }

// Disks implements source.Source. The disk that holds Windows comes first.
func (s *Source) Disks(context.Context) model.List[model.Disk] { return s.list }

// FS implements source.Source.
func (s *Source) FS(id string) (fs.FS, error) {
	if m := s.mounted[id]; m != nil {
		return m.open()
	}
	for _, d := range s.disks {
		if fsys, err := d.FS(id); !errors.Is(err, fs.ErrNotExist) {
			return fsys, err
		}
	}
	return nil, &fs.PathError{Op: "open volume", Path: id, Err: fs.ErrNotExist}
}

// BytesRead implements source.Source; what Windows read for us does not count.
func (s *Source) BytesRead() int64 {
	n := int64(0)
	for _, d := range s.disks {
		n += d.BytesRead()
	}
	return n
}

// Problems implements source.Damaged: those of the disk that holds Windows.
func (s *Source) Problems() []model.DiskProblem {
	if len(s.disks) == 0 {
		return nil
	}
	return s.disks[0].Problems()
}

// Edges implements source.Edged.
func (s *Source) Edges() []source.Edge {
	var out []source.Edge
	for _, d := range s.disks {
		out = append(out, d.Edges()...)
	}
	return out
}

// Close deletes the shadow copies that were made, unless they are shared, and closes disks
// and volumes.
func (s *Source) Close() error {
	s.closing.Do(func() {
		var errs []error
		if s.opts.Copies == nil {
			errs = append(errs, s.shadows.Delete(s.ctx, s.sys))
		}
		for _, d := range s.disks {
			errs = append(errs, d.Close())
		}
		errs = append(errs, s.closeVolumes())
		s.closed = errors.Join(errs...)
	})
	return s.closed
}

// home is the root of the volume that Windows runs from: C:\.
func (s *Source) home() string {
	drive, _, ok := strings.Cut(s.info.Windows, `\`)
	if !ok {
		return `C:\`
	}
	return drive + `\`
}

func mountedAt(v winapi.Volume, root string) bool {
	return slices.ContainsFunc(v.Mounts, func(m string) bool { return strings.EqualFold(m, root) })
}
