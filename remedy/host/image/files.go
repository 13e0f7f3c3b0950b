package image

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"

	"updoc/disk"
	"updoc/disk/fat"
	"updoc/disk/ntfs"
	"updoc/disk/table"
	"updoc/model"
	"updoc/remedy/host"
)

// maxInMemory is the largest file that is edited as a whole: hives of Windows stay below.
const maxInMemory = 1 << 30

// files are the files of one volume, to be changed.
type files interface {
	// write makes the file hold what r gives; attributes of a file that is there stay.
	write(ctx context.Context, name string, r io.Reader) error
	// patch turns old into now, writing only what differs where that is possible.
	patch(ctx context.Context, name string, old, now []byte) error
	// rename gives it another name in the same folder; remove takes it away.
	rename(ctx context.Context, name, to string) error
	remove(ctx context.Context, name string) error
	// like gives the file, and the folders above it, the attributes and the permissions that
	// the model has, which lies on the same or on another volume.
	like(ctx context.Context, name string, model marks) error
}

// files opens a volume for changes.
func (h *Host) files(ctx context.Context, id string) (files, error) {
	if err := h.gate(id); err != nil {
		return nil, err
	}
	p, err := h.part(id)
	if err != nil {
		return nil, err
	}
	switch kind := disk.Probe(section(h.over, p), int64(p.Size)).Kind; kind {
	case "ntfs":
		dir, err := h.mount(ctx, id)
		return ntfsFiles{dir}, err
	case "fat32", "fat16", "fat12":
		image, err := h.show(id)
		h.touched[id] = true
		return fatFiles{h, id, image}, err
	case "bitlocker":
		return nil, &model.Error{Code: "encrypted-volume", Exit: 6, Args: model.Args{"volume": id}}
	default:
		return nil, fmt.Errorf("volume %s holds %s", id, kind)
	}
}

// look opens a volume for reading, as it is on the overlay now.
func (h *Host) look(id string) (fs.FS, error) {
	if err := h.settle(); err != nil {
		return nil, err
	}
	p, err := h.part(id)
	if err != nil {
		return nil, err
	}
	return volumeOf(h.over, p)
}

func volumeOf(r io.ReaderAt, p table.Partition) (fs.FS, error) {
	s := section(r, p)
	v, err := ntfs.Open(s, s.Size())
	if errors.Is(err, ntfs.ErrNotNTFS) {
		return fat.Open(s, s.Size())
	}
	return v, err
}

// read reads a whole file of the overlay.
func (h *Host) read(at host.Place) ([]byte, error) {
	v, err := h.look(at.Volume)
	if err != nil {
		return nil, err
	}
	f, err := v.Open(at.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxInMemory+1))
	if len(b) > maxInMemory {
		return nil, fmt.Errorf("%s is larger than %d bytes", at.Path, maxInMemory)
	}
	return b, err
}

// exists tells whether a file or folder of the overlay is there.
func (h *Host) exists(at host.Place) (bool, error) {
	v, err := h.look(at.Volume)
	if err != nil {
		return false, err
	}
	_, err = fs.Stat(v, at.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// sum is the SHA-256 of a file of the overlay, and its size.
func (h *Host) sum(at host.Place) (string, int64, error) {
	v, err := h.look(at.Volume)
	if err != nil {
		return "", 0, err
	}
	f, err := v.Open(at.Path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	return sumOf(f)
}

func sumOf(r io.Reader) (string, int64, error) {
	s := sha256.New()
	n, err := io.Copy(s, r)
	return hex.EncodeToString(s.Sum(nil)), n, err
}

func (h *Host) writeFile(ctx context.Context, op host.Op) error {
	if old, err := h.read(op.To); err == nil && bytes.Equal(old, op.Data) {
		return nil
	}
	return h.put(ctx, op.To, bytes.NewReader(op.Data), marks{})
}

// leaveFollowUp writes a plan that nobody but administrators can change: the running
// Windows carries it out with their rights, and asks whose it is.
func (h *Host) leaveFollowUp(ctx context.Context, op host.Op) error {
	own, err := administratorsFile.Bytes()
	if err != nil {
		return err
	}
	like := marks{own: mark{security: own}}
	if dir := path.Dir(op.To.Path); path.Base(dir) == "updoc" {
		folder, err := administratorsFolder.Bytes()
		if err != nil {
			return err
		}
		like.folders = []mark{{security: folder}}
	}
	return h.put(ctx, op.To, bytes.NewReader(op.Data), like)
}

// putFile copies a file of whoever runs updoc.
func (h *Host) putFile(ctx context.Context, op host.Op) error {
	f, err := os.Open(op.Local)
	if err != nil {
		return err
	}
	defer f.Close()
	want, _, err := sumOf(f)
	if err != nil {
		return err
	}
	if have, _, err := h.sum(op.To); err == nil && have == want {
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return h.put(ctx, op.To, f, marks{})
}

func (h *Host) copyFile(ctx context.Context, op host.Op) error {
	want, _, err := h.sum(op.From)
	if errors.Is(err, fs.ErrNotExist) && op.Maybe {
		return nil
	}
	if err != nil {
		return err
	}
	if have, _, err := h.sum(op.To); err == nil && have == want {
		return nil
	}
	like, err := h.marks(op.From)
	if err != nil {
		return err
	}
	v, err := h.look(op.From.Volume)
	if err != nil {
		return err
	}
	f, err := v.Open(op.From.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	return h.put(ctx, op.To, f, like)
}

// put writes a file, gives it its marks, and compares what can be read afterwards with
// what was written.
func (h *Host) put(ctx context.Context, to host.Place, r io.Reader, like marks) error {
	if err := h.room(to, r); err != nil {
		return err
	}
	v, err := h.files(ctx, to.Volume)
	if err != nil {
		return err
	}
	s := sha256.New()
	if err := v.write(ctx, to.Path, io.TeeReader(r, s)); err != nil {
		return err
	}
	if err := v.like(ctx, to.Path, like); err != nil {
		return err
	}
	have, _, err := h.sum(to)
	if err == nil && have != hex.EncodeToString(s.Sum(nil)) {
		err = fmt.Errorf("%s: what was written is not what can be read", to.Path)
	}
	h.written[to] = have
	return err
}

// room refuses what does not fit, before anything is written. What the file holds now is
// not counted as room: it may still be needed.
func (h *Host) room(to host.Place, r io.Reader) error {
	f, ok := r.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return nil // small: from memory
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	v, err := h.look(to.Volume)
	if err != nil {
		return err
	}
	free, err := v.(interface{ FreeBytes() (uint64, error) }).FreeBytes()
	if err == nil && uint64(info.Size()) > free {
		err = &model.Error{Code: "refused-no-room", Exit: 6, Args: model.Args{"volume": to.Volume, "need": info.Size(), "free": int64(free)}}
	}
	return err
}

// moveAside copies a file into the journal's folder, compares, then removes it.
func (h *Host) moveAside(ctx context.Context, op host.Op) error {
	want, _, err := h.sum(op.From)
	if errors.Is(err, fs.ErrNotExist) && (op.Maybe || h.aside[op.From]) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := h.keep(op.From, want); err != nil {
		return err
	}
	h.aside[op.From] = true
	v, err := h.files(ctx, op.From.Volume)
	if err != nil {
		return err
	}
	h.written[op.From] = ""
	return v.remove(ctx, op.From.Path)
}

func (h *Host) keep(from host.Place, want string) error {
	v, err := h.look(from.Volume)
	if err != nil {
		return err
	}
	f, err := v.Open(from.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := os.MkdirAll(h.opts.Keep, 0o700); err != nil {
		return err
	}
	name := filepath.Join(h.opts.Keep, fmt.Sprintf("%03d-%s", len(h.aside)+1, path.Base(from.Path)))
	return copyOut(name, f, want)
}

// copyOut writes a file of ours that must not be there yet, and reads it again.
func copyOut(name string, r io.Reader, want string) error {
	out, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := io.Copy(out, r); err != nil {
		return err
	}
	if err := out.Sync(); err != nil {
		return err
	}
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		return err
	}
	have, _, err := sumOf(out)
	if err == nil && have != want {
		err = fmt.Errorf("%s: the copy differs", name)
	}
	return err
}

func (h *Host) rename(ctx context.Context, op host.Op) error {
	to := host.Place{Volume: op.From.Volume, Path: path.Join(path.Dir(op.From.Path), op.Text)}
	from, err := h.exists(op.From)
	if err != nil {
		return err
	}
	there, err := h.exists(to)
	switch {
	case err != nil:
		return err
	case there && !from:
		return nil
	case there:
		return &model.Error{Code: "refused-name-in-use", Exit: 6, Args: model.Args{"path": to.Path}}
	}
	v, err := h.files(ctx, op.From.Volume)
	if err != nil {
		return err
	}
	if err := v.rename(ctx, op.From.Path, to.Path); err != nil {
		return err
	}
	if there, err = h.exists(to); err == nil && !there {
		err = fmt.Errorf("%s was not renamed", op.From.Path)
	}
	h.writtenMoved(op.From, to)
	return err
}

// writtenMoved gives what was written in a folder, or as a file, its new name.
func (h *Host) writtenMoved(from, to host.Place) {
	for at, sum := range maps.Clone(h.written) {
		rest, ok := strings.CutPrefix(at.Path+"/", from.Path+"/")
		if !ok || at.Volume != from.Volume {
			continue
		}
		delete(h.written, at)
		h.written[host.Place{Volume: to.Volume, Path: path.Join(to.Path, rest)}] = sum
	}
}
