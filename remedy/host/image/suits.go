package image

import (
	"os"

	"updoc/disk/commit"
	"updoc/model"
)

// Suits refuses a folder for journals that a cut of the power would empty, or that lies on
// the disk itself. An error is a *model.Error: journal-volatile, journal-on-patient.
func (t *Target) Suits(folder string) error {
	volatile, err := commit.Volatile(folder)
	if err != nil {
		return &model.Error{Code: "journal-not-writable", Args: model.Args{"path": folder}, Err: err}
	}
	if volatile {
		return &model.Error{Code: "journal-volatile", Exit: 6, Args: model.Args{"path": folder}}
	}
	same, err := commit.SameDisk(folder, t.path)
	if err == nil && same {
		return &model.Error{Code: "journal-on-patient", Exit: 6, Args: model.Args{"path": folder}}
	}
	if err != nil && !os.IsNotExist(err) {
		return &model.Error{Code: "journal-not-writable", Args: model.Args{"path": folder}, Err: err}
	}
	return nil
}
