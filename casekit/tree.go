package casekit

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"updoc/format/wim"
)

// volume is what one partition holds: files by path, and how much room must be left.
type volume struct {
	label string
	at    time.Time // of everything that has no time of its own
	files map[string]*file
	lost  []Permission // rights taken away
}

// file is one file of a volume. Its content is data, then zeros up to size.
type file struct {
	path      string // backslashes, no drive: Windows\System32\x
	data      []byte
	size      int64
	at        time.Time
	hidden    bool // hidden and system
	unwritten bool // only room is taken, as for a page file
	dir       bool
}

// longTail is how many zeros at the end of a file are worth not writing.
const longTail = 4 << 20

// grows reports whether room for the zeros is taken after the rest was written. NTFS
// reads as zero what was never written.
func (f *file) grows() bool { return f.unwritten || f.size-int64(len(f.data)) >= longTail }

func newVolume(label string, at time.Time) *volume {
	return &volume{label: label, at: at, files: map[string]*file{}}
}

// key folds a path, so that a later file of any case replaces an earlier one.
func key(path string) string { return strings.ToLower(path) }

// add puts a file in place and returns it.
func (v *volume) add(path string, data []byte) *file {
	f := &file{path: strings.Trim(path, `\`), data: data, size: int64(len(data))}
	v.files[key(f.path)] = f
	return f
}

// dir makes an empty folder.
func (v *volume) dir(path string) *file {
	f := v.add(path, nil)
	f.dir = true
	return f
}

// remove takes a file, or a folder with all in it, away.
func (v *volume) remove(path string) {
	path = key(strings.Trim(path, `\`))
	for k := range v.files {
		if k == path || strings.HasPrefix(k, path+`\`) {
			delete(v.files, k)
		}
	}
}

// sorted returns the files by path.
func (v *volume) sorted() []*file {
	list := make([]*file, 0, len(v.files))
	for _, f := range v.files {
		list = append(list, f)
	}
	sort.Slice(list, func(i, j int) bool { return key(list[i].path) < key(list[j].path) })
	return list
}

// content returns the whole of a file, size bytes of it.
func (f *file) content() io.ReaderAt { return padded(f.data) }

// stored returns the content for a WIM.
func (f *file) stored() wim.Content {
	if len(f.data) == 0 {
		return wim.Zeros(f.size)
	}
	return wim.From(f.content(), f.size)
}

// padded reads as its bytes and endless zeros behind them.
type padded []byte

// ReadAt implements io.ReaderAt.
func (p padded) ReadAt(b []byte, off int64) (int, error) {
	n := 0
	if off < int64(len(p)) {
		n = copy(b, p[off:])
	}
	clear(b[n:])
	return len(b), nil
}

var _ io.ReaderAt = padded(nil)

// tree turns a volume into the tree of a WIM, which is how it reaches an NTFS volume
// with attributes and security descriptors. With grow, the long zero tails of files are
// left out: they are to be added on the volume.
func (v *volume) tree(grow bool) (wim.Tree, error) {
	root := &wim.Node{Attributes: wim.AttributeDirectory, Security: v.rights(""), Created: v.at, Modified: v.at, Accessed: v.at}
	dirs := map[string]*wim.Node{"": root}
	for _, f := range v.sorted() {
		if err := v.plant(dirs, f, grow); err != nil {
			return wim.Tree{}, err
		}
	}
	return wim.Tree{Root: root, Time: v.at, Info: wim.Image{Name: v.label}}, nil
}

func (v *volume) plant(dirs map[string]*wim.Node, f *file, grow bool) error {
	parent, err := v.parent(dirs, f.path)
	if err != nil {
		return err
	}
	at := or(f.at, v.at)
	n := &wim.Node{Name: base(f.path), Security: v.rights(f.path), Created: at, Modified: at, Accessed: at, Attributes: wim.AttributeArchive}
	if f.dir {
		n.Attributes = wim.AttributeDirectory
		dirs[key(f.path)] = n
	} else if grow && f.grows() {
		n.Content = wim.Bytes(f.data)
	} else {
		n.Content = f.stored()
	}
	if f.hidden {
		n.Attributes |= wim.AttributeHidden | wim.AttributeSystem
	}
	parent.Children = append(parent.Children, n)
	return nil
}

// parent returns the folder of a path and makes what is missing.
func (v *volume) parent(dirs map[string]*wim.Node, path string) (*wim.Node, error) {
	i := strings.LastIndexByte(path, '\\')
	if i < 0 {
		return dirs[""], nil
	}
	dir := path[:i]
	if n, ok := dirs[key(dir)]; ok {
		return n, nil
	}
	if f, ok := v.files[key(dir)]; ok && !f.dir {
		return nil, fmt.Errorf("%s is a file and a folder", dir)
	}
	up, err := v.parent(dirs, dir)
	if err != nil {
		return nil, err
	}
	n := &wim.Node{Name: base(dir), Attributes: wim.AttributeDirectory, Security: v.rights(dir), Created: v.at, Modified: v.at, Accessed: v.at}
	up.Children = append(up.Children, n)
	dirs[key(dir)] = n
	return n, nil
}

func slashes(path string) string { return strings.ReplaceAll(path, `\`, "/") }

func base(path string) string { return path[strings.LastIndexByte(path, '\\')+1:] }
