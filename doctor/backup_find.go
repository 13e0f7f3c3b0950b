package doctor

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"updoc/disk/ntfs"
	"updoc/model"
	"updoc/source"
)

// personal is where a person's files are, and how large.
type personal struct {
	places []*model.BackupSet
	files  []personalFile
	unseen []model.Look // volumes and folders that could not be looked at
}

// personalFile is one file that belongs to a person.
type personalFile struct {
	model.BackupFile
	place *model.BackupSet
}

// findPersonal looks for them in every profile and on every other volume that holds
// data, but not on the one that gets the copies. Links are not followed. The error is that
// of ctx.
func findPersonal(ctx context.Context, src source.Source, except string) (*personal, error) {
	p := &personal{}
	for _, id := range personalVolumes(ctx, src) {
		if id == except {
			continue
		}
		fsys, err := src.FS(id)
		if err != nil {
			p.miss(id, "", err)
			continue
		}
		w := &finder{ctx: ctx, to: p, volume: id, fsys: fsys, been: map[uint64]bool{}}
		if err := w.volumeRoot(); err != nil {
			return nil, err
		}
	}
	return p, ctx.Err()
}

func (p *personal) miss(volume, name string, err error) {
	why := source.Why("file", err)
	p.unseen = append(p.unseen, model.Look{Artifact: "file", Volume: volume, Path: backslashes(name), Unseen: &why})
}

// Paths of documents have backslashes, names of io/fs slashes.
func slashes(path string) string     { return strings.ReplaceAll(path, `\`, "/") }
func backslashes(name string) string { return strings.ReplaceAll(name, "/", `\`) }

// personalVolumes are the volume of Windows, then those with data, in the order of the
// disk. What starts, recovers or is empty holds nothing of a person.
func personalVolumes(ctx context.Context, src source.Source) []string {
	ids := []string{src.Windows()}
	for _, d := range src.Disks(ctx).Items {
		for _, p := range d.Partitions {
			data := p.Role == model.RoleData || p.Role == model.RoleWindows || p.Role == model.RoleUnknown
			empty := p.Volume.FS.Known && (p.Volume.FS.Value == "empty" || p.Volume.FS.Value == "unknown")
			if data && !empty && !slices.Contains(ids, p.ID) {
				ids = append(ids, p.ID)
			}
		}
	}
	return ids
}

// maxFolders bounds how deep folders are entered: no path of Windows is longer.
const maxFolders = 32767 / 2

// finder walks one volume.
type finder struct {
	ctx    context.Context
	to     *personal
	volume string
	fsys   fs.FS
	been   map[uint64]bool // records of folders: a damaged volume may hold circles
}

// volumeRoot looks at every top folder that is not Windows' own.
func (w *finder) volumeRoot() error {
	_, err := fs.Stat(w.fsys, "Windows/System32/config")
	windows := err == nil
	for _, e := range w.list(".") {
		switch {
		case isOwn(e.Name(), windows), windows && !e.IsDir():
			continue // at the root beside Windows: pagefile.sys and its like
		}
		if err := w.walk(e.Name(), e, 1, w.data); err != nil {
			return err
		}
	}
	if !windows {
		return nil
	}
	return w.profiles()
}

func (w *finder) profiles() error {
	if _, err := fs.Stat(w.fsys, "Users"); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range w.list("Users") {
		if !e.IsDir() || !isPerson(e.Name()) {
			continue
		}
		keep := w.profile
		if strings.EqualFold(e.Name(), "Public") {
			keep = w.public
		}
		if err := w.walk("Users/"+e.Name(), e, 2, keep); err != nil {
			return err
		}
	}
	return nil
}

// list gives what is readable of a folder.
func (w *finder) list(name string) []fs.DirEntry {
	entries, err := fs.ReadDir(w.fsys, name)
	if err != nil {
		w.to.miss(w.volume, name, err)
	}
	return entries
}

// keeper tells the place of a path; a folder asks whether to enter it.
type keeper func(name string, folder bool) (place *model.BackupSet, ok bool)

func (w *finder) walk(name string, e fs.DirEntry, depth int, keep keeper) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	place, ok := keep(name, e.IsDir())
	switch {
	case !ok, e.Type()&fs.ModeSymlink != 0: // what a link names is copied where it lies
	case e.IsDir():
		return w.folder(name, e, depth, keep)
	default:
		w.file(name, e, place)
	}
	return nil
}

func (w *finder) folder(name string, e fs.DirEntry, depth int, keep keeper) error {
	if depth > maxFolders || w.wasHere(e) {
		w.to.miss(w.volume, name, ntfs.ErrDamaged)
		return nil
	}
	for _, child := range w.list(name) {
		if err := w.walk(path.Join(name, child.Name()), child, depth+1, keep); err != nil {
			return err
		}
	}
	return nil
}

func (w *finder) wasHere(e fs.DirEntry) bool {
	info, err := e.Info()
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*ntfs.Stat)
	if !ok {
		return false
	}
	was := w.been[st.Record]
	w.been[st.Record] = true
	return was
}

func (w *finder) file(name string, e fs.DirEntry, place *model.BackupSet) {
	f := personalFile{place: place, BackupFile: model.BackupFile{Volume: w.volume, Path: backslashes(name)}}
	info, err := e.Info()
	switch {
	case err != nil:
		f.Problem, f.Detail = model.BackupUnread, err.Error()
	default:
		f.Size, f.Modified = info.Size(), info.ModTime().UTC()
		f.Problem = notHere(info)
	}
	place.Found = plus(place.Found, f.Size)
	w.to.files = append(w.to.files, f)
}

// notHere tells by its attributes why a file cannot be copied from here; "": it can.
func notHere(info fs.FileInfo) string {
	st, ok := info.Sys().(*ntfs.Stat)
	switch {
	case !ok && info.Mode().IsRegular():
		return ""
	case !ok:
		return model.BackupUnknown // a pipe or device of the system that holds the folder
	case st.Encrypted:
		return model.BackupEncrypted
	case st.ReparseTag != 0 && st.ReparseTag != ntfs.TagWOF:
		return model.BackupOnline
	}
	return ""
}

// leftOut tells what no run can copy from here, from what failed.
func leftOut(problem string) bool {
	return problem == model.BackupOnline || problem == model.BackupEncrypted || problem == model.BackupUnknown
}

func plus(c model.BackupCount, size int64) model.BackupCount {
	return model.BackupCount{Files: c.Files + 1, Bytes: c.Bytes + size}
}

func (w *finder) data(name string, _ bool) (*model.BackupSet, bool) {
	top, _, _ := strings.Cut(name, "/")
	return w.to.place(w.volume, top, "", placeData), true
}

func (w *finder) public(string, bool) (*model.BackupSet, bool) {
	return w.to.place(w.volume, "Users/Public", "Public", placePublic), true
}

func (w *finder) profile(name string, folder bool) (*model.BackupSet, bool) {
	parts := strings.SplitN(name, "/", 3)
	if len(parts) < 3 {
		return nil, folder
	}
	if folder {
		return nil, worthEntering(parts[2])
	}
	kind, deep, ok := placeIn(parts[2])
	if !ok {
		return nil, false
	}
	at := strings.Join(strings.Split(name, "/")[:2+deep], "/")
	return w.to.place(w.volume, at, parts[1], kind), true
}

// place finds a place, or begins it.
func (p *personal) place(volume, at, user, kind string) *model.BackupSet {
	at = backslashes(at)
	for _, s := range p.places {
		if s.Volume == volume && s.Path == at && s.Kind == kind {
			return s
		}
	}
	s := &model.BackupSet{Volume: volume, Path: at, User: user, Kind: kind}
	p.places = append(p.places, s)
	return s
}
