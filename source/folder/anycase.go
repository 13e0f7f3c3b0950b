package folder

import (
	"io/fs"
	"path"
	"strings"
	"sync"
)

// AnyCase lets names be found in any case, as Windows does, on a file system that
// tells cases apart. Where two names differ only in case, the exact one wins, then
// the first. Only folders and regular files can be opened: a pipe would hang.
func AnyCase(fsys fs.FS) fs.FS {
	return &anyCase{fsys: fsys, folders: map[string]map[string]string{}}
}

type anyCase struct {
	fsys    fs.FS
	mu      sync.Mutex
	folders map[string]map[string]string // folder → lower-case name → name
}

// Open implements fs.FS.
func (a *anyCase) Open(name string) (fs.File, error) {
	real, info, err := a.find("open", name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return a.fsys.Open(real)
}

// Stat implements fs.StatFS.
func (a *anyCase) Stat(name string) (fs.FileInfo, error) {
	_, info, err := a.find("stat", name)
	return info, err
}

// ReadDir implements fs.ReadDirFS.
func (a *anyCase) ReadDir(name string) ([]fs.DirEntry, error) {
	real, _, err := a.find("readdir", name)
	if err != nil {
		return nil, err
	}
	return fs.ReadDir(a.fsys, real)
}

func (a *anyCase) find(op, name string) (string, fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return "", nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if info, err := fs.Stat(a.fsys, name); err == nil {
		return name, info, nil
	}
	real := "."
	for part := range strings.SplitSeq(name, "/") {
		found, ok := a.names(real)[strings.ToLower(part)]
		if !ok {
			return "", nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
		}
		real = path.Join(real, found)
	}
	info, err := fs.Stat(a.fsys, real)
	return real, info, err
}

func (a *anyCase) names(dir string) map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if names, ok := a.folders[dir]; ok {
		return names
	}
	names := map[string]string{}
	entries, _ := fs.ReadDir(a.fsys, dir) // what was listed before an error still counts
	for _, e := range entries {
		if key := strings.ToLower(e.Name()); names[key] == "" {
			names[key] = e.Name()
		}
	}
	a.folders[dir] = names
	return names
}
