package commit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"time"

	"updoc/disk/overlay"
)

// Files of a journal beside its log.
const (
	headName      = "head.json"
	deltaName     = "delta"
	deltaIndex    = "delta.index"
	undoName      = "undo"
	undoIndexName = "undo.index"
)

// maxHead bounds head.json, in bytes.
const maxHead = 64 << 20

// Progress is told how many bytes of a pass are done; what is one of check, undo-copy,
// write and read-back. Nil is nobody.
type Progress func(what string, done, total int64)

// Journal is one change of one disk: what is to be written, what was there, and how far
// it has come. It is used by one goroutine at a time, but for its Delta.
type Journal struct {
	dir   Dir
	log   *Log
	head  json.RawMessage
	delta *store
}

// Summary is what the PREPARED record tells of a journal.
type Summary struct {
	Head    string `json:"head"`    // SHA-256 of head.json, lower-case hex
	Index   string `json:"index"`   // and of delta.index
	Size    int64  `json:"size"`    // of the disk, bytes
	Blocks  int    `json:"blocks"`  // that change
	Bytes   int64  `json:"bytes"`   // in them
	Watched int    `json:"watched"` // blocks that do not change and must not
}

// Create begins a journal in the empty folder dir. head is what its user wants to find
// again, as JSON; now is the clock, nil the real one. Close it.
func Create(dir Dir, head any, now func() time.Time) (*Journal, error) {
	text, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	f, err := dir.Create(headName)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := writeSync(f, text, 0); err != nil {
		return nil, err
	}
	delta, err := dir.Create(deltaName)
	if err != nil {
		return nil, err
	}
	j := &Journal{dir: dir, log: &Log{Now: now, dir: dir}, head: text, delta: &store{file: delta}}
	return j, dir.Sync()
}

// Open opens the journal in dir as it was left. A damaged log or head is a
// *DamagedError; delta, undo and their indexes are checked when they are needed.
func Open(dir Dir, now func() time.Time) (*Journal, error) {
	l, err := OpenLog(dir)
	if err != nil {
		return nil, err
	}
	l.Now = now
	j := &Journal{dir: dir, log: l}
	if err := j.readHead(); err != nil {
		return nil, err
	}
	if err := j.logMissing(); err != nil {
		return nil, err
	}
	return j, nil
}

func (j *Journal) readHead() (err error) {
	j.head, err = readFile(j.dir, headName, maxHead)
	s, prepared := j.Summary()
	none := errors.Is(err, fs.ErrNotExist)
	if !prepared && none {
		return nil
	}
	if prepared && (none || err == nil && hexSum(j.head) != s.Head) {
		return &DamagedError{headName, "missing, or its hash does not match"}
	}
	return err
}

// logMissing is an error if there are no records but a file that is never older than one.
func (j *Journal) logMissing() error {
	if j.State() != "" {
		return nil
	}
	f, err := j.dir.Open(undoIndexName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	f.Close()
	return &DamagedError{logName, "missing"}
}

// Close closes the delta of a journal that Create made; a second time it does nothing.
func (j *Journal) Close() error {
	if j.delta == nil {
		return nil
	}
	f := j.delta.file
	j.delta = nil
	return f.Close()
}

// Head is the JSON that Create was given; nil or cut short in a journal that was never
// prepared.
func (j *Journal) Head() json.RawMessage { return j.head }

// Log is the record log, to be read.
func (j *Journal) Log() *Log { return j.log }

// State is how far the journal has come; empty before PREPARED.
func (j *Journal) State() string { return j.log.State() }

// Delta keeps the new content while it is made, for an overlay. It is nil in a journal
// that was opened.
func (j *Journal) Delta() overlay.Store {
	if j.delta == nil {
		return nil
	}
	return j.delta
}

// Summary is what the PREPARED record says; ok is false if there is none.
func (j *Journal) Summary() (s Summary, ok bool) {
	return s, j.said(Prepared, &s)
}

// said reads the data of the record of state; false if there is none.
func (j *Journal) said(state string, data any) bool {
	for _, r := range j.log.Records() {
		if r.State == state {
			return json.Unmarshal(r.Data, data) == nil
		}
	}
	return false
}

// Discard gives up a journal that has not touched the disk and frees its room; log and
// head stay. Later states are a *StateError.
func (j *Journal) Discard() error {
	if err := j.Close(); err != nil {
		return err
	}
	switch j.State() {
	case "", Prepared, UndoSynced:
		if err := j.log.Append(Discarded, nil); err != nil {
			return err
		}
	case Discarded:
	default:
		return &StateError{UndoSynced + " or earlier", j.State()}
	}
	for _, name := range []string{deltaName, deltaIndex, undoName, undoIndexName} {
		if err := j.dir.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func hexSum(p []byte) string {
	s := sha256.Sum256(p)
	return hex.EncodeToString(s[:])
}
