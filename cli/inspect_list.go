package cli

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"updoc/disk/fat"
	"updoc/disk/ntfs"
)

// maxEntries bounds what is kept of one folder.
const maxEntries = 1 << 20

// listing is a folder inside an image.
type listing struct {
	path     string
	entries  []listEntry
	problems []string
}

type listEntry struct {
	Name       string     `json:"name"`
	Dir        bool       `json:"dir"`
	Size       int64      `json:"size"`
	Modified   *time.Time `json:"modified"`
	Attributes string     `json:"attributes,omitempty"`
}

func (l *listing) add(e listEntry) {
	if len(l.entries) < maxEntries {
		l.entries = append(l.entries, e)
	}
}

func parentOf(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return ""
}

// listFolder lists what is readable; the reason why something is not, is a problem of
// the listing.
func listFolder(fsys fs.FS, name string) (*listing, error) {
	l := &listing{path: name}
	entries, err := fs.ReadDir(fsys, name)
	if err != nil {
		l.problems = append(l.problems, err.Error())
	}
	for _, e := range entries {
		item := listEntry{Name: e.Name(), Dir: e.IsDir()}
		if info, err := e.Info(); err == nil {
			item.Modified, item.Attributes = timeOrNull(info.ModTime()), attributesOf(info)
			if !e.IsDir() {
				item.Size = info.Size()
			}
		} else {
			l.problems = append(l.problems, e.Name()+": "+err.Error())
		}
		l.add(item)
	}
	return l, nil
}

func attributesOf(info fs.FileInfo) string {
	switch stat := info.Sys().(type) {
	case *ntfs.Stat:
		return fmt.Sprintf("0x%x", stat.Attributes)
	case ntfs.Stat:
		return fmt.Sprintf("0x%x", stat.Attributes)
	case *fat.Stat:
		return fmt.Sprintf("0x%x", stat.Attributes)
	case fat.Stat:
		return fmt.Sprintf("0x%x", stat.Attributes)
	}
	return ""
}

type listView struct{ s *subject }

type listDocument struct {
	Kind    string      `json:"kind"`
	Entries []listEntry `json:"entries"`
	about
	Problems []string `json:"problems"`
}

func (v *listView) document(context.Context) (document, error) {
	l := v.s.list
	slices.SortStableFunc(l.entries, func(a, b listEntry) int {
		return cmp.Or(compareBool(b.Dir, a.Dir), cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)))
	})
	return &listDocument{Kind: "directory", Entries: append([]listEntry{}, l.entries...), about: aboutOf(v.s), Problems: append([]string{}, l.problems...)}, nil
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func (v *listView) records(_ context.Context, out *lines) error {
	return addAll(out, v.s.list.entries)
}

func (d *listDocument) show(s *sheet) {
	s.title(d.Path, "directory")
	s.all = true // a listing that leaves out the file looked for is of no use
	var rows [][]string
	for _, e := range d.Entries {
		size, modified, name := "", "", e.Name
		if e.Dir {
			name += `\`
		} else {
			size = commas(e.Size)
		}
		if e.Modified != nil {
			modified = e.Modified.Format("2006-01-02 15:04:05")
		}
		rows = append(rows, []string{size, modified, name})
	}
	s.table("entries", []string{"bytes", "modified", "name"}, rows)
	s.list("problems", d.Problems)
}
