// Package folder is the source of a folder that holds a Windows tree: a copied C:
// drive, or a mounted one. There are no disks in it, so everything about partitions
// is unseen. It may import model and source, and must never write or leave the folder.
package folder

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"updoc/model"
	"updoc/source"
)

// drive is the id of the only volume.
const drive = "C"

// Source is an open folder. See source.Source for its contract.
type Source struct {
	path string
	root *os.Root
	fsys fs.FS
}

var _ source.Source = (*Source)(nil)

// Open opens a folder that has Windows\System32\config below it, or below a folder
// named C. Errors are *model.Error: source-not-found, permission, no-windows.
func Open(path string) (*Source, error) {
	for _, dir := range []string{path, filepath.Join(path, drive)} {
		root, err := os.OpenRoot(dir)
		if err != nil {
			if dir == path {
				return nil, openError(path, err)
			}
			continue
		}
		s := &Source{path: path, root: root, fsys: AnyCase(root.FS())}
		if _, err := fs.Stat(s.fsys, "Windows/System32/config"); err == nil {
			return s, nil
		}
		root.Close()
	}
	return nil, &model.Error{Code: "no-windows-in-folder", Args: model.Args{"path": path}}
}

func openError(path string, err error) error {
	e := &model.Error{Code: "source-unreadable", Args: model.Args{"path": path}, Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Code = "source-not-found"
	case errors.Is(err, fs.ErrPermission):
		e.Code = "permission"
	}
	return e
}

// Info implements source.Source.
func (s *Source) Info() model.SourceInfo { return model.SourceInfo{Kind: "folder", Path: s.path} }

// Disks implements source.Source: a folder has none.
func (s *Source) Disks(context.Context) model.List[model.Disk] {
	return model.Partial([]model.Disk{}, model.Unseen{Artifact: "partition-table", Reason: model.ReasonNoDisk, How: model.HowDisk})
}

// Windows implements source.Source.
func (s *Source) Windows() string { return drive }

// FS implements source.Source.
func (s *Source) FS(volume string) (fs.FS, error) {
	if strings.EqualFold(volume, drive) {
		return s.fsys, nil
	}
	return nil, &source.UnseenError{Unseen: model.Unseen{Artifact: "volume", Reason: model.ReasonNoDisk, How: model.HowDisk}}
}

// BytesRead implements source.Source: a folder does not count.
func (s *Source) BytesRead() int64 { return 0 }

// Close implements source.Source.
func (s *Source) Close() error { return s.root.Close() }
