// Package journal is the folder of journals: what is planned, done and undone, so that a
// repair that stopped at any moment can go on or be taken back, and history can be told.
//
// Each journal is a folder of its own with head.json (what is to be done) and log
// (records with a hash chain, of disk/commit). The blocks that host/image writes lie
// beside them and are disk/commit's; the steps of a host.Stepwise are this package's.
//
// It may import model, disk/commit, format/sd and remedy/host. It must never look at a machine or
// change one but through a host, and never go on with a journal that is damaged.
package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"updoc/disk/commit"
	"updoc/model"
	"updoc/remedy/host"
)

const (
	headName = "head.json"
	maxHead  = 64 << 20 // bytes
	timeForm = "20060102-150405"
)

// Head is what a journal is about. It is written once.
type Head struct {
	ID       string          `json:"id"`             // filled in by New
	Target   string          `json:"target"`         // path of the disk as it was given, or the PC's name
	Remedies []string        `json:"remedies"`       // ids, in order
	Ops      []host.Op       `json:"ops"`            // all of them, in order
	Started  time.Time       `json:"started"`        // UTC; filled in by New
	More     json.RawMessage `json:"more,omitempty"` // what its user wants to find again
}

// Journal is one journal that this process holds. Close gives the folder free.
type Journal struct {
	Head Head
	Path string // of its own folder; disk/commit keeps its blocks there too
	log  *commit.Log
	lock *os.File
}

// New makes the folder of a new journal below folder and takes the lock; nothing is in
// it yet. Its user writes head.json from Head, by Write or through disk/commit. now is
// the clock, nil the real one.
func New(folder string, head Head, now func() time.Time) (*Journal, error) {
	if now == nil {
		now = time.Now
	}
	if err := makeFolder(folder); err != nil {
		return nil, cannot(folder, err)
	}
	return begin(folder, head, now, func(id string, at time.Time) (*os.File, error) { return takeOurs(folder, id, at) })
}

// begin makes the folder of a journal. lock takes the lock; nil: somebody holds it for us.
func begin(folder string, head Head, now func() time.Time, lock func(id string, at time.Time) (*os.File, error)) (*Journal, error) {
	head.Started = now().UTC()
	id, err := newID(folder, head)
	if err != nil {
		return nil, err
	}
	head.ID = id
	j := &Journal{Head: head, Path: filepath.Join(folder, id)}
	if lock != nil {
		if j.lock, err = lock(id, head.Started); err != nil {
			return nil, err
		}
	}
	if err = os.Mkdir(j.Path, 0o700); err == nil {
		err = syncFolder(folder)
	}
	if err != nil {
		return nil, errors.Join(cannot(folder, err), j.Close())
	}
	return j, j.openLog(now)
}

// openLog opens the log; a journal without one is closed.
func (j *Journal) openLog(now func() time.Time) (err error) {
	if j.log, err = commit.OpenLog(j.dir()); err != nil {
		return errors.Join(broken(j.Head.ID, err), j.Close())
	}
	j.log.Now = now
	return nil
}

// Create is New, with head.json written: for the steps of a host.Stepwise.
func Create(folder string, head Head, now func() time.Time) (*Journal, error) {
	j, err := New(folder, head, now)
	if err != nil {
		return nil, err
	}
	return j, j.writeHead(folder)
}

// writeHead writes head.json; a journal without one is closed.
func (j *Journal) writeHead(folder string) error {
	if err := j.write(); err != nil {
		return errors.Join(cannot(folder, err), j.Close())
	}
	return nil
}

// newID is the time and a short hash of the head, with a number more if it is taken.
func newID(folder string, head Head) (string, error) {
	for n := 0; n < 100; n++ {
		text, err := json.Marshal(struct {
			Head
			Try int
		}{head, n})
		if err != nil {
			return "", err
		}
		sum := sha256.Sum256(text)
		id := head.Started.Format(timeForm) + "-" + hex.EncodeToString(sum[:4])
		if _, err := os.Lstat(filepath.Join(folder, id)); errors.Is(err, fs.ErrNotExist) {
			return id, nil
		}
	}
	return "", &model.Error{Code: "journal-names-taken", Args: model.Args{"path": folder}}
}

func (j *Journal) write() error {
	text, err := json.Marshal(j.Head)
	if err != nil {
		return err
	}
	f, err := j.dir().Create(headName)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.WriteAt(text, 0); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return j.dir().Sync()
}

// Open takes the lock and opens the journal id names, or, if id is empty, the newest
// unfinished one. Errors: no-such-journal, journal-damaged, journal-locked.
func Open(folder, id string, now func() time.Time) (*Journal, error) {
	if id == "" {
		all, err := List(folder)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(all, func(j model.JournalInfo) bool { return j.Problem == "" && !Finished(j.State) })
		if i < 0 {
			return nil, &model.Error{Code: "no-such-journal", Args: model.Args{"path": folder}}
		}
		id = all[i].ID
	}
	if !isID(id) {
		return nil, noSuch(folder, id)
	}
	return open(folder, id, now)
}

func open(folder, id string, now func() time.Time) (*Journal, error) {
	return openIf(folder, id, now, checkFolder)
}

// openIf reads the head once more under the lock: what lay there before may have been
// somebody else's.
func openIf(folder, id string, now func() time.Time, ours func(folder string) error) (*Journal, error) {
	if _, err := readHead(folder, id); err != nil {
		return nil, err
	}
	if now == nil {
		now = time.Now
	}
	j := &Journal{Path: filepath.Join(folder, id)}
	var err error
	if j.lock, err = takeIf(folder, id, now().UTC(), ours); err != nil {
		return nil, err
	}
	if j.Head, err = readHead(folder, id); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return j, j.openLog(now)
}

func noSuch(folder, id string) error {
	return &model.Error{Code: "no-such-journal", Args: model.Args{"path": folder, "id": id}}
}

// isID keeps names that could lead out of the folder away.
func isID(id string) bool {
	return id != "" && id == filepath.Base(id) && !strings.HasPrefix(id, ".")
}

func (j *Journal) dir() commit.Dir { return directory{path: j.Path, flag: os.O_RDWR} }

// Chain is the head of the hash chain, lower-case hex; empty before the first record.
func (j *Journal) Chain() string { return j.log.Head() }

// Steps are the operations of the head on this journal's log.
func (j *Journal) Steps() *Steps { return &Steps{Ops: j.Head.Ops, Log: j.log} }

// Close gives the folder free; a second time it does nothing.
func (j *Journal) Close() error {
	if j.lock == nil {
		return nil
	}
	f := j.lock
	j.lock = nil
	return f.Close()
}

func cannot(folder string, err error) error {
	var known *model.Error
	if errors.As(err, &known) {
		return known
	}
	return &model.Error{Code: "journal-not-writable", Args: model.Args{"path": folder}, Err: err}
}

func broken(id string, err error) error {
	var damage *commit.DamagedError
	if errors.As(err, &damage) {
		return &model.Error{Code: "journal-damaged", Exit: 6, Args: model.Args{"id": id, "file": damage.Name}, Err: err}
	}
	return &model.Error{Code: "journal-not-readable", Args: model.Args{"id": id}, Err: err}
}
