package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"updoc/knowledge"
	"updoc/model"
)

// addPacks takes the user's own knowledge into use for this run.
func (a *app) addPacks(paths []string) error {
	if len(paths) == 0 {
		return nil
	}
	base, err := loadPacks(paths)
	var faults knowledge.Faults
	if errors.As(err, &faults) {
		return a.packRefused(faults)
	}
	if err == nil {
		a.base = base
	}
	return err
}

// packRefused names the first fault with its place, and how to see the others.
func (a *app) packRefused(faults knowledge.Faults) error {
	e := &model.Error{Code: "pack-refused", Args: model.Args{"fault": faults[0].In(a.Lang), "count": len(faults)}, Err: faults}
	if len(faults) > 1 {
		e.Hints = []string{a.text("ui.pack-more")}
	}
	return e
}

func loadPacks(paths []string) (*knowledge.Base, error) {
	var packs []knowledge.Pack
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, &model.Error{Code: "source-not-found", Args: model.Args{"path": path}, Err: err}
		case err != nil:
			return nil, &model.Error{Code: "source-unreadable", Args: model.Args{"path": path}, Err: err}
		case info.IsDir():
			packs = append(packs, knowledge.Pack{Name: path, FS: os.DirFS(path), Path: "."})
		case !info.Mode().IsRegular(): // a pipe would wait for its other end
			return nil, &model.Error{Code: "source-unreadable", Args: model.Args{"path": path}}
		default:
			packs = append(packs, knowledge.Pack{Name: path, FS: os.DirFS(filepath.Dir(path)), Path: filepath.Base(path)})
		}
	}
	base, err := knowledge.LoadWith(packs...)
	var faults knowledge.Faults
	if err != nil && !errors.As(err, &faults) {
		return nil, &model.Error{Code: "source-unreadable", Args: model.Args{"path": paths[0]}, Err: err}
	}
	return base, err
}
