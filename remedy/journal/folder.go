// Package journal keeps the folder of journals: one folder for each change of a machine,
// with what is planned, what was done, and what is needed to take it back.
//
// It may import model and disk/commit. It must never change a machine itself, and never
// remove a journal that was acted on.
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

// Head tells what a journal is for.
type Head struct {
	ID       string    `json:"id"`
	Target   string    `json:"target"` // path of the disk
	Size     int64     `json:"size"`   // of the disk in bytes
	Started  time.Time `json:"started"`
	Remedies []string  `json:"remedies"`
	Ops      []host.Op `json:"ops"`
}

// Folder is the folder that holds the journals of this computer's repairs.
type Folder struct{ path string }

// Entry is one journal in its folder.
type Entry struct {
	Head Head
	path string
	lock *os.File
}

const (
	receiptName = "receipt.json"
	lockName    = ".lock"
)

// At is the folder at path, which need not be there.
func At(path string) Folder { return Folder{path} }

// OpenFolder makes the folder at path if it is not there.
func OpenFolder(path string) (Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return Folder{}, &model.Error{Code: "journal-unwritable", Args: model.Args{"folder": path}, Err: err}
	}
	return Folder{path}, nil
}

// Create begins a journal. The folder is locked until the entry is closed: one repair
// runs at a time; the error is a *model.Error with code journal-locked.
func (f Folder) Create(target string, size int64, now time.Time) (*Entry, error) {
	lock, err := f.lock()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(target + now.String()))
	e := &Entry{Head: Head{ID: now.UTC().Format("20060102-150405-") + hex.EncodeToString(sum[:2]), Target: target, Size: size, Started: now.UTC()}, lock: lock}
	e.path = filepath.Join(f.path, e.Head.ID)
	if err := os.Mkdir(e.path, 0o700); err != nil {
		return nil, errors.Join(&model.Error{Code: "journal-unwritable", Args: model.Args{"folder": f.path}, Err: err}, lock.Close())
	}
	return e, nil
}

func (f Folder) lock() (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(f.path, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, &model.Error{Code: "journal-unwritable", Args: model.Args{"folder": f.path}, Err: err}
	}
	if err := lockFile(file); err != nil {
		return nil, errors.Join(&model.Error{Code: "journal-locked", Args: model.Args{"folder": f.path}, Err: err}, file.Close())
	}
	return file, nil
}

// Open opens the journal with that id, or the newest for which want holds if id is empty,
// and locks the folder. Errors are *model.Error: no-such-journal, nothing-to-resume,
// journal-locked.
func (f Folder) Open(id string, want func(model.JournalInfo) bool) (*Entry, error) {
	lock, err := f.lock()
	if err != nil {
		return nil, err
	}
	e, err := f.find(id, want)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	e.lock = lock
	return e, nil
}

func (f Folder) find(id string, want func(model.JournalInfo) bool) (*Entry, error) {
	if id != "" && (strings.ContainsAny(id, `/\`) || id == "..") {
		return nil, &model.Error{Code: "no-such-journal", Args: model.Args{"id": id, "folder": f.path}}
	}
	for _, info := range f.List() {
		if id == info.ID || id == "" && want(info) {
			return &Entry{Head: headOf(info.Folder), path: info.Folder}, nil
		}
	}
	code := "no-such-journal"
	if id == "" {
		code = "nothing-to-resume"
	}
	return nil, &model.Error{Code: code, Args: model.Args{"id": id, "folder": f.path}}
}

// ID names the journal.
func (e *Entry) ID() string { return e.Head.ID }

// Path is the journal's own folder.
func (e *Entry) Path() string { return e.path }

// Dir is that folder for disk/commit.
func (e *Entry) Dir() (commit.Dir, error) { return commit.OSDir(e.path) }

// Remove takes away a journal that was never acted on.
func (e *Entry) Remove() error { return os.RemoveAll(e.path) }

// Close gives the folder free.
func (e *Entry) Close() error { return e.lock.Close() }

// WriteReceipt keeps a receipt beside the journal.
func (e *Entry) WriteReceipt(r *model.Receipt) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	part := filepath.Join(e.path, receiptName+".part")
	if err := os.WriteFile(part, text, 0o600); err != nil {
		return err
	}
	return os.Rename(part, filepath.Join(e.path, receiptName))
}

// Receipt is the last receipt that was kept; nil if there is none.
func (e *Entry) Receipt() *model.Receipt {
	text, err := os.ReadFile(filepath.Join(e.path, receiptName))
	if err != nil {
		return nil
	}
	r := &model.Receipt{}
	if json.Unmarshal(text, r) != nil {
		return nil
	}
	return r
}

// List tells of all journals, newest first. One that is damaged is listed with its problem.
func (f Folder) List() []model.JournalInfo {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return nil
	}
	var out []model.JournalInfo
	for _, e := range entries {
		if e.IsDir() {
			if info, ok := infoOf(filepath.Join(f.path, e.Name())); ok {
				out = append(out, info)
			}
		}
	}
	slices.SortFunc(out, func(a, b model.JournalInfo) int { return strings.Compare(b.ID, a.ID) })
	return out
}

func infoOf(path string) (model.JournalInfo, bool) {
	head := headOf(path)
	info := model.JournalInfo{ID: filepath.Base(path), Folder: path, Target: head.Target, Started: head.Started, Remedy: head.Remedies}
	if _, err := os.Stat(filepath.Join(path, "head.json")); err != nil {
		return info, false // not ours
	}
	dir, err := commit.OSDir(path)
	if err != nil {
		return info, false
	}
	log, err := commit.OpenLog(dir)
	if err != nil {
		info.Problem = "journal-damaged"
		return info, true
	}
	info.State = log.State()
	if r := log.Records(); len(r) > 0 {
		info.Ended = r[len(r)-1].Time
	}
	info.Bytes = bytesOf(log)
	return info, true
}

func bytesOf(log *commit.Log) int64 {
	for _, r := range log.Records() {
		var s commit.Summary
		if r.State == commit.Prepared && json.Unmarshal(r.Data, &s) == nil {
			return s.Bytes
		}
	}
	return 0
}

func headOf(path string) Head {
	text, err := os.ReadFile(filepath.Join(path, "head.json"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Head{ID: filepath.Base(path)}
	}
	h := Head{}
	if json.Unmarshal(text, &h) != nil {
		h = Head{}
	}
	h.ID = filepath.Base(path)
	return h
}

