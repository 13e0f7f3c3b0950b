package windows

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

// savedFile is a file as it was: its content lies in the journal's folder under its hash.
type savedFile struct {
	Path string `json:"path"`          // absolute, or below its partition
	Sum  string `json:"sum,omitempty"` // SHA-256; empty: there was no file
	marks
	Folder bool     `json:"folder,omitempty"` // a folder
	Made   []string `json:"made,omitempty"`   // folders above it that were not there
	Root   string   `json:"root,omitempty"`   // of its volume, as it was named then; empty: its name does not change
}

// keptAs is where a content is kept. It has the extension of the file: DISM goes by that.
func (h *Host) keptAs(sum, path string) string { return join(h.Keep, "kept-"+sum+extension(path)) }

// isKept tells whether a content is kept, whole.
func (h *Host) isKept(ctx context.Context, sum, path string) bool {
	have, err := h.sum(ctx, h.keptAs(sum, path))
	return err == nil && have == sum
}

// keep copies a file into the journal's folder and compares the copy.
func (h *Host) keep(ctx context.Context, path string) (savedFile, error) {
	f := savedFile{Path: path}
	err := h.ordinary(path)
	if err != nil {
		return f, err
	}
	if f.Sum, err = h.sum(ctx, path); err != nil {
		return f, err
	}
	if f.Sum == "" {
		f.Made, err = h.lacking(folderOf(path))
		return f, err
	}
	if f.marks, err = h.marksOf(ctx, path); err != nil {
		return f, err
	}
	if h.isKept(ctx, f.Sum, path) {
		return f, nil
	}
	return f, h.put(ctx, h.keptAs(f.Sum, path), f.Sum, h.fileOf(path), nil)
}

// ordinary refuses links and files whose content another driver brings: what lies at such
// a path is not what it holds. What is not there is ordinary.
func (h *Host) ordinary(path string) error {
	st, err := h.Files.Stat(path)
	if err == nil && st.Attributes&attrReparse != 0 {
		return &model.Error{Code: "refused-link", Exit: 6, Args: model.Args{"path": path}}
	}
	if isGone(err) {
		err = nil
	}
	return err
}

// lacking are the folders of a path that are not there, the uppermost first.
func (h *Host) lacking(folder string) ([]string, error) {
	if folder == "" || isRoot(folder) {
		return nil, nil
	}
	_, err := h.Files.Stat(folder)
	if !isGone(err) {
		return nil, err
	}
	above, err := h.lacking(folderOf(folder))
	return append(above, folder), err
}

// fileBack lets a file be as it was.
func (h *Host) fileBack(ctx context.Context, f savedFile) error {
	if err := h.removeIfThere(halfWritten(f.Path)); err != nil {
		return err
	}
	if f.Sum != "" {
		if h.isAs(ctx, f) {
			return nil
		}
		return h.put(ctx, f.Path, f.Sum, h.fileOf(h.keptAs(f.Sum, f.Path)), &f.marks)
	}
	if err := h.removeIfThere(f.Path); err != nil {
		return err
	}
	for i := len(f.Made) - 1; i >= 0; i-- {
		if in, err := h.Files.List(f.Made[i]); err != nil || len(in) > 0 {
			if isGone(err) {
				continue
			}
			return err // somebody else's files lie there now
		}
		if err := h.removeIfThere(f.Made[i]); err != nil {
			return err
		}
	}
	return nil
}

// isAs tells whether a file holds what it held.
func (h *Host) isAs(ctx context.Context, f savedFile) bool {
	have, err := h.sum(ctx, f.Path)
	if err != nil || have != f.Sum || have == "" {
		return err == nil && have == f.Sum
	}
	m, err := h.marksOf(ctx, f.Path)
	return err == nil && m.Attributes == f.Attributes
}

// saveFiles keeps the file that an operation changes.
func (h *Host) saveFiles(ctx context.Context, op host.Op) ([]savedFile, error) {
	at := op.To
	if op.Kind == host.MoveAside {
		at = op.From
	}
	path, err := h.target(ctx, op, at)
	if err != nil {
		return nil, err
	}
	f, err := h.keep(ctx, path)
	f.Root = rootAbove(path, at)
	if err == nil && op.Kind == host.MoveAside && f.Sum == "" && !op.Maybe {
		err = noFile(path)
	}
	return []savedFile{f}, err
}

// filesBack goes by the operation's place: the volume may have been made anew since, with
// another name.
func (h *Host) filesBack(ctx context.Context, op host.Op, files []savedFile) error {
	at := op.To
	if op.Kind == host.MoveAside {
		at = op.From
	}
	path, err := h.target(ctx, op, at)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := h.fileBack(ctx, f.on(rootAbove(path, at))); err != nil {
			return err
		}
	}
	return nil
}

// rootAbove is the root of the volume of a place whose absolute path is given.
func rootAbove(path string, at host.Place) string {
	below := strings.Trim(strings.ReplaceAll(at.Path, "/", `\`), `\`)
	if below == "" {
		return ""
	}
	return path[:len(path)-len(below)-1]
}

// on is the same file on a volume whose root is that now. No root: where it was.
func (f savedFile) on(root string) savedFile {
	if root == "" || f.Root == "" {
		return f
	}
	f.Path = root + f.Path[len(f.Root):]
	made := f.Made
	f.Made = nil
	for _, folder := range made {
		f.Made = append(f.Made, root+folder[len(f.Root):])
	}
	f.Root = root
	return f
}

func noFile(path string) error {
	return &model.Error{Code: "refused-file-gone", Exit: 6, Args: model.Args{"path": path}, Err: fs.ErrNotExist}
}

// noVolumeFiles are folders that Windows itself makes on every volume, makes anew, and
// gives nobody to read. Source: Microsoft's script that resizes recovery partitions
// leaves them out likewise.
var noVolumeFiles = []string{"System Volume Information", "$RECYCLE.BIN"}

// maxKeptFiles bounds how many files a recovery partition may hold to be made anew.
const maxKeptFiles = 10000

// keepAll keeps every file of a volume. An error means that not all could be read.
func (h *Host) keepAll(ctx context.Context, root string) ([]savedFile, error) {
	var all []savedFile
	var walk func(below string, depth int) error
	walk = func(below string, depth int) error {
		names, err := h.Files.List(join(root, below))
		if err != nil {
			return err
		}
		for _, name := range names {
			if below == "" && isNoVolumeFile(name) {
				continue
			}
			f, err := h.keepBelow(ctx, root, strings.Trim(below+`\`+name, `\`))
			if err != nil {
				return err
			}
			if all = append(all, f); len(all) > maxKeptFiles || depth > 64 {
				return errors.New("too many files for a recovery partition")
			}
			if f.Folder {
				if err := walk(f.Path, depth+1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := walk("", 0); err != nil {
		return nil, &model.Error{Code: "refused-files-unread", Exit: 6, Args: model.Args{"path": root}, Err: err}
	}
	return all, nil
}

func isNoVolumeFile(name string) bool {
	return strings.EqualFold(name, noVolumeFiles[0]) || strings.EqualFold(name, noVolumeFiles[1])
}

// keepBelow keeps one file or folder of a volume, under its path there.
func (h *Host) keepBelow(ctx context.Context, root, below string) (savedFile, error) {
	path := join(root, below)
	if err := h.ordinary(path); err != nil {
		return savedFile{}, err
	}
	st, err := h.Files.Stat(path)
	if err != nil {
		return savedFile{}, err
	}
	if st.Folder {
		m, err := h.marksOf(ctx, path)
		return savedFile{Path: below, marks: m, Folder: true}, err
	}
	f, err := h.keep(ctx, path)
	f.Path = below
	return f, err
}

// allBack puts files on a volume and compares them.
func (h *Host) allBack(ctx context.Context, root string, files []savedFile) error {
	for _, f := range files {
		at := f
		at.Path = join(root, f.Path)
		if !f.Folder {
			if err := h.fileBack(ctx, at); err != nil {
				return err
			}
			continue
		}
		if err := h.Files.MakeFolder(at.Path); err != nil {
			return err
		}
		if err := h.mark(ctx, at.Path, &at.marks); err != nil {
			return err
		}
	}
	return nil
}

// sameFiles tells whether a volume holds those files. Its copy of ReAgent.xml is
// reagentc's to write.
func (h *Host) sameFiles(ctx context.Context, root string, files []savedFile) (bool, error) {
	for _, f := range files {
		if f.Folder || strings.EqualFold(nameOf(f.Path), configName) {
			continue
		}
		have, err := h.sum(ctx, join(root, f.Path))
		if err != nil || have != f.Sum {
			return false, err
		}
	}
	return true, nil
}
