package ntfs

import (
	"io"
	"io/fs"
)

// File is an open file or stream. ReadAt may be called from several goroutines, Read and Seek not.
type File struct {
	*io.SectionReader
	info *info
}

var (
	_ fs.File        = (*File)(nil)
	_ io.ReaderAt    = (*File)(nil)
	_ fs.ReadDirFile = (*folder)(nil)
)

func newFile(r io.ReaderAt, i *info) *File {
	return &File{io.NewSectionReader(r, 0, i.size), i}
}

// Stat describes the file.
func (f *File) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close does nothing; a file holds nothing open.
func (f *File) Close() error { return nil }

// folder is an open folder.
type folder struct {
	v      *Volume
	n      *node
	info   *info
	path   string
	rest   []fs.DirEntry
	err    error
	listed bool
}

func (d *folder) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *folder) Close() error               { return nil }
func (d *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.path, Err: fs.ErrInvalid}
}

// ReadDir gives the next n entries, all if n <= 0; damage is told once the readable ones are given.
func (d *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if !d.listed {
		d.rest, d.err = d.v.entriesOf(d.n.rec)
		d.listed = true
	}
	if n <= 0 || len(d.rest) < n && d.err != nil {
		n = len(d.rest)
		out, err := d.rest, d.err
		d.rest = nil
		return out[:n:n], err
	}
	if len(d.rest) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.rest))
	out := d.rest[:n:n]
	d.rest = d.rest[n:]
	return out, nil
}
