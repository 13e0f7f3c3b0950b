package doctor

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"

	"updoc/model"
	"updoc/source"
	"updoc/source/bundle"
	"updoc/source/folder"
	"updoc/source/image"
	"updoc/source/live"
	"updoc/winapi"
)

// OpenOptions say how to open a source.
type OpenOptions struct {
	Volume   string                  // id of the Windows volume, when a disk has several
	Progress func(done, total int64) // called while an image is unpacked
}

// Open opens what path names: a folder, a bundle (any zip), or else a disk; on Windows
// also \\.\PhysicalDrive1. Errors are *model.Error, or that of ctx.
func Open(ctx context.Context, path string, opts OpenOptions) (source.Source, error) {
	return open(ctx, live.This(), path, opts)
}

func open(ctx context.Context, sys live.System, path string, opts OpenOptions) (source.Source, error) {
	if number, is := winapi.DriveNumber(path); is {
		d, err := live.OpenDisk(ctx, sys, number)
		if err == nil {
			return image.OpenDisk(d, path, image.Options{Volume: opts.Volume})
		}
		if !errors.Is(err, winapi.ErrUnsupported) {
			return nil, image.OpenError(path, err)
		}
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &model.Error{Code: "source-not-found", Args: model.Args{"path": path}, Err: err}
	case errors.Is(err, fs.ErrPermission):
		return nil, &model.Error{Code: "permission", Args: model.Args{"path": path}, Err: err}
	case err != nil:
		return nil, &model.Error{Code: "source-unreadable", Args: model.Args{"path": path}, Err: err}
	case info.IsDir():
		return folder.Open(path)
	case info.Mode().IsRegular() && isZip(path):
		return openBundle(ctx, path)
	}
	return image.Open(ctx, path, image.Options{Volume: opts.Volume, Progress: opts.Progress})
}

// openBundle gives the facts of a bundle, or of a raw one its files to look at anew.
func openBundle(ctx context.Context, path string) (source.Source, error) {
	b, err := bundle.Open(path)
	if err != nil || !b.Manifest().Raw {
		return b, err
	}
	return b.OpenRaw(ctx)
}

func isZip(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	magic := make([]byte, 4)
	if _, err = io.ReadFull(f, magic); err != nil {
		return false
	}
	// the first member; the end of an empty zip; the first part of a split one
	return slices.Contains([]string{"PK\x03\x04", "PK\x05\x06", "PK\x07\x08"}, string(magic))
}
