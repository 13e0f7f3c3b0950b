package bundle

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"updoc/model"
	"updoc/source"
)

// Recorder is a source that remembers which files were looked at, so that a raw
// bundle can hold exactly those: whoever opens it sees what the collectors saw.
type Recorder struct {
	source.Source
	volumes map[string]*recording
}

// Record remembers what is looked at in src from now on.
func Record(src source.Source) *Recorder {
	return &Recorder{Source: src, volumes: map[string]*recording{}}
}

// FS implements source.Source.
func (r *Recorder) FS(volume string) (fs.FS, error) {
	if v := r.volumes[volume]; v != nil {
		return v, nil
	}
	inner, err := r.Source.FS(volume)
	if err != nil {
		return nil, err
	}
	v := &recording{inner: inner, volume: volume, seen: map[string]*rawEntry{}}
	r.volumes[volume] = v
	return v, nil
}

// Problems implements source.Damaged.
func (r *Recorder) Problems() []model.DiskProblem {
	if d, ok := r.Source.(source.Damaged); ok {
		return d.Problems()
	}
	return nil
}

// entries returns what was looked at, by volume and name.
func (r *Recorder) entries() []*rawEntry {
	var out []*rawEntry
	for _, volume := range slices.Sorted(maps.Keys(r.volumes)) {
		seen := r.volumes[volume].seen
		for _, key := range slices.Sorted(maps.Keys(seen)) {
			out = append(out, seen[key])
		}
	}
	return out
}

// rawEntry is one file or folder of a raw bundle. A file without member was only named
// or measured, or could not be taken along: then Why says why.
type rawEntry struct {
	Volume string        `json:"volume"`
	Path   string        `json:"path"` // below the root of the volume, with slashes
	Dir    bool          `json:"dir,omitempty"`
	Link   bool          `json:"link,omitempty"` // neither file nor folder
	Size   int64         `json:"size"`           // bytes
	Time   time.Time     `json:"time,omitzero"`  // last change, UTC
	Member string        `json:"member,omitempty"`
	Why    *model.Unseen `json:"why,omitempty"`
	opened bool
}

// recording is a volume that remembers.
type recording struct {
	inner  fs.FS
	volume string
	seen   map[string]*rawEntry
}

func (v *recording) note(name string) *rawEntry {
	key := strings.ToLower(name)
	if v.seen[key] == nil {
		v.seen[key] = &rawEntry{Volume: v.volume, Path: name}
	}
	return v.seen[key]
}

func (v *recording) measured(name string, info fs.FileInfo) *rawEntry {
	e := v.note(name)
	e.Dir, e.Link, e.Size, e.Time = info.IsDir(), !info.IsDir() && !info.Mode().IsRegular(), info.Size(), info.ModTime().UTC()
	if e.Dir {
		e.Size = 0
	}
	return e
}

// failed notes why something that exists cannot be read.
func (v *recording) failed(name string, err error) {
	if !errors.Is(err, fs.ErrNotExist) && fs.ValidPath(name) {
		why := source.Why("file", err)
		v.note(name).Why = &why
	}
}

// Open implements fs.FS.
func (v *recording) Open(name string) (fs.File, error) {
	f, err := v.inner.Open(name)
	if err != nil {
		v.failed(name, err)
		return nil, err
	}
	if info, err := f.Stat(); err == nil {
		v.measured(name, info).opened = !info.IsDir()
	}
	return f, nil
}

// Stat implements fs.StatFS.
func (v *recording) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(v.inner, name)
	if err != nil {
		v.failed(name, err)
		return nil, err
	}
	v.measured(name, info)
	return info, nil
}

// ReadDir implements fs.ReadDirFS.
func (v *recording) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(v.inner, name)
	if err != nil {
		v.failed(name, err)
	} else {
		v.note(name).Dir = true
	}
	for i, e := range list {
		child := v.note(path.Join(name, e.Name()))
		child.Dir, child.Link = e.IsDir(), !e.IsDir() && !e.Type().IsRegular()
		list[i] = listed{e, v, path.Join(name, e.Name())}
	}
	return list, err
}

// listed is an entry of a folder; only those that are asked for are measured.
type listed struct {
	fs.DirEntry
	v    *recording
	name string
}

// Info implements fs.DirEntry.
func (l listed) Info() (fs.FileInfo, error) {
	info, err := l.DirEntry.Info()
	if err == nil {
		l.v.measured(l.name, info)
	}
	return info, err
}
