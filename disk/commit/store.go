package commit

import "io"

// Device is the disk that is changed in the end. Offsets and lengths are bytes.
type Device interface {
	io.ReaderAt
	io.WriterAt
	// Size is the length of the disk.
	Size() int64
	// Sync returns when everything written is on the medium.
	Sync() error
	// ReadFresh reads past the cache, what is really on the medium.
	ReadFresh(p []byte, off int64) error
}

// Dir is the folder of one journal. It lies on another disk than the one changed.
type Dir interface {
	// Create makes a file that must not be there yet; Open opens one for reading and
	// writing, fs.ErrNotExist if there is none.
	Create(name string) (File, error)
	Open(name string) (File, error)
	Rename(from, to string) error
	Remove(name string) error
	// Sync makes the names in the folder last.
	Sync() error
}

// File is one file of a journal.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	Truncate(size int64) error
	// Allocate makes sure that size bytes can be written; no room is an error now.
	Allocate(size int64) error
	Sync() error
	// ReadFresh reads past the cache.
	ReadFresh(p []byte, off int64) error
}

// readFull reads len(p) bytes at off, or is an error.
func readFull(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func writeSync(f File, p []byte, off int64) error {
	if _, err := f.WriteAt(p, off); err != nil {
		return err
	}
	return f.Sync()
}

// readFile reads a whole file of at most limit bytes.
func readFile(dir Dir, name string, limit int64) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, &DamagedError{name, "too large"}
	}
	p := make([]byte, size)
	return p, readFull(f, p, 0)
}
