package journal

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"updoc/format/sd"
	"updoc/model"
)

// What lies in the folders of updoc is carried out, or run, by SYSTEM and administrators.
// So nobody else may write there, nor put another folder in the place of one: everybody
// may make folders in ProgramData, and most drives let every user change what is on them.

// access is who may do what in a folder. Source: security descriptor string format.
type access string

const (
	// private lets SYSTEM and administrators alone in: copies of anything lie there.
	private access = "O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
	// shared lets everybody else read, and run, what lies there.
	shared access = private + "(A;OICI;0x1200a9;;;BU)"
)

// folders are those of a Windows.
type folders interface {
	// make makes one folder with nobody else in it; fs.ErrExist if something has the name.
	make(path string, a access) error
	// look tells of a folder itself, not of what it leads to.
	look(path string) (looked, error)
	// protect gives it other permissions, and none from above.
	protect(path string, a access) error
	// restore gives it those it had.
	restore(path string, security []byte) error
	// empty tells whether nothing lies in it.
	empty(path string) (bool, error)
}

// looked is what Windows tells of a folder.
type looked struct {
	link     bool   // a junction, a mounted volume or another reparse point
	folder   bool   // else it is a file
	security []byte // self-relative descriptor with owner and access list
}

// Rights on a file or folder. Source: winnt.h.
const (
	changing  = 0x2 | 0x4 | 0x10 | 0x40 | 0x100 | 0x10000 | 0x40000 | 0x80000 | 1<<30 | 1<<28
	anything  = 0xffffffff
	wineOwner = "S-1-5-21-0-0-0-1000" // Wine's only user, its administrator: no Windows has such a domain
)

// ours are those who may do everything anyway.
var ours = []string{sd.System, sd.Administrators, sd.TrustedInstaller, wineOwner}

// Reasons why a folder is not trusted; args of folder-not-trusted.
const (
	aLink    = "link"
	aFile    = "file"
	anOwner  = "owner"
	anAccess = "access"
)

// OnlyOurs tells whether a file or folder belongs to SYSTEM or administrators, and nobody
// else may change it. security is its self-relative descriptor; a damaged one is not.
func OnlyOurs(security []byte) bool {
	d, err := sd.Parse(security)
	return err == nil && isOurs(d.Owner) && !others(d, changing)
}

func isOurs(sid string) bool { return slices.Contains(ours, sid) }

// others tells whether anybody else is given one of rights, here or in what lies below.
// Denied rights do not count against it: what is forbidden to one may be allowed to
// another. Entries that are not read may say anything.
func others(d *sd.Descriptor, rights uint32) bool {
	return !d.HasDACL || d.Unknown > 0 || slices.ContainsFunc(d.DACL, func(e sd.Entry) bool {
		return !e.Deny && !isOurs(e.SID) && e.Mask&rights != 0
	})
}

// rightsOf are those that nobody else may have in a folder.
func (a access) rightsOf() uint32 {
	if a == private {
		return anything
	}
	return changing
}

// wrong says why a folder is none of updoc's: a reason of folder-not-trusted; empty: it is.
func wrong(l looked, a access) string {
	d, err := sd.Parse(l.security)
	switch {
	case l.link:
		return aLink
	case !l.folder:
		return aFile
	case err != nil || !isOurs(d.Owner):
		return anOwner
	case others(d, a.rightsOf()):
		return anAccess
	}
	return ""
}

// makeOurs makes a folder, and those above it that are not there, for nobody else to
// write in, or finds that it is so. One that belongs to administrators and lets others in
// is closed, if nothing lies in it yet or keepsWhat says that what does is no danger.
func makeOurs(w folders, path string, a access, keepsWhat bool) error {
	if err := makeAbove(w, filepath.Dir(path)); err != nil {
		return err
	}
	err := w.make(path, a)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	l, err := w.look(path)
	if err != nil {
		return err
	}
	switch why := wrong(l, a); {
	case why == anAccess:
		return closeOff(w, path, a, l.security, keepsWhat)
	case why != "":
		return notTrusted(path, why)
	}
	return nil
}

// makeAbove makes the folders above one of updoc's. They are closed too: whoever may
// rename one of them could put another in its place.
func makeAbove(w folders, path string) error {
	if filepath.Dir(path) == path {
		return nil
	}
	if _, err := w.look(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := makeAbove(w, filepath.Dir(path)); err != nil {
		return err
	}
	if err := w.make(path, shared); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// closeOff keeps others out from now on. What they put there before, or just now, would
// stay theirs.
func closeOff(w folders, path string, a access, was []byte, keepsWhat bool) error {
	clean, err := w.empty(path)
	if err != nil || !clean && !keepsWhat {
		return errors.Join(err, notTrusted(path, anAccess))
	}
	if err := w.protect(path, a); err != nil {
		return err
	}
	if clean, err = w.empty(path); err == nil && !clean && !keepsWhat {
		err = errors.Join(notTrusted(path, anAccess), w.restore(path, was))
	}
	return err
}

// checkOurs looks at a folder that is in use, so that nobody can rename it or one above it
// any more: it is still updoc's, and no link above it can be turned elsewhere by others.
func checkOurs(w folders, path string, a access) error {
	l, err := w.look(path)
	if err != nil {
		return err
	}
	if why := wrong(l, a); why != "" {
		return notTrusted(path, why)
	}
	for up := filepath.Dir(path); up != path; path, up = up, filepath.Dir(up) {
		l, err := w.look(up)
		if err != nil {
			return err
		}
		if l.link && !OnlyOurs(l.security) {
			return notTrusted(up, aLink)
		}
	}
	return nil
}

// notTrusted names the folder that other people can change, and why that is so.
func notTrusted(path, why string) error {
	return &model.Error{Code: "folder-not-trusted", Exit: 6, Args: model.Args{"path": path, "why": why}}
}
