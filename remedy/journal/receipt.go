package journal

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"updoc/model"
)

const receiptName = "receipt.json"

// Newest opens the newest journal for which want holds; the error is a *model.Error with
// code nothing-to-resume if there is none.
func Newest(folder string, want func(model.JournalInfo) bool, now func() time.Time) (*Journal, error) {
	all, err := List(folder)
	if err != nil {
		return nil, err
	}
	for _, info := range all {
		if info.Problem == "" && want(info) {
			return Open(folder, info.ID, now)
		}
	}
	return nil, &model.Error{Code: "nothing-to-resume", Args: model.Args{"path": folder}}
}

// Remove takes away a journal that was never acted on.
func (j *Journal) Remove() error { return os.RemoveAll(j.Path) }

// WriteReceipt keeps a receipt beside the journal: whole, or the one before.
func (j *Journal) WriteReceipt(r *model.Receipt) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return Keep(filepath.Join(j.Path, receiptName), text)
}

// Keep writes a file whole and through to the medium, or leaves the one before.
func Keep(path string, text []byte) error {
	part, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // gone already if all went well
	_, err = part.Write(text)
	if err := errors.Join(err, part.Sync(), part.Close()); err != nil {
		return err
	}
	if err := replace(part.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// Receipt is the last receipt that was kept; nil if there is none.
func (j *Journal) Receipt() *model.Receipt {
	text, err := os.ReadFile(filepath.Join(j.Path, receiptName))
	if err != nil {
		return nil
	}
	r := &model.Receipt{}
	if json.Unmarshal(text, r) != nil {
		return nil
	}
	return r
}
