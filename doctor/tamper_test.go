package doctor_test

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	"updoc/source"
)

// tampered is a source in which something happens to files on their way to the
// reader. It remembers what was opened.
type tampered struct {
	source.Source
	tamper func(id string, f source.File, size int64) (source.File, error) // id: volume:lower/case/path

	mu     sync.Mutex
	opened map[string]int64 // size of each file that was opened
}

// FS implements source.Source.
func (s *tampered) FS(volume string) (fs.FS, error) {
	inner, err := s.Source.FS(volume)
	if err != nil {
		return nil, err
	}
	return &tamperedFS{s, volume, inner}, nil
}

type tamperedFS struct {
	s      *tampered
	volume string
	inner  fs.FS
}

// Open implements fs.FS.
func (t *tamperedFS) Open(name string) (fs.File, error) {
	f, err := t.inner.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	file, ok := f.(source.File)
	if err != nil || !ok || info.IsDir() {
		return f, err
	}
	id := t.volume + ":" + strings.ToLower(path.Clean(name))
	t.s.mu.Lock()
	t.s.opened[id] = info.Size()
	t.s.mu.Unlock()
	changed, err := t.s.tamper(id, file, info.Size())
	if err != nil {
		f.Close()
		return nil, err
	}
	return changed, nil
}

// Stat implements fs.StatFS.
func (t *tamperedFS) Stat(name string) (fs.FileInfo, error) { return fs.Stat(t.inner, name) }

// ReadDir implements fs.ReadDirFS.
func (t *tamperedFS) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(t.inner, name) }

// replaced is a file with other content.
type replaced struct {
	source.File
	r interface {
		io.Reader
		io.ReaderAt
		Size() int64
	}
}

func content(f source.File, b []byte) source.File { return &replaced{f, bytes.NewReader(b)} }

func (r *replaced) Read(b []byte) (int, error)              { return r.r.Read(b) }
func (r *replaced) ReadAt(b []byte, off int64) (int, error) { return r.r.ReadAt(b, off) }
func (r *replaced) Stat() (fs.FileInfo, error) {
	info, err := r.File.Stat()
	return sized{info, r.r.Size()}, err
}

type sized struct {
	fs.FileInfo
	size int64
}

func (s sized) Size() int64 { return s.size }

// dying is a file that can be read so many times, and no more.
type dying struct {
	source.File
	left int
	err  error
}

func (d *dying) alive() error {
	if d.left--; d.left < 0 {
		return d.err
	}
	return nil
}

func (d *dying) Read(b []byte) (int, error) {
	if err := d.alive(); err != nil {
		return 0, err
	}
	return d.File.Read(b)
}

func (d *dying) ReadAt(b []byte, off int64) (int, error) {
	if err := d.alive(); err != nil {
		return 0, err
	}
	return d.File.ReadAt(b, off)
}

// longLine reads as one line of a byte, without an end; it takes no room.
type longLine struct{ size, at int64 }

func (l *longLine) Size() int64 { return l.size }

func (l *longLine) Read(b []byte) (int, error) {
	n, err := l.ReadAt(b, l.at)
	l.at += int64(n)
	return n, err
}

func (l *longLine) ReadAt(b []byte, off int64) (int, error) {
	n := min(int64(len(b)), max(l.size-off, 0))
	for i := range b[:n] {
		b[i] = 'x'
	}
	if n < int64(len(b)) {
		return int(n), io.EOF
	}
	return int(n), nil
}

// holed is a file of which some bytes cannot be read.
type holed struct {
	source.File
	hole span
	at   int64
}

func (h *holed) Read(b []byte) (int, error) {
	n, err := h.ReadAt(b, h.at)
	h.at += int64(n)
	return n, err
}

func (h *holed) ReadAt(b []byte, off int64) (int, error) {
	if off < h.hole.at+h.hole.n && h.hole.at < off+int64(len(b)) {
		return 0, errMedium
	}
	return h.File.ReadAt(b, off)
}
