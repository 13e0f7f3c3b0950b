package cli

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"updoc/source/folder"
)

// artefacts are what diagnose looks for on the volume with Windows. The last part of
// a path may have wildcards.
var artefacts = []string{
	"Windows/System32/config/SYSTEM*",
	"Windows/System32/config/SOFTWARE*",
	"Windows/System32/config/COMPONENTS*",
	"Windows/System32/winevt/Logs/System.evtx",
	"Windows/System32/winevt/Logs/Setup.evtx",
	"Windows/System32/winevt/Logs/Application.evtx",
	"Windows/System32/winevt/Logs/Microsoft-Windows-WindowsUpdateClient%4Operational.evtx",
	"Windows/Logs/CBS/*.log",
	"Windows/Logs/CBS/*.cab",
	"Windows/Logs/DISM/*.log",
	"Windows/Logs/ReAgent/*.log",
	"Windows/Logs/WinREAgent/*.log",
	"Windows/Panther/setup*.log",
	"Windows/SoftwareDistribution/ReportingEvents.log",
	"Windows/SoftwareDistribution/DataStore/DataStore.edb",
	"Windows/System32/Recovery/*",
	"Windows/WinSxS/pending.xml",
	"Recovery/WindowsRE/*",
	"Boot/BCD",
	"EFI/Microsoft/Boot/BCD",
}

type folderView struct {
	s   *subject
	src *folder.Source
}

func openFolder(s *subject) (view, error) {
	src, err := folder.Open(s.local)
	if err != nil {
		return nil, err
	}
	closeBefore := s.close
	s.close = func() error { src.Close(); return closeBefore() }
	return &folderView{s, src}, nil
}

type folderDocument struct {
	Kind  string        `json:"kind"`
	Found []folderEntry `json:"found"`
	about
	Absent   []string `json:"absent"` // patterns nothing matches
	Problems []string `json:"problems"`
}

type folderEntry struct {
	Path string `json:"path"`
	Size int64  `json:"size"`
}

func (v *folderView) document(ctx context.Context) (document, error) {
	d := &folderDocument{Kind: "folder", Found: []folderEntry{}, about: aboutOf(v.s), Absent: []string{}, Problems: []string{}}
	d.Size = 0
	fsys, err := v.src.FS(v.src.Windows())
	if err != nil {
		return nil, err
	}
	for _, pattern := range artefacts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d.find(fsys, pattern)
	}
	return d, nil
}

func (d *folderDocument) find(fsys fs.FS, pattern string) {
	dir, base := path.Split(pattern)
	entries, err := fs.ReadDir(fsys, path.Clean(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.Problems = append(d.Problems, dir+": "+err.Error())
	}
	before := len(d.Found)
	for _, e := range entries {
		if ok, _ := path.Match(strings.ToLower(base), strings.ToLower(e.Name())); ok && !e.IsDir() {
			d.found(dir+e.Name(), e)
		}
	}
	if len(d.Found) == before {
		d.Absent = append(d.Absent, windowsPath(pattern))
	}
}

func (d *folderDocument) found(name string, e fs.DirEntry) {
	info, err := e.Info()
	if err != nil {
		d.Problems = append(d.Problems, name+": "+err.Error())
		return
	}
	d.Found = append(d.Found, folderEntry{windowsPath(name), info.Size()})
}

func windowsPath(p string) string { return strings.ReplaceAll(p, "/", `\`) }

func (v *folderView) records(ctx context.Context, out *lines) error {
	doc, err := v.document(ctx)
	if err != nil {
		return err
	}
	return addAll(out, doc.(*folderDocument).Found)
}

func (d *folderDocument) show(s *sheet) {
	s.title(d.Path, "folder")
	s.all = true
	var rows [][]string
	for _, e := range d.Found {
		rows = append(rows, []string{commas(e.Size), e.Path})
	}
	s.table("found", []string{"bytes", "name"}, rows)
	s.list("absent", d.Absent)
	s.list("problems", d.Problems)
}
