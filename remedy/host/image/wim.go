package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"updoc/format/wim"
	"updoc/model"
	"updoc/remedy/host"
)

// recompress exports every image of a WIM anew and puts the result in its place if it is
// smaller and holds the same.
func (h *Host) recompress(ctx context.Context, op host.Op) error {
	scratch, err := os.MkdirTemp(h.temp, "wim-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	old, now := filepath.Join(scratch, "old.wim"), filepath.Join(scratch, "new.wim")
	if err := h.copyOut(op.To, old); err != nil {
		return err
	}
	before, err := readWim(old)
	if err != nil {
		return err
	}
	if strings.EqualFold(before.compression, op.Text) {
		return nil
	}
	if _, err := run(ctx, "", "wimlib-imagex", "export", old, "all", now, "--compress="+op.Text, "--boot", "--check"); err != nil {
		return err
	}
	if _, err := run(ctx, "", "wimlib-imagex", "verify", now); err != nil {
		return err // what same compares is what the WIM says of its files
	}
	after, err := readWim(now)
	if err != nil {
		return err
	}
	if err := before.same(after); err != nil {
		return err
	}
	if after.size >= before.size {
		return &model.Error{Code: "refused-not-smaller", Exit: 6, Args: model.Args{"path": op.To.Path}}
	}
	return h.replace(ctx, op.To, now)
}

// replace puts a local file in the place of one on the volume.
func (h *Host) replace(ctx context.Context, to host.Place, local string) error {
	return h.putFile(ctx, host.Op{Kind: host.PutFile, Local: local, To: to})
}

func (h *Host) copyOut(from host.Place, to string) error {
	want, _, err := h.sum(from)
	if err != nil {
		return err
	}
	v, err := h.look(from.Volume)
	if err != nil {
		return err
	}
	f, err := v.Open(from.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	return copyOut(to, f, want)
}

// wimFacts are what must stay the same when a WIM is written anew.
type wimFacts struct {
	size        int64
	compression string
	boot        uint32
	images      []wim.Image
	blobs       []string // SHA-1 of every file of every image, in order of their paths
}

func readWim(name string) (wimFacts, error) {
	f, err := os.Open(name)
	if err != nil {
		return wimFacts{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return wimFacts{}, err
	}
	w, err := wim.Open(f, info.Size())
	if err != nil {
		return wimFacts{}, err
	}
	have := w.Info()
	out := wimFacts{size: info.Size(), compression: have.Compression, boot: have.BootIndex, images: have.Images}
	for _, img := range out.images {
		err := w.Walk(img.Index, func(e wim.Entry) error {
			out.blobs = append(out.blobs, fmt.Sprintf("%d %s %x", img.Index, e.Path, e.SHA1))
			return nil
		})
		if err != nil {
			return out, err
		}
	}
	slices.Sort(out.blobs)
	return out, nil
}

// same compares everything but how it is packed.
func (w wimFacts) same(other wimFacts) error {
	switch {
	case w.boot != other.boot:
		return fmt.Errorf("boot index %d became %d", w.boot, other.boot)
	case len(w.images) != len(other.images):
		return fmt.Errorf("%d images became %d", len(w.images), len(other.images))
	case !slices.Equal(w.blobs, other.blobs):
		return errors.New("the files in it are not the same")
	}
	return nil
}

// extractWim takes a file out of a local WIM and puts it in its place.
func (h *Host) extractWim(ctx context.Context, op host.Op) error {
	scratch, err := os.MkdirTemp(h.temp, "wim-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	inner := "/" + strings.TrimPrefix(op.From.Path, "/")
	if _, err := run(ctx, "", "wimlib-imagex", "extract", op.Local, fmt.Sprint(op.Image), inner, "--dest-dir="+scratch, "--no-acls", "--no-attributes"); err != nil {
		return refusedBy(ctx, err, &model.Error{Code: "refused-no-image-inside", Exit: 6, Args: model.Args{"path": op.Local}})
	}
	local := filepath.Join(scratch, path.Base(inner))
	if _, err := readWim(local); err != nil {
		return &model.Error{Code: "refused-no-image-inside", Exit: 6, Args: model.Args{"path": op.Local}, Err: err}
	}
	if err := h.replace(ctx, op.To, local); err != nil {
		return err
	}
	return h.hide(ctx, op.To)
}

// hide makes a file hidden and system, as Windows has its recovery files.
func (h *Host) hide(ctx context.Context, at host.Place) error {
	if ok, err := h.exists(at); err != nil || !ok {
		return errors.Join(err, fs.ErrNotExist)
	}
	v, err := h.files(ctx, at.Volume)
	if err != nil {
		return err
	}
	return v.like(ctx, at.Path, marks{own: mark{attributes: attrHidden | attrSystem | attrArchive}})
}
