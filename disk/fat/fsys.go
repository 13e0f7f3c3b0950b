package fat

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// Interface guards.
var (
	_ fs.FS          = (*Volume)(nil)
	_ fs.ReadDirFS   = (*Volume)(nil)
	_ fs.StatFS      = (*Volume)(nil)
	_ fs.File        = (*File)(nil)
	_ io.ReaderAt    = (*File)(nil)
	_ fs.ReadDirFile = (*folder)(nil)
)

// Stat is what fs.FileInfo.Sys gives: the FAT side of a file.
type Stat struct {
	// Attributes are the DOS attributes: 1 read-only, 2 hidden, 4 system, 0x10 folder, 0x20 archive.
	Attributes uint32
	// Short is the 8.3 name as stored.
	Short string
	// Cluster is the first cluster, 0 for an empty file.
	Cluster uint32
}

// info describes an entry.
type info struct{ *entry }

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return int64(i.entry.size) }
func (i info) ModTime() time.Time { return i.modified }
func (i info) IsDir() bool        { return i.dir() }
func (i info) Sys() any {
	return &Stat{Attributes: uint32(i.attributes), Short: i.short, Cluster: i.cluster}
}

// Mode is read-only for all.
func (i info) Mode() fs.FileMode {
	if i.dir() {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// resolve walks a path from the root.
func (v *Volume) resolve(op, name string) (*entry, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	at := v.root()
	if name == "." {
		return at, nil
	}
	for _, elem := range strings.Split(name, "/") {
		if !at.dir() {
			return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
		}
		next, err := v.find(at, elem)
		if err != nil {
			return nil, &fs.PathError{Op: op, Path: name, Err: err}
		}
		at = next
	}
	return at, nil
}

// Open opens a file or folder. A file also implements io.ReaderAt and io.Seeker. A damaged chain is told in
// Problems; where it ends too early, reading gives ErrDamaged.
func (v *Volume) Open(name string) (fs.File, error) {
	e, err := v.resolve("open", name)
	if err != nil {
		return nil, err
	}
	if e.dir() {
		return &folder{v: v, entry: e, path: name}, nil
	}
	c := &content{v: v, size: int64(e.size)}
	if e.size > 0 {
		need := (int64(e.size) + v.g.cluster - 1) / v.g.cluster
		if c.runs, err = v.chain(e.cluster, uint32(min(need, int64(v.g.clusters)))); err != nil {
			v.log.Add("file-damaged", v.offset(e.cluster), "%s: %v", name, err)
		}
	}
	return &File{io.NewSectionReader(c, 0, c.size), info{e}}, nil
}

// Stat describes a file or folder, named in any case or by its 8.3 name; the error is a *fs.PathError.
func (v *Volume) Stat(name string) (fs.FileInfo, error) {
	e, err := v.resolve("stat", name)
	if err != nil {
		return nil, err
	}
	return info{e}, nil
}

// ReadDir lists a folder, sorted by name. From a damaged folder it gives what is readable together with
// the error.
func (v *Volume) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := v.resolve("readdir", name)
	if err != nil {
		return nil, err
	}
	if !e.dir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	out, err := v.list(e)
	if err != nil {
		err = &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	return out, err
}

func (v *Volume) list(dir *entry) ([]fs.DirEntry, error) {
	entries, err := v.entries(dir)
	out := make([]fs.DirEntry, 0, len(entries))
	for i := range entries {
		if entries[i].attributes&attrLabel == 0 {
			out = append(out, fs.FileInfoToDirEntry(info{&entries[i]}))
		}
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return out, err
}

// File is an open file. ReadAt may be called from several goroutines, Read and Seek not.
type File struct {
	*io.SectionReader
	info info
}

// Stat describes the file.
func (f *File) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close does nothing; a file holds nothing open.
func (f *File) Close() error { return nil }

// content reads along a chain.
type content struct {
	v    *Volume
	runs []run
	size int64
}

// ReadAt follows io.ReaderAt.
func (c *content) ReadAt(p []byte, off int64) (int, error) {
	if off >= c.size {
		return 0, io.EOF
	}
	var end error
	if int64(len(p)) > c.size-off {
		p, end = p[:c.size-off], io.EOF
	}
	done := 0
	for done < len(p) {
		at, left, ok := c.place(off + int64(done))
		if !ok {
			return done, fmt.Errorf("the chain ends at %d of %d bytes: %w", off+int64(done), c.size, ErrDamaged)
		}
		n, err := c.v.r.ReadAt(p[done:min(int64(len(p)), int64(done)+left)], at)
		done += n
		if err != nil && done < len(p) {
			return done, fmt.Errorf("volume offset %d: %w", at+int64(n), err)
		}
	}
	return done, end
}

// place gives the volume offset of a content offset and how much follows without a break.
func (c *content) place(off int64) (at, left int64, ok bool) {
	for _, r := range c.runs {
		size := int64(r.count) * c.v.g.cluster
		if off < size {
			return c.v.offset(r.first) + off, size - off, true
		}
		off -= size
	}
	return 0, 0, false
}

// folder is an open folder.
type folder struct {
	v      *Volume
	entry  *entry
	path   string
	rest   []fs.DirEntry
	err    error
	listed bool
}

func (d *folder) Stat() (fs.FileInfo, error) { return info{d.entry}, nil }
func (d *folder) Close() error               { return nil }
func (d *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.path, Err: fs.ErrInvalid}
}

// ReadDir gives the next n entries, all if n <= 0; damage is told once the readable ones are given.
func (d *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if !d.listed {
		d.rest, d.err = d.v.list(d.entry)
		d.listed = true
	}
	if n <= 0 {
		out := d.rest
		d.rest = nil
		return out, d.err
	}
	if len(d.rest) == 0 {
		if d.err != nil {
			return nil, d.err
		}
		return nil, io.EOF
	}
	n = min(n, len(d.rest))
	out := d.rest[:n:n]
	d.rest = d.rest[n:]
	return out, nil
}
