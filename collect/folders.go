package collect

import (
	"io/fs"
	"path"
	"strings"

	"updoc/model"
)

// stockFolders are folders that every Windows has and that servicing works in. Source:
// folder trees of installed Windows 10 and 11.
var stockFolders = []string{
	"Windows/servicing/Packages", "Windows/WinSxS/Manifests", "Windows/WinSxS/Catalogs",
	"Windows/System32/CatRoot", "Windows/System32/config/TxR", "Windows/System32/Tasks",
	"Windows/System32/DriverStore/FileRepository", "Windows/INF", "Windows/Temp",
}

// namedLimit is how many folders that CBS.log names are looked up: a store so broken
// that it names more is not cured by making folders.
const namedLimit = 16

// folders fills Machine.Folders with the stock folders and those whose absence CBS.log
// complains about. The notes must have been collected before.
func folders(d *desk) {
	paths := append(append([]string{}, stockFolders...), d.complained()...)
	var all []model.Folder
	var unseen *model.Unseen
	for _, p := range paths {
		f := model.Folder{Path: windowsPath(p), Present: d.folderThere(d.on(p))}
		f.Origin = f.Present.Origin
		if !f.Present.Known && unseen == nil {
			why := f.Present.Reason()
			unseen = &why
		}
		all = append(all, f)
	}
	d.m.Folders = model.Complete(all)
	if unseen != nil {
		d.m.Folders = model.Partial(all, *unseen)
	}
}

// complained returns the folders that CBS.log did not find: of each path the first
// part that is not there.
func (d *desk) complained() []string {
	seen := map[string]bool{}
	for _, p := range stockFolders {
		seen[strings.ToLower(p)] = true
	}
	var out []string
	for _, n := range d.m.CBS.Notes.Items {
		if n.Kind != "path-missing" || len(out) == namedLimit {
			continue
		}
		p := d.firstMissing(onWindowsVolume(n.Subject))
		if p != "" && !seen[strings.ToLower(p)] {
			seen[strings.ToLower(p)] = true
			out = append(out, p)
		}
	}
	return out
}

// stockPlaces are where folders of Windows lie; a folder of a user is none of them.
var stockPlaces = []string{"windows/", "program files/", "program files (x86)/", "programdata/microsoft/"}

// onWindowsVolume turns the path of a log line into one of the Windows volume; "" if it
// lies elsewhere, is no stock place or no path. C: is what Windows calls its own volume
// unless somebody went out of their way.
func onWindowsVolume(p string) string {
	low := strings.ToLower(p)
	switch {
	case strings.HasPrefix(low, `c:\`):
		p = p[3:]
	case strings.HasPrefix(low, `\systemroot\`):
		p = `Windows\` + p[len(`\systemroot\`):]
	case !strings.HasPrefix(low, `\windows\`):
		return ""
	}
	p = strings.TrimPrefix(path.Clean("/"+slashPath(p)), "/")
	for _, place := range stockPlaces {
		if strings.HasPrefix(strings.ToLower(p), place) {
			return p
		}
	}
	return ""
}

// firstMissing returns the uppermost folder of p that is not there, p if all are. A
// last part with an extension is taken for a file: "" if only that is missing.
func (d *desk) firstMissing(p string) string {
	for i, c := range p {
		if c == '/' && d.absent(p[:i]) {
			return p[:i]
		}
	}
	if path.Ext(p) != "" {
		return ""
	}
	return p
}

// absent reports whether a file or folder is certainly not there.
func (d *desk) absent(path string) bool {
	f := d.folderThere(d.on(path))
	return f.Known && !f.Value
}

// folderThere tells whether a folder exists. A copy made of the folders that were
// thought to matter never tells that one was not there.
func (d *desk) folderThere(at place) model.Fact[bool] {
	f := d.exists(at)
	if f.Known && !f.Value && !d.whole(at.volume) {
		return model.NotSeen[bool](*d.whyNot("file", at, fs.ErrNotExist))
	}
	return f
}
