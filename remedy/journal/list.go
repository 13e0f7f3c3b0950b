package journal

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"updoc/disk/commit"
	"updoc/model"
)

// Finished tells whether a journal in that state needs neither resume nor undo. The
// empty state is one in which nothing was begun.
func Finished(state string) bool {
	switch state {
	case "", commit.Verified, commit.Undone, commit.Discarded:
		return true
	}
	return false
}

// List tells of every journal in folder, newest first. A damaged one is listed with its
// Problem. No folder is no journals.
func List(folder string) ([]model.JournalInfo, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &model.Error{Code: "journal-not-readable", Args: model.Args{"path": folder}, Err: err}
	}
	var all []model.JournalInfo
	for _, e := range entries {
		if e.IsDir() && isID(e.Name()) {
			all = append(all, info(folder, e.Name()))
		}
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i], all[j]
		return cmp.Or(b.Started.Compare(a.Started), strings.Compare(b.ID, a.ID)) < 0
	})
	return all, nil
}

func info(folder, id string) model.JournalInfo {
	out := model.JournalInfo{ID: id, Folder: filepath.Join(folder, id), Remedy: []string{}}
	head, err := readHead(folder, id)
	if err != nil {
		if !neverBegun(&out) {
			out.Problem = problem(err)
		}
		return out
	}
	out.Target, out.Started = head.Target, head.Started
	out.Remedy = append(out.Remedy, head.Remedies...)
	l, err := commit.OpenLog(directory{path: out.Folder, flag: os.O_RDONLY})
	if err != nil {
		out.Problem = problem(broken(id, err))
		return out
	}
	tell(&out, l.Records())
	return out
}

// neverBegun tells of a journal that was cut off while it was being made: nothing is done
// before head.json is whole, so there is no log.
func neverBegun(out *model.JournalInfo) bool {
	if _, err := os.Lstat(filepath.Join(out.Folder, "log")); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	when, err := time.Parse(timeForm, out.ID[:min(len(out.ID), len(timeForm))])
	if err != nil {
		return false
	}
	out.State, out.Started, out.Ended = commit.Discarded, when, when
	return true
}

func problem(err error) string {
	var e *model.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return "journal-damaged"
}

// tell reads state, end and bytes out of the records.
func tell(out *model.JournalInfo, records []commit.Record) {
	out.State = state(records)
	for _, r := range records {
		var said struct {
			Bytes int64 `json:"bytes"`
		}
		if r.State == commit.Prepared && json.Unmarshal(r.Data, &said) == nil {
			out.Bytes = said.Bytes // of disk/commit: what the blocks take on the disk
		}
	}
	if n := len(records); n > 0 && Finished(out.State) {
		out.Ended = records[n-1].Time
	}
}

// state is that of the last record; operations under way are APPLYING, or UNDOING.
func state(records []commit.Record) string {
	if len(records) == 0 {
		return ""
	}
	switch last := records[len(records)-1].State; last {
	case opBegun, opDone:
		return commit.Applying
	case opUndone:
		return commit.Undoing
	default:
		return last
	}
}

func readHead(folder, id string) (h Head, err error) {
	f, err := os.Open(filepath.Join(folder, id, headName))
	if errors.Is(err, fs.ErrNotExist) {
		if _, there := os.Lstat(filepath.Join(folder, id)); there != nil {
			return h, noSuch(folder, id)
		}
	}
	if err != nil {
		return h, &model.Error{Code: "journal-damaged", Exit: 6, Args: model.Args{"id": id, "file": headName}, Err: err}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxHead))
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(text)).Decode(&h)
	}
	if err == nil && h.ID != id {
		err = errors.New("of another journal")
	}
	if err != nil {
		return h, &model.Error{Code: "journal-damaged", Exit: 6, Args: model.Args{"id": id, "file": headName}, Err: err}
	}
	return h, nil
}
