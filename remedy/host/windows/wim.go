package windows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"updoc/format/wim"
	"updoc/model"
	"updoc/remedy/host"
	"updoc/winapi"
)

// compressions are what DISM calls those of an operation. Source: DISM image management
// options: fast is XPRESS, max is LZX.
var compressions = map[string]string{"xpress": "fast", "lzx": "max"}

// dismSeconds is how long one run of DISM on an image may take.
const dismSeconds = 3600

func (h *Host) dism(ctx context.Context, args ...string) error {
	path, err := h.system32(ctx, "Dism.exe")
	if err != nil {
		return err
	}
	return h.run(ctx, "dism", winapi.Command{Path: path, Args: args, Seconds: dismSeconds})
}

// wimFacts are what must stay the same when a WIM is written anew.
type wimFacts struct {
	size        int64
	compression string
	boot        uint32
	images      int
	files       []string // of every image: path and SHA-1
}

func (h *Host) readWim(ctx context.Context, path string) (facts wimFacts, err error) {
	r, err := h.reader(path)
	if err != nil {
		return facts, err
	}
	defer r.Close()
	w, err := wim.Open(r, r.size)
	if err != nil {
		return facts, err
	}
	have := w.Info()
	if !have.Valid || have.ImageCount == 0 {
		return facts, errors.New("the image is damaged, or holds none")
	}
	facts = wimFacts{size: r.size, compression: have.Compression, boot: have.BootIndex, images: int(have.ImageCount)}
	for n := 1; n <= facts.images; n++ {
		err := w.Walk(n, func(e wim.Entry) error {
			facts.files = append(facts.files, fmt.Sprintf("%d %s %x %x", n, e.Path, e.Attributes, e.SHA1))
			return ctx.Err()
		})
		if err != nil {
			return facts, err
		}
	}
	slices.Sort(facts.files)
	return facts, nil
}

// readAll reads every file of every image, which compares each with its hash.
func (h *Host) readAll(ctx context.Context, path string) error {
	r, err := h.reader(path)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := wim.Open(r, r.size)
	if err != nil {
		return err
	}
	for n := 1; n <= int(w.Info().ImageCount); n++ {
		err := w.Walk(n, func(e wim.Entry) error {
			if e.IsDir() || e.Size <= 0 {
				return ctx.Err()
			}
			f, err := w.OpenFile(n, e.Path)
			if err == nil {
				_, err = io.Copy(io.Discard, &patient{ctx, f})
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// same compares everything but how it is packed.
func (w wimFacts) same(other wimFacts) error {
	switch {
	case w.boot != other.boot:
		return fmt.Errorf("boot index %d became %d", w.boot, other.boot)
	case w.images != other.images:
		return fmt.Errorf("%d images became %d", w.images, other.images)
	case !slices.Equal(w.files, other.files):
		return errors.New("the files in it are not the same")
	}
	return nil
}

// recompressed: it has that compression, or Save has seen it with another one that was
// not larger.
func (h *Host) recompressed(ctx context.Context, op host.Op) (bool, error) {
	at, err := h.path(ctx, op.To)
	if err != nil {
		return false, err
	}
	if _, err := h.Files.Stat(at); isGone(err) {
		return false, h.onlyKept(op, at) // it went while the new one was put in its place
	}
	now, err := h.readWim(ctx, at)
	if err != nil {
		return false, &model.Error{Code: "refused-image-damaged", Exit: 6, Args: model.Args{"path": op.To.Path}, Err: err}
	}
	was, err := h.savedImage(op)
	if err != nil || !strings.EqualFold(now.compression, op.Text) {
		return false, err
	}
	return h.isTrusted(ctx, op, was)
}

// onlyKept is an error unless the file was kept by an earlier run.
func (h *Host) onlyKept(op host.Op, path string) error {
	if was, err := h.savedImage(op); err != nil || was.File.Sum == "" {
		return errors.Join(err, noFile(path))
	}
	return nil
}

func (h *Host) recompress(ctx context.Context, op host.Op) error {
	how, known := compressions[op.Text]
	if !known {
		return refused("refused-stale-plan", model.Args{"what": op.Text})
	}
	was, err := h.savedImage(op)
	if err != nil {
		return err
	}
	old := h.keptAs(was.File.Sum, was.File.Path)
	before, err := h.readWim(ctx, old)
	if err != nil {
		return err
	}
	made := join(h.Keep, "export.wim")
	if err := h.export(ctx, old, made, before, how); err != nil {
		return err
	}
	after, err := h.readWim(ctx, made)
	if err == nil {
		err = errors.Join(before.same(after), h.readAll(ctx, made))
	}
	if err != nil {
		return errors.Join(failed("tool-did-otherwise", model.Args{"operation": op.Kind}, err), h.removeIfThere(made))
	}
	if after.size >= before.size {
		return errors.Join(refused("refused-not-smaller", model.Args{"path": op.To.Path}), h.removeIfThere(made))
	}
	return h.replace(ctx, op, was, made)
}

// export writes every image of a WIM into a new one.
func (h *Host) export(ctx context.Context, from, to string, w wimFacts, how string) error {
	if err := h.removeIfThere(to); err != nil {
		return err
	}
	for n := 1; n <= w.images; n++ {
		args := []string{"/Export-Image", "/SourceImageFile:" + from, fmt.Sprintf("/SourceIndex:%d", n), "/DestinationImageFile:" + to, "/Compress:" + how, "/CheckIntegrity"}
		if uint32(n) == w.boot {
			args = append(args, "/Bootable")
		}
		if err := h.dism(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// replace puts a file of the journal's folder in the place of one that is kept.
func (h *Host) replace(ctx context.Context, op host.Op, was savedImage, made string) error {
	want, err := h.sum(ctx, made)
	if err != nil {
		return err
	}
	if err := h.distrust(op, was); err != nil {
		return err
	}
	at, err := h.path(ctx, op.To)
	if err != nil {
		return err
	}
	if err := h.put(ctx, at, want, h.fileOf(made), &was.File.marks); err != nil {
		return err
	}
	if err := h.trustAgain(ctx, op, was); err != nil {
		return err
	}
	return h.removeIfThere(made)
}

// resultName is the file that says what an operation is to leave at its place.
func (h *Host) resultName(op host.Op) string {
	return strings.TrimSuffix(h.memo(op), ".json") + "-result"
}

// isResult tells whether a place holds what an earlier run of the operation made.
func (h *Host) isResult(ctx context.Context, op host.Op) (bool, error) {
	want, err := h.readWhole(h.resultName(op))
	if isGone(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	at, err := h.path(ctx, op.To)
	if err != nil {
		return false, err
	}
	have, err := h.sum(ctx, at)
	return have == string(want), err
}

func (h *Host) extracted(ctx context.Context, op host.Op) (bool, error) { return h.isResult(ctx, op) }

// extractWim takes a file out with our own reader; what that cannot unpack, DISM exports
// first.
func (h *Host) extractWim(ctx context.Context, op host.Op) error {
	to, err := h.path(ctx, op.To)
	if err != nil {
		return err
	}
	made := join(h.Keep, "extracted"+extension(op.To.Path))
	err = h.extract(ctx, op.Local, op.Image, op.From.Path, made)
	if errors.Is(err, wim.ErrUnsupported) {
		err = h.extractByDism(ctx, op, made)
	}
	if err == nil {
		err = h.wholeImage(made)
	}
	if err != nil {
		return errors.Join(&model.Error{Code: "refused-no-image-inside", Exit: 6, Args: model.Args{"path": op.Local}, Err: err}, h.removeIfThere(made))
	}
	sum, err := h.sum(ctx, made)
	if err != nil {
		return err
	}
	if err := h.writeWhole(h.resultName(op), []byte(sum)); err != nil {
		return err
	}
	hidden := marks{Attributes: attrHidden | attrSystem | attrArchive}
	if err := h.put(ctx, to, sum, h.fileOf(made), &hidden); err != nil {
		return err
	}
	return h.removeIfThere(made)
}

func (h *Host) extractByDism(ctx context.Context, op host.Op, made string) error {
	between := join(h.Keep, "export.wim")
	if err := h.removeIfThere(between); err != nil {
		return err
	}
	err := h.dism(ctx, "/Export-Image", "/SourceImageFile:"+op.Local, fmt.Sprintf("/SourceIndex:%d", op.Image), "/DestinationImageFile:"+between, "/Compress:max")
	if err == nil {
		err = h.extract(ctx, between, 1, op.From.Path, made)
	}
	return errors.Join(err, h.removeIfThere(between))
}

func (h *Host) extract(ctx context.Context, from string, image int, inner, to string) error {
	r, err := h.reader(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := wim.Open(r, r.size)
	if err != nil {
		return err
	}
	in, err := w.OpenFile(image, inner)
	if err != nil {
		return err
	}
	out, err := h.Files.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, &patient{ctx, in})
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

func (h *Host) serviced(ctx context.Context, op host.Op) (bool, error) {
	is, err := h.isResult(ctx, op)
	if err != nil || !is {
		return false, err
	}
	was, err := h.savedImage(op)
	if err != nil {
		return false, err
	}
	return h.isTrusted(ctx, op, was)
}

// serviceImage lets DISM add a package to a copy. A copy that is not whole, or that has not
// changed, never takes the place of the image.
func (h *Host) serviceImage(ctx context.Context, op host.Op) error {
	was, err := h.savedImage(op)
	if err != nil {
		return err
	}
	if was.File.Sum == "" {
		return refused("refused-no-image", model.Args{"path": op.To.Path})
	}
	made, mount := join(h.Keep, "service.wim"), join(h.Keep, "mount")
	if err := h.unmount(ctx, mount, made); err != nil {
		return err
	}
	old := h.keptAs(was.File.Sum, was.File.Path)
	if err := h.put(ctx, made, was.File.Sum, h.fileOf(old), &marks{Attributes: attrArchive}); err != nil {
		return err
	}
	if err := h.addPackage(ctx, made, mount, op); err != nil {
		return errors.Join(err, h.unmount(context.WithoutCancel(ctx), mount, made), h.removeIfThere(made))
	}
	if err := h.changed(ctx, old, made); err != nil {
		return errors.Join(failed("tool-did-otherwise", model.Args{"operation": op.Kind}, err), h.removeIfThere(made))
	}
	sum, err := h.sum(ctx, made)
	if err != nil {
		return err
	}
	if err := h.writeWhole(h.resultName(op), []byte(sum)); err != nil {
		return err
	}
	return h.replace(ctx, op, was, made)
}

func (h *Host) addPackage(ctx context.Context, image, mount string, op host.Op) error {
	if err := h.Files.MakeFolder(mount); err != nil {
		return err
	}
	local, err := h.withDrive(ctx, op.Local)
	if err != nil {
		return err
	}
	if err := h.dism(ctx, "/Mount-Image", "/ImageFile:"+image, fmt.Sprintf("/Index:%d", max(op.Image, 1)), "/MountDir:"+mount); err != nil {
		return err
	}
	if err := h.dism(ctx, "/Image:"+mount, "/Add-Package", "/PackagePath:"+local); err != nil {
		return err
	}
	return h.dism(ctx, "/Unmount-Image", "/MountDir:"+mount, "/Commit", "/CheckIntegrity")
}

// withDrive is a file on the volume of Windows that is named from its root: so a repair of
// the disk has left it.
func (h *Host) withDrive(ctx context.Context, local string) (string, error) {
	if !strings.HasPrefix(local, `\`) || strings.HasPrefix(local, `\\`) {
		return local, nil
	}
	windows, err := h.windows(ctx)
	return folderOf(windows) + local, err
}

// unmount lets go of a mount that an earlier run left, and of no other. Without the
// folder there is none.
func (h *Host) unmount(ctx context.Context, mount, image string) error {
	if _, err := h.Files.Stat(mount); err != nil {
		if isGone(err) {
			err = nil
		}
		return err
	}
	if in, err := h.Files.List(mount); err != nil || len(in) > 0 {
		if told := h.dism(ctx, "/Unmount-Image", "/MountDir:"+mount, "/Discard"); told != nil {
			told = errors.Join(told, h.dism(ctx, "/Cleanup-Mountpoints"))
			if in, err = h.Files.List(mount); err != nil || len(in) > 0 {
				return failed("image-still-mounted", model.Args{"path": mount}, told)
			}
		}
	}
	return errors.Join(h.removeIfThere(mount), h.removeIfThere(image))
}

// changed tells that an image is whole, boots as before, and is not as it was.
func (h *Host) changed(ctx context.Context, old, now string) error {
	was, err := h.readWim(ctx, old)
	if err != nil {
		return err
	}
	is, err := h.readWim(ctx, now)
	switch {
	case err != nil:
		return err
	case was.boot != is.boot || was.images != is.images:
		return errors.New("the image has lost its boot index, or images")
	case slices.Equal(was.files, is.files):
		return errors.New("the image has not changed")
	}
	return h.readAll(ctx, now)
}
