package journal

import (
	"errors"
	"path/filepath"
	"slices"

	"updoc/format/sd"
	"updoc/model"
)

// Rights over a folder. Source: winnt.h, FILE_ADD_FILE and the like.
const (
	// replacing lets somebody put another folder in its place, or other things in the place
	// of those in it.
	replacing = 0x40 | 0x10000 | 0x40000 | 0x80000 // FILE_DELETE_CHILD, DELETE, WRITE_DAC, WRITE_OWNER
	changing  = replacing | 0x2 | 0x4              // FILE_ADD_FILE, FILE_ADD_SUBDIRECTORY
)

var errStranger = errors.New("others may change what is in the folder")

// foreign is errStranger if somebody besides administrators, Windows itself and me (a SID;
// empty: nobody) owns what a security descriptor protects, or has one of those rights to it.
// What lies in a journal is done by whoever goes on with it, SYSTEM too.
func foreign(raw []byte, rights uint32, me string) error {
	d, err := sd.Parse(raw)
	if err != nil {
		return err
	}
	ours := []string{sd.Administrators, sd.System, sd.TrustedInstaller, me}
	if !d.HasDACL || d.Unknown > 0 || d.Owner == "" || !slices.Contains(ours, d.Owner) {
		return errStranger
	}
	for _, e := range d.DACL {
		for bit := uint32(1); bit <= rights && !slices.Contains(ours, e.SID); bit <<= 1 {
			if rights&bit != 0 && d.Allows(bit, sd.File, e.SID) {
				return errStranger
			}
		}
	}
	return nil
}

// Sole makes the folder of journals, and is a *model.Error, journal-folder-foreign, unless
// what lies there can be replaced by administrators alone: a program that a task runs as
// SYSTEM. Elsewhere than on Windows there is no SYSTEM.
func Sole(folder string) error {
	err := makeFolder(folder)
	if err == nil {
		err = sole(filepath.Dir(folder))
	}
	if errors.Is(err, errStranger) {
		err = &model.Error{Code: "journal-folder-foreign", Exit: 6, Args: model.Args{"path": filepath.Dir(folder)}, Err: err}
	}
	return err
}
