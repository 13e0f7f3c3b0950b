package bundle

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"updoc/model"
	"updoc/source"
)

// maxRawRead bounds what a raw bundle may unpack to, whatever its headers claim.
const maxRawRead = 8 << 30 // bytes

// Raw is a raw bundle as a source: its files are looked at anew. Its disks are those
// that were seen when it was made.
type Raw struct {
	*Source
	temp    *os.File
	volumes map[string]*rawVolume
}

var _ source.Source = (*Raw)(nil)

// Machine hides what was recorded: a raw bundle is looked at anew.
func (r *Raw) Machine() {}

// OpenRaw reads a raw bundle whole: every member must be what the manifest says. The
// files are unpacked into one temporary file without a name.
func (s *Source) OpenRaw(ctx context.Context) (*Raw, error) {
	z, err := zip.OpenReader(s.path)
	if err != nil {
		return nil, openError(s.path, err)
	}
	defer z.Close()
	temp, err := os.CreateTemp("", "updoc-bundle-*")
	if err != nil {
		return nil, err
	}
	os.Remove(temp.Name()) // it lives on until it is closed; where that is not possible Close removes it
	r := &Raw{Source: s, temp: temp, volumes: map[string]*rawVolume{}}
	if err := r.unpack(ctx, &z.Reader); err != nil {
		r.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &model.Error{Code: "bundle-bad", Args: model.Args{"path": s.path}, Err: err}
	}
	return r, nil
}

func (r *Raw) unpack(ctx context.Context, z *zip.Reader) error {
	places := map[string]span{}
	var at int64
	for _, f := range z.File {
		if f.Name == manifestName || strings.HasSuffix(f.Name, "/") {
			continue
		}
		n, err := r.member(ctx, f, at)
		if err != nil {
			return err
		}
		places[f.Name] = span{at, n}
		at += n
	}
	for name := range r.manifest.Members {
		if _, there := places[name]; !there {
			return fmt.Errorf("%s is missing", name)
		}
	}
	return r.index(places)
}

// span is where a member lies in the temporary file.
type span struct{ at, size int64 }

// member unpacks one member and holds it against the manifest.
func (r *Raw) member(ctx context.Context, f *zip.File, at int64) (int64, error) {
	want, there := r.manifest.Members[f.Name]
	if !there {
		return 0, fmt.Errorf("%s is not in the manifest", f.Name)
	}
	in, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer in.Close()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(r.temp, sum), io.LimitReader(stopped{ctx, in}, maxRawRead-at+1))
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s: %w", f.Name, err)
	case at+n > maxRawRead:
		return 0, fmt.Errorf("it unpacks to more than %d bytes", int64(maxRawRead))
	case hex.EncodeToString(sum.Sum(nil)) != want:
		return 0, fmt.Errorf("%s is not what the manifest says", f.Name)
	}
	return n, nil
}

// stopped reads until ctx is done.
type stopped struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (s stopped) Read(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(b)
}

// index builds the volumes from the list of files.
func (r *Raw) index(places map[string]span) error {
	at, there := places[indexName]
	if !there || at.size > maxIndex {
		return fmt.Errorf("%s is missing or too large", indexName)
	}
	raw, err := io.ReadAll(io.NewSectionReader(r.temp, at.at, at.size))
	if err != nil {
		return err
	}
	var entries []*rawEntry
	if err := json.Unmarshal(raw, &entries); err != nil {
		return fmt.Errorf("%s: %w", indexName, err)
	}
	for _, e := range entries {
		if e == nil || !fs.ValidPath(e.Path) {
			return fmt.Errorf("%s names a path that leads out", indexName)
		}
		at, there := places[e.Member]
		if e.Member != "" && (!there || at.size != e.Size) {
			return fmt.Errorf("%s is not as %s says", e.Member, indexName)
		}
		r.volume(e.Volume).add(&rawNode{rawEntry: *e, at: at})
	}
	return nil
}

func (r *Raw) volume(id string) *rawVolume {
	if r.volumes[id] == nil {
		r.volumes[id] = &rawVolume{temp: r.temp, nodes: map[string]*rawNode{".": {rawEntry: rawEntry{Path: ".", Dir: true}}}}
	}
	return r.volumes[id]
}

// FS implements source.Source.
func (r *Raw) FS(volume string) (fs.FS, error) {
	if v := r.volumes[volume]; v != nil {
		return v, nil
	}
	return nil, &source.UnseenError{Unseen: model.Unseen{Artifact: "volume", Reason: model.ReasonAbsent, How: model.HowDisk}}
}

// Close implements source.Source.
func (r *Raw) Close() error {
	err := r.temp.Close()
	if errors.Is(err, os.ErrClosed) {
		err = nil
	}
	if _, gone := os.Stat(r.temp.Name()); gone == nil {
		err = errors.Join(err, os.Remove(r.temp.Name()))
	}
	return err
}

// rawNode is a file or folder of a volume.
type rawNode struct {
	rawEntry
	at   span
	kids []*rawNode
}

// rawVolume is one volume as a file system; names are found in any case.
type rawVolume struct {
	temp  *os.File
	nodes map[string]*rawNode // by lower-case path
}

// add puts a node and the folders above it in place.
func (v *rawVolume) add(n *rawNode) {
	key := strings.ToLower(n.Path)
	if old := v.nodes[key]; old != nil {
		n.kids = old.kids
		*old = *n
		return
	}
	v.nodes[key] = n
	dir := path.Dir(n.Path)
	if v.nodes[strings.ToLower(dir)] == nil {
		v.add(&rawNode{rawEntry: rawEntry{Volume: n.Volume, Path: dir, Dir: true}})
	}
	up := v.nodes[strings.ToLower(dir)]
	up.kids = append(up.kids, n)
}

func (v *rawVolume) find(op, name string) (*rawNode, error) {
	if n := v.nodes[strings.ToLower(name)]; n != nil && fs.ValidPath(name) {
		return n, nil
	}
	return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

// Open implements fs.FS.
func (v *rawVolume) Open(name string) (fs.File, error) {
	n, err := v.find("open", name)
	switch {
	case err != nil:
		return nil, err
	case n.Why != nil:
		return nil, &source.UnseenError{Unseen: *n.Why, Err: errors.New(n.Why.Detail)}
	case n.Dir:
		return &rawDir{rawInfo: rawInfo{n}, left: n.entries()}, nil
	case n.Member == "":
		return nil, &source.UnseenError{Unseen: model.Unseen{Artifact: "file", Reason: model.ReasonAbsent, How: model.HowDisk}}
	}
	return &rawFile{io.NewSectionReader(v.temp, n.at.at, n.at.size), rawInfo{n}}, nil
}

// Stat implements fs.StatFS.
func (v *rawVolume) Stat(name string) (fs.FileInfo, error) {
	n, err := v.find("stat", name)
	if err != nil {
		return nil, err
	}
	return rawInfo{n}, nil
}

// ReadDir implements fs.ReadDirFS.
func (v *rawVolume) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := v.find("readdir", name)
	switch {
	case err != nil:
		return nil, err
	case n.Why != nil:
		return nil, &source.UnseenError{Unseen: *n.Why, Err: errors.New(n.Why.Detail)}
	}
	return n.entries(), nil
}

func (n *rawNode) entries() []fs.DirEntry {
	out := make([]fs.DirEntry, 0, len(n.kids))
	for _, k := range n.kids {
		out = append(out, fs.FileInfoToDirEntry(rawInfo{k}))
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out
}

// rawInfo tells what is known of a node.
type rawInfo struct{ n *rawNode }

// Name implements fs.FileInfo.
func (i rawInfo) Name() string { return path.Base(i.n.Path) }

// Size implements fs.FileInfo.
func (i rawInfo) Size() int64 { return i.n.Size }

// ModTime implements fs.FileInfo.
func (i rawInfo) ModTime() time.Time { return i.n.Time }

// IsDir implements fs.FileInfo.
func (i rawInfo) IsDir() bool { return i.n.Dir }

// Sys implements fs.FileInfo.
func (i rawInfo) Sys() any { return nil }

// Mode implements fs.FileInfo.
func (i rawInfo) Mode() fs.FileMode {
	switch {
	case i.n.Dir:
		return fs.ModeDir | 0o555
	case i.n.Link:
		return fs.ModeIrregular | 0o444
	}
	return 0o444
}

// Stat implements fs.File.
func (i rawInfo) Stat() (fs.FileInfo, error) { return i, nil }

// Close implements fs.File.
func (i rawInfo) Close() error { return nil }

// rawFile is an open file.
type rawFile struct {
	*io.SectionReader
	rawInfo
}

// Size implements fs.FileInfo.
func (f *rawFile) Size() int64 { return f.rawInfo.Size() }

// rawDir is an open folder.
type rawDir struct {
	rawInfo
	left []fs.DirEntry
}

// Read implements fs.File: a folder holds no bytes.
func (d *rawDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.n.Path, Err: fs.ErrInvalid}
}

// ReadDir implements fs.ReadDirFile.
func (d *rawDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(d.left)
	} else if len(d.left) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.left))
	out := d.left[:n]
	d.left = d.left[n:]
	return out, nil
}
