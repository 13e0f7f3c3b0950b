package live

import (
	"errors"
	"io/fs"
	"strings"

	"updoc/model"
	"updoc/source"
	"updoc/winapi"
)

// volumeFS reads files through Windows, and those that a program holds open from a shadow
// copy of their volume.
type volumeFS struct {
	fs.FS
	m *mounted
}

var _ source.Secured = volumeFS{}

// Open implements fs.FS.
func (v volumeFS) Open(name string) (fs.File, error) {
	if err := v.m.s.ctx.Err(); err != nil {
		return nil, err
	}
	f, err := v.FS.Open(name)
	if err == nil || !v.m.s.sys.InUse(err) {
		return f, err
	}
	copied, serr := v.m.s.shadows.fs(v.m.s, v.m.root)
	if serr != nil {
		return nil, &source.UnseenError{Err: errors.Join(err, serr), Unseen: model.Unseen{
			Artifact: "file", Reason: model.ReasonInUse, Detail: serr.Error(), How: howTo(serr)}}
	}
	return copied.Open(name)
}

// howTo: an administrator can make a shadow copy; if that failed, nobody can read it.
func howTo(err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return model.HowAdmin
	}
	return model.HowNothing
}

// Stat implements fs.StatFS: the name of a file in use can be looked up.
func (v volumeFS) Stat(name string) (fs.FileInfo, error) { return fs.Stat(v.FS, name) }

// ReadDir implements fs.ReadDirFS.
func (v volumeFS) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(v.FS, name) }

// Security implements source.Secured.
func (v volumeFS) Security(name string) ([]byte, error) {
	return winapi.FileSecurity.Do(v.m.s.ctx, v.m.s.sys, v.m.root+strings.ReplaceAll(name, "/", `\`))
}
