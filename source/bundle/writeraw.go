package bundle

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"updoc/model"
	"updoc/source"
)

// Bounds of a raw bundle. The largest file that a diagnosis needs is the recovery image.
const (
	DefaultRawFile  = 1 << 30 // bytes of one file
	DefaultRawTotal = 4 << 30 // bytes of all files
	maxIndex        = 64 << 20
	indexName       = "files.json"
)

// RawOptions guide WriteRaw. The zero value takes the default bounds.
type RawOptions struct {
	Options
	FileLimit, TotalLimit int64                   // bytes; 0: the defaults
	Progress              func(done, total int64) // may be nil; in bytes
}

// Left is a file that a raw bundle does not hold, and why.
type Left struct {
	Path string
	Size int64
	Why  string // a reason of model.Unseen
}

// WriteRaw writes a bundle with the facts and, as they are, the files that were looked
// at through rec, and the edges of its disks. Nothing in it is masked. It returns what
// was left out.
func WriteRaw(ctx context.Context, w io.Writer, m *model.Machine, rec *Recorder, opts RawOptions) ([]Left, error) {
	z := &rawWriter{ctx: ctx, zip: zip.NewWriter(w), opts: opts, members: map[string]string{}, windows: rec.Windows()}
	facts, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	entries := rec.entries()
	err = errors.Join(z.bytes(machineName, facts), z.files(rec, entries), z.disks(rec.Source))
	if err != nil {
		return nil, err
	}
	index, err := json.Marshal(entries)
	if err != nil {
		return nil, err
	}
	if err := z.bytes(indexName, index); err != nil {
		return nil, err
	}
	manifest, err := json.MarshalIndent(model.Manifest{
		Schema: model.ManifestSchema, Tool: opts.Tool, Source: opts.Source, Time: opts.Time.UTC(), Zone: m.Clock.Zone.Value,
		Raw: true, Members: z.members,
	}, "", "  ")
	if err != nil {
		return nil, err
	}
	return z.left, errors.Join(z.bytes(manifestName, manifest), z.zip.Close())
}

// rawWriter writes members and keeps their hashes.
type rawWriter struct {
	ctx     context.Context
	zip     *zip.Writer
	opts    RawOptions
	windows string
	members map[string]string
	left    []Left
	done    int64 // bytes of files written
	total   int64
}

func (z *rawWriter) create(name string) (io.Writer, hash.Hash, error) {
	member, err := z.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: z.opts.Time.UTC()})
	sum := sha256.New()
	return io.MultiWriter(orDiscard(member), sum), sum, err
}

func orDiscard(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}

func (z *rawWriter) bytes(name string, b []byte) error {
	w, sum, err := z.create(name)
	if err != nil {
		return err
	}
	if _, err := w.Write(b); err != nil {
		return err
	}
	if name != manifestName {
		z.members[name] = hex.EncodeToString(sum.Sum(nil))
	}
	return nil
}

func (z *rawWriter) files(rec *Recorder, entries []*rawEntry) error {
	for _, e := range entries {
		if e.opened {
			z.total += e.Size
		}
	}
	for _, e := range entries {
		if !e.opened {
			continue
		}
		if err := z.file(rec, e); err != nil {
			return err
		}
	}
	return nil
}

// file takes one file along, or says why not.
func (z *rawWriter) file(rec *Recorder, e *rawEntry) error {
	switch limit, total := orDefault(z.opts.FileLimit, DefaultRawFile), orDefault(z.opts.TotalLimit, DefaultRawTotal); {
	case e.Size > limit || z.done+e.Size > total:
		z.leave(e, model.Unseen{Artifact: "file", Reason: model.ReasonAbsent, Detail: "too large for the bundle", How: model.HowDisk})
		return nil
	case strings.ContainsAny(e.Path, `\:`):
		z.leave(e, model.Unseen{Artifact: "file", Reason: model.ReasonUnsupported, Detail: "a name that Windows does not allow", How: model.HowNothing})
		return nil
	}
	fsys, err := rec.Source.FS(e.Volume)
	if err != nil {
		return err
	}
	f, size, err := source.Open(fsys, e.Path)
	if err != nil {
		z.leave(e, source.Why("file", err))
		return nil
	}
	defer f.Close()
	return z.copy(e, io.NewSectionReader(f, 0, size))
}

// copy writes a file; where it cannot be read to its end, what was read is kept and
// its size is what the bundle holds.
func (z *rawWriter) copy(e *rawEntry, r io.Reader) error {
	name := "files/" + z.folder(e.Volume) + "/" + e.Path
	w, sum, err := z.create(name)
	if err != nil {
		return err
	}
	n, err := io.Copy(w, &rawReader{z: z, r: r})
	if ctxErr := z.ctx.Err(); ctxErr != nil {
		return ctxErr
	}
	var broken *readError
	switch {
	case errors.As(err, &broken):
		z.left = append(z.left, Left{Path: e.Path, Size: e.Size - n, Why: model.ReasonDamaged})
	case err != nil:
		return err
	}
	e.Member, e.Size = name, n
	z.members[name] = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// folder is C for the Windows volume, else the id of the volume.
func (z *rawWriter) folder(volume string) string {
	if volume == z.windows {
		return "C"
	}
	return volume
}

func (z *rawWriter) leave(e *rawEntry, why model.Unseen) {
	e.Why = &why
	z.left = append(z.left, Left{Path: e.Path, Size: e.Size, Why: why.Reason})
}

// disks writes what lies at the edges of each disk: its partition table.
func (z *rawWriter) disks(src source.Source) error {
	edges, ok := src.(source.Edged)
	if !ok {
		return nil
	}
	for _, d := range edges.Edges() {
		dir := fmt.Sprintf("disks/%d/", d.Disk)
		about, err := json.Marshal(map[string]int64{"size": d.Size, "sectorSize": d.SectorSize, "lastAt": d.Size - int64(len(d.Last))})
		if err != nil {
			return err
		}
		if err := errors.Join(z.bytes(dir+"disk.json", about), z.bytes(dir+"first.bin", d.First), z.bytes(dir+"last.bin", d.Last)); err != nil {
			return err
		}
	}
	return nil
}

// readError marks a failure of the source, which costs one file, not the bundle.
type readError struct{ error }

// rawReader counts, tells of progress and stops with ctx.
type rawReader struct {
	z *rawWriter
	r io.Reader
}

// Read implements io.Reader.
func (r *rawReader) Read(b []byte) (int, error) {
	if err := r.z.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.r.Read(b)
	r.z.done += int64(n)
	if r.z.opts.Progress != nil {
		r.z.opts.Progress(r.z.done, r.z.total)
	}
	if err != nil && err != io.EOF {
		err = &readError{err}
	}
	return n, err
}

func orDefault(n, standard int64) int64 {
	if n == 0 {
		return standard
	}
	return n
}
