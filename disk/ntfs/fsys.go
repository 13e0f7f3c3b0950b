package ntfs

import (
	"cmp"
	"io"
	"io/fs"
	"slices"
	"unicode/utf16"
)

// Interface guards.
var (
	_ fs.FS         = (*Volume)(nil)
	_ fs.ReadDirFS  = (*Volume)(nil)
	_ fs.StatFS     = (*Volume)(nil)
	_ fs.ReadLinkFS = (*Volume)(nil)
)

// Open opens a file or folder; links are followed. A file also implements io.ReaderAt and io.Seeker.
// Beside fs.ErrNotExist it gives ErrCompactOS, ErrEncrypted or ErrReparse for content that cannot be had.
func (v *Volume) Open(name string) (fs.File, error) {
	n, err := v.find("open", name, true)
	if err != nil {
		return nil, err
	}
	i, err := v.infoOf(n)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	if n.rec.dir {
		return &folder{v: v, n: n, info: i, path: name}, nil
	}
	s, err := v.content(n.rec, i.size, i.stat)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	return newFile(s, i), nil
}

func (v *Volume) find(op, name string, follow bool) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	n, err := v.resolve(name, follow)
	if err != nil {
		return nil, pathError(op, name, err)
	}
	return n, nil
}

// content opens the content of a file, if it lies on this volume.
func (v *Volume) content(rec *record, size int64, st *Stat) (io.ReaderAt, error) {
	switch {
	case st.ReparseTag == TagWOF:
		return v.openWOF(rec, size)
	case st.Encrypted:
		return nil, ErrEncrypted
	case foreign(st):
		return nil, ErrReparse
	}
	pieces, err := v.pieces(rec, attrData, "")
	if err != nil {
		return nil, err
	}
	if len(pieces) == 0 {
		return &stream{v: v, isLocal: true}, nil
	}
	return v.newStream(pieces)
}

// foreign tells that another driver brings the content: cloud files, deduplication, hierarchical storage.
// Tags that only label a file are harmless, but there is no list of them, so any is refused.
func foreign(st *Stat) bool {
	return (st.Attributes&attributeReparse != 0 || st.ReparseTag != 0) && !isLink(st.ReparseTag)
}

// Stat describes a file, named in any case; links are followed. The error is a *fs.PathError.
func (v *Volume) Stat(name string) (fs.FileInfo, error) { return v.stat("stat", name, true) }

// Lstat describes a file as Stat does, but of a link at the end of the path the link itself.
func (v *Volume) Lstat(name string) (fs.FileInfo, error) { return v.stat("lstat", name, false) }

func (v *Volume) stat(op, name string, follow bool) (fs.FileInfo, error) {
	n, err := v.find(op, name, follow)
	if err != nil {
		return nil, err
	}
	i, err := v.infoOf(n)
	if err != nil {
		return nil, pathError(op, name, err)
	}
	return i, nil
}

// ReadLink gives the target of a symbolic link or junction as it is stored, in Windows form.
func (v *Volume) ReadLink(name string) (string, error) {
	n, err := v.find("readlink", name, false)
	if err != nil {
		return "", err
	}
	if !isLink(v.tag(n.rec)) {
		return "", pathError("readlink", name, fs.ErrInvalid)
	}
	target, _, err := v.linkTarget(n.rec)
	if err != nil {
		return "", pathError("readlink", name, err)
	}
	return target, nil
}

// ReadDir lists a folder, sorted by name. From a damaged folder it gives what is readable together
// with an error that wraps ErrDamaged.
func (v *Volume) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := v.find("readdir", name, true)
	if err != nil {
		return nil, err
	}
	out, err := v.entriesOf(n.rec)
	if err != nil {
		err = pathError("readdir", name, err)
	}
	return out, err
}

func (v *Volume) entriesOf(rec *record) ([]fs.DirEntry, error) {
	x, err := v.openIndex(rec)
	if err != nil {
		return nil, err
	}
	all, err := x.all()
	out := make([]fs.DirEntry, 0, len(all))
	for _, d := range all {
		if reference(d.ref) >= firstUserEntry {
			out = append(out, &child{v: v, ref: d.ref, name: string(utf16.Decode(d.name)), mode: d.mode()})
		}
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return out, err
}

func (d *dirent) mode() fs.FileMode {
	tag := uint32(0)
	if d.attrs&attributeReparse != 0 {
		tag = d.tag
	}
	return mode(d.attrs&attributeIndexedDir != 0, tag)
}

// child is a fs.DirEntry; its record is read only when Info is asked for.
type child struct {
	v    *Volume
	ref  uint64
	name string
	mode fs.FileMode
}

func (c *child) Name() string      { return c.name }
func (c *child) IsDir() bool       { return c.mode.IsDir() }
func (c *child) Type() fs.FileMode { return c.mode.Type() }
func (c *child) String() string    { return fs.FormatDirEntry(c) }
func (c *child) Info() (fs.FileInfo, error) {
	rec, err := c.v.follow(c.ref)
	if err != nil {
		return nil, pathError("stat", c.name, err)
	}
	i, err := c.v.infoOf(&node{rec, c.name})
	if err != nil {
		return nil, pathError("stat", c.name, err)
	}
	return i, nil
}
