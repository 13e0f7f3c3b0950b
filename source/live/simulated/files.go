package simulated

import (
	"io/fs"
	"slices"
	"strings"

	"updoc/source"
)

// volume opens a volume by its root.
func (w *Windows) volume(root string) (fs.FS, error) {
	if root == shadowDevice+`\` {
		return w.home.FS(w.home.Windows())
	}
	for id, letter := range w.letters() {
		if !strings.EqualFold(letter, root) {
			continue
		}
		for _, s := range w.sources {
			if fsys, err := s.FS(id); err == nil {
				return files{fsys, w, letter == `C:\`}, nil
			}
		}
	}
	return nil, &fs.PathError{Op: "open", Path: root, Err: fs.ErrNotExist}
}

// files are those of a volume as a user sees them.
type files struct {
	fs.FS
	w    *Windows
	home bool // the volume that Windows runs from
}

func (f files) refuses(op, name string) error {
	if f.w.opts.Admin || !f.home {
		return nil
	}
	name = strings.ToLower(name)
	if slices.ContainsFunc(guarded, func(dir string) bool { return name == dir || strings.HasPrefix(name, dir+"/") }) {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrPermission}
	}
	return nil
}

// Open implements fs.FS.
func (f files) Open(name string) (fs.File, error) {
	if err := f.refuses("open", name); err != nil {
		return nil, err
	}
	got, err := f.FS.Open(name)
	busy := func(path string) bool { return f.home && strings.EqualFold(path, name) }
	if err == nil && slices.ContainsFunc(f.w.opts.InUse, busy) {
		got.Close()
		return nil, &fs.PathError{Op: "open", Path: name, Err: errInUse}
	}
	return got, err
}

// Stat implements fs.StatFS.
func (f files) Stat(name string) (fs.FileInfo, error) {
	if err := f.refuses("stat", name); err != nil {
		return nil, err
	}
	return fs.Stat(f.FS, name)
}

// ReadDir implements fs.ReadDirFS.
func (f files) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := f.refuses("readdir", name); err != nil {
		return nil, err
	}
	return fs.ReadDir(f.FS, name)
}

func (w *Windows) fileSecurity(path string) ([]byte, error) {
	fsys, err := w.home.FS(w.home.Windows())
	if err != nil {
		return nil, err
	}
	name := strings.ReplaceAll(strings.TrimPrefix(path, `C:\`), `\`, "/")
	raw, err := fsys.(source.Secured).Security(name)
	if err != nil {
		return nil, refused("file-security", notFound)
	}
	return raw, nil
}
