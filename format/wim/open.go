package wim

import (
	"crypto/sha1"
	"errors"
	"fmt"
	gohash "hash"
	"io"
	"io/fs"
	"strings"
)

// errNoImage says why an image is not there.
func errNoImage(h header) error {
	if h.totalParts > 1 && h.part != 1 {
		return fmt.Errorf("%w: the images of a split WIM are described in part 1", ErrUnsupported)
	}
	return fs.ErrNotExist
}

// Reader gives the bytes of one file. At the end it compares their SHA-1 with the image's and returns ErrHash instead of
// io.EOF if they differ; the bytes have been given then. It holds nothing that must be closed.
type Reader struct {
	entry Entry
	r     io.Reader
	left  int64
	sum   gohash.Hash
}

// Entry returns what the image says about the file.
func (r *Reader) Entry() Entry { return r.entry }

// Size returns the length of the file in bytes.
func (r *Reader) Size() int64 { return r.entry.Size }

// SHA1 returns the hash that the image promises; all zero for an empty file.
func (r *Reader) SHA1() [20]byte { return r.entry.SHA1 }

// Read implements io.Reader; errors besides io.EOF are ErrHash, ErrDamaged, or those of the underlying file.
func (r *Reader) Read(b []byte) (int, error) {
	if r.left == 0 {
		return 0, r.end()
	}
	n, err := r.r.Read(b[:min(int64(len(b)), r.left)])
	r.sum.Write(b[:n])
	r.left -= int64(n)
	if errors.Is(err, io.EOF) {
		err = nil
		if n == 0 && r.left > 0 {
			err = fmt.Errorf("%w: %d bytes are missing at the end", ErrDamaged, r.left)
		}
	}
	return n, err
}

func (r *Reader) end() error {
	if r.entry.Size > 0 && hash(r.sum.Sum(nil)) != r.entry.SHA1 {
		return ErrHash
	}
	return io.EOF
}

// Stat describes a file or directory of an image (from 1). The path may use slashes and backslashes and any case, with or
// without a leading one; "" is the root. The error wraps fs.ErrNotExist, ErrDamaged or ErrUnsupported.
func (f *File) Stat(image int, path string) (Entry, error) {
	e, err := f.stat(image, path)
	if err != nil {
		return Entry{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return *e, nil
}

// OpenFile opens a file of an image; see Stat for path and errors. A directory is fs.ErrInvalid.
func (f *File) OpenFile(image int, path string) (*Reader, error) {
	r, err := f.openFile(image, path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return r, nil
}

// ReadFile reads a whole file of an image, up to limit bytes. With ErrHash the bytes are returned too.
func (f *File) ReadFile(image int, path string, limit int64) ([]byte, error) {
	r, err := f.OpenFile(image, path)
	if err != nil {
		return nil, err
	}
	if r.Size() > limit {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("%d bytes are more than the limit of %d", r.Size(), limit)}
	}
	b, err := io.ReadAll(r)
	if err != nil {
		err = &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return b, err
}

func (f *File) openFile(image int, path string) (*Reader, error) {
	e, err := f.stat(image, path)
	if err != nil {
		return nil, err
	}
	if e.IsDir() {
		return nil, fmt.Errorf("is a directory: %w", fs.ErrInvalid)
	}
	r := &Reader{entry: *e, left: max(e.Size, 0), sum: sha1.New()}
	if e.SHA1 == (hash{}) {
		return r, nil
	}
	found, ok := f.table.byHash[e.SHA1]
	switch {
	case !ok && f.header.totalParts > 1:
		return nil, fmt.Errorf("%w: the content lies in another part of a split WIM", ErrUnsupported)
	case !ok:
		return nil, fmt.Errorf("%w: the lookup table lacks the content", ErrDamaged)
	case found.part != f.header.part:
		return nil, fmt.Errorf("%w: the content lies in part %d of a split WIM", ErrUnsupported, found.part)
	}
	r.r, err = f.open(found.at)
	return r, err
}

// Section is the content of a file that is stored uncompressed, to be read at any place; see Stat for path and errors. What
// is compressed is ErrUnsupported.
func (f *File) Section(image int, path string) (*io.SectionReader, error) {
	r, err := f.OpenFile(image, path)
	if err != nil {
		return nil, err
	}
	section, ok := r.r.(*io.SectionReader)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fmt.Errorf("%w: it is not stored uncompressed", ErrUnsupported)}
	}
	return section, nil
}

func (f *File) stat(image int, path string) (*Entry, error) {
	m, err := f.imageMetadata(image)
	if err != nil {
		return nil, err
	}
	e, err := m.find(path)
	if err != nil {
		return nil, err
	}
	f.setSize(e)
	return e, nil
}

func (f *File) setSize(e *Entry) {
	if e.SHA1 == (hash{}) {
		return
	}
	found, ok := f.table.byHash[e.SHA1]
	if !ok {
		e.Size = -1
		return
	}
	e.Size = max(found.at.size, 0)
}

// find walks down a path; a name that is spelled exactly so wins over one in another case.
func (m *metadataReader) find(path string) (*Entry, error) {
	at := m.root
	parts := strings.FieldsFunc(path, func(c rune) bool { return c == '/' || c == '\\' })
	for _, name := range parts {
		child, err := m.child(&at, name)
		if err != nil {
			return nil, err
		}
		child.Path = strings.TrimPrefix(at.Path+"/"+child.Name, "/")
		at = *child
	}
	return &at, nil
}

func (m *metadataReader) child(dir *Entry, name string) (*Entry, error) {
	if !dir.IsDir() || !validName(name) {
		return nil, fs.ErrNotExist
	}
	var found *Entry
	err := m.list(dir, func(_ uint64, e *Entry) bool {
		if e.Name == name || found == nil && strings.EqualFold(e.Name, name) {
			found = e
		}
		return e.Name != name
	})
	if found != nil {
		return found, nil
	}
	if err == nil {
		err = fs.ErrNotExist
	}
	return nil, err
}
