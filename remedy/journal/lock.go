package journal

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"updoc/model"
)

// lockName is the file that whoever works in the folder of journals holds. It stays.
const lockName = "lock"

// errHeld: another process holds the lock.
var errHeld = errors.New("held by another process")

// holder says who holds the lock.
type holder struct {
	Process  int       `json:"process"`
	Computer string    `json:"computer"`
	Journal  string    `json:"journal"`
	Since    time.Time `json:"since"` // UTC
}

// makeAndTake is takeOurs of a folder that need not be there.
func makeAndTake(folder, id string, now time.Time) (*os.File, error) {
	if err := makeFolder(folder); err != nil {
		return nil, cannot(folder, err)
	}
	return takeOurs(folder, id, now)
}

// takeOurs takes the lock of folder for this process: it ends with the process, however that
// ends. The error journal-locked names who holds it.
func takeOurs(folder, id string, now time.Time) (*os.File, error) {
	return takeIf(folder, id, now, checkFolder)
}

// takeIf is takeOurs. Once the lock is held nobody can put another folder in this one's
// place; then ours looks once more whether one was, and before that nothing is written.
func takeIf(folder, id string, now time.Time, ours func(folder string) error) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(folder, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, cannot(folder, err)
	}
	err = flock(f)
	if errors.Is(err, errHeld) {
		err = held(f, folder)
	} else if err == nil {
		if err = ours(folder); err != nil {
			err = cannot(folder, err)
		} else {
			err = sign(f, id, now)
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// CreateFile makes a file in a folder of journals, or empties it. The folder is one that Hold
// would take, else the file is not written: while it is open nobody can put another folder in
// that one's place.
func CreateFile(path string) (*os.File, error) { return createIf(path, checkFolder) }

func createIf(path string, ours func(folder string) error) (*os.File, error) {
	folder := filepath.Dir(path)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, cannot(folder, err)
	}
	if err = ours(folder); err == nil {
		err = f.Truncate(0)
	}
	if err != nil {
		return nil, errors.Join(cannot(folder, err), f.Close())
	}
	return f, nil
}

func held(f *os.File, folder string) error {
	var who holder
	buf := make([]byte, 4096)
	n, _ := f.ReadAt(buf, 0) // who it is helps, that it is held counts
	if json.Unmarshal(buf[:n], &who) != nil {
		who = holder{}
	}
	return &model.Error{Code: "journal-locked", Err: errHeld, Args: model.Args{"path": folder, "process": int64(who.Process),
		"computer": who.Computer, "id": who.Journal}}
}

func sign(f *os.File, id string, now time.Time) error {
	name, _ := os.Hostname() // only told to people
	text, err := json.Marshal(holder{os.Getpid(), name, id, now})
	if err != nil {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.WriteAt(text, 0)
	return err
}
