package doctor

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"updoc/model"
	"updoc/remedy/journal"
)

// runSchema names the JSON form of the file of a run.
const runSchema = "updoc.run/1"

const (
	runName      = "run.json"    // in the folder of journals
	resultName   = "result.json" // how it came out, for everybody
	journalsName = "journals"    // the usual folder, on Windows
	maxRun       = 16 << 20      // bytes
)

// liveState is a run of FixLive as it must survive a restart. It is written whole before
// each step and after it.
type liveState struct {
	ID       string         `json:"id"`
	PC       identity       `json:"pc"`
	Started  time.Time      `json:"started"` // UTC
	Agreed   agreed         `json:"agreed"`
	Journals []string       `json:"journals"`          // ids, oldest first
	Open     string         `json:"open,omitempty"`    // the journal of Doing
	Doing    *model.Step    `json:"doing,omitempty"`   // the step under way
	Serves   *model.Failure `json:"serves,omitempty"`  // what Doing is for; nil: a condition
	Failed   string         `json:"failed,omitempty"`  // why Doing is being taken back: the code of an error
	With     model.Args     `json:"with,omitempty"`    // what that error names
	Owed     []model.Step   `json:"owed,omitempty"`    // what is to show that cures worked
	Waiting  *model.Waiting `json:"waiting,omitempty"` // nil: nothing is waited for
	Restarts int            `json:"restarts"`          // that this run asked for
	GoesOn   bool           `json:"goesOn,omitempty"`  // a task to go on by itself is there, or was tried to be registered
	Start    time.Time      `json:"start,omitzero"`    // of the Windows in which it asked last; UTC
	Receipt  *model.Receipt `json:"receipt"`           // of what was tried so far
	Ended    bool           `json:"ended"`
	Undone   bool           `json:"undone,omitempty"`
	FollowUp string         `json:"followUp,omitempty"` // path of the plan that an offline repair left, on the Windows volume
}

// agreed is what the person said yes to before the run began, or on the way.
type agreed struct {
	All       bool              `json:"all"`      // whatever the other limits allow (--yes)
	Remedies  []string          `json:"remedies"` // else these
	Accept    []string          `json:"accept"`
	Only      []string          `json:"only"`
	MaxRisk   string            `json:"maxRisk"`
	Files     map[string]string `json:"files"`
	Backed    bool              `json:"backed"`
	NoRestart bool              `json:"noRestart"`
	Retry     string            `json:"retry,omitempty"`
}

func agreedOf(o FixOptions) agreed {
	return agreed{All: o.Confirm == nil, Accept: o.Accept, Only: o.Only, MaxRisk: o.MaxRisk, Files: o.Files, Backed: o.Backed,
		NoRestart: o.NoRestart, Retry: o.Policy.Retry}
}

// options are o within what was agreed to.
func (a agreed) options(o FixOptions) FixOptions {
	o.Accept, o.Only, o.MaxRisk, o.Files, o.Backed = a.Accept, a.Only, a.MaxRisk, a.Files, a.Backed
	o.NoRestart = o.NoRestart || a.NoRestart
	o.Policy.Retry = a.Retry
	return o
}

// identity tells PCs apart. What was not seen is empty and tells nothing.
type identity struct {
	Name string `json:"name"`
	Disk string `json:"disk"` // GUID or signature of the disk with Windows
}

func identityOf(m *model.Machine) identity {
	out := identity{Name: m.Name.Value}
	for _, d := range m.Disks.Items {
		if slices.ContainsFunc(d.Partitions, func(p model.Partition) bool { return p.ID == m.Windows.ID }) {
			out.Disk = d.GUID + d.Signature
		}
	}
	return out
}

// same: the disk counts, which a new name does not change.
func (a identity) same(b identity) bool {
	if a.Disk != "" && b.Disk != "" {
		return a.Disk == b.Disk
	}
	return a.Name == b.Name
}

// runFile is the file: the sum is that of Run.
type runFile struct {
	Schema string          `json:"schema"`
	SHA256 string          `json:"sha256"`
	Run    json.RawMessage `json:"run"`
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// shareData makes the folder above the usual journals, in which everybody may read the
// result and nobody but administrators may write.
func shareData(folder string) error {
	if usual, err := DefaultJournal(); err != nil || folder != usual || filepath.Base(folder) != journalsName {
		return nil // one that was named has nothing above it that is updoc's
	}
	return journal.Share(filepath.Dir(folder), true)
}

// keepRun writes the state of a run whole and through to the medium.
func keepRun(folder string, s *liveState) error {
	run, err := json.Marshal(s)
	if err != nil {
		return err
	}
	text, err := json.Marshal(runFile{runSchema, sumOf(run), run})
	if err == nil {
		err = journal.Keep(filepath.Join(folder, runName), text)
	}
	if err != nil {
		return &model.Error{Code: "journal-not-writable", Args: model.Args{"path": folder}, Err: err}
	}
	return nil
}

// readRun reads it; nil if there was no run. Error: run-damaged, and then nothing is done.
func readRun(folder string) (*liveState, error) {
	path := filepath.Join(folder, runName)
	damaged := func(err error) error {
		return &model.Error{Code: "run-damaged", Exit: exitRefused, Args: model.Args{"path": path}, Err: err}
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, fs.ErrPermission):
		return nil, &model.Error{Code: "permission", Args: model.Args{"path": path}, Err: err}
	case err != nil || info.Size() > maxRun:
		return nil, damaged(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, damaged(err)
	}
	s, err := parseRun(text)
	if err != nil {
		return nil, damaged(err)
	}
	return s, nil
}

func parseRun(text []byte) (*liveState, error) {
	var file runFile
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	s := &liveState{}
	switch {
	case file.Schema != runSchema:
		return nil, errors.New("schema " + file.Schema)
	case sumOf(file.Run) != file.SHA256:
		return nil, errors.New("not as it was written")
	}
	if err := json.Unmarshal(file.Run, s); err != nil {
		return nil, err
	}
	if s.ID == "" || s.Receipt == nil || (s.Open != "") != (s.Doing != nil) {
		return nil, errors.New("not whole")
	}
	return s, nil
}
