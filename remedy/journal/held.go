package journal

import (
	"os"
	"path/filepath"
	"time"
)

// Held is the lock on a folder of journals, for whoever works through several of them as
// one piece of work. It ends with Close, or with the process.
type Held struct {
	folder string
	file   *os.File
	now    func() time.Time
}

// Hold makes the folder if it is not there and takes its lock. id is what the holder
// calls his work. now is the clock, nil the real one. Errors: journal-locked names who
// holds it, folder-not-trusted a folder that others can change.
func Hold(folder, id string, now func() time.Time) (*Held, error) {
	if now == nil {
		now = time.Now
	}
	f, err := makeAndTake(folder, id, now().UTC())
	if err != nil {
		return nil, err
	}
	return &Held{folder, f, now}, nil
}

// Create is the package's Create under this lock. Closing the journal keeps the lock.
func (h *Held) Create(head Head) (*Journal, error) {
	j, err := begin(h.folder, head, h.now, nil)
	if err != nil {
		return nil, err
	}
	return j, j.writeHead(h.folder)
}

// Open is the package's Open of the journal id under this lock.
func (h *Held) Open(id string) (*Journal, error) {
	if !isID(id) {
		return nil, noSuch(h.folder, id)
	}
	head, err := readHead(h.folder, id)
	if err != nil {
		return nil, err
	}
	j := &Journal{Head: head, Path: filepath.Join(h.folder, id)}
	return j, j.openLog(h.now)
}

// Head reads what the journal id is about.
func (h *Held) Head(id string) (Head, error) { return readHead(h.folder, id) }

// Close gives the folder free; a second time it does nothing.
func (h *Held) Close() error {
	if h.file == nil {
		return nil
	}
	f := h.file
	h.file = nil
	return f.Close()
}
