package collect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"updoc/format/pe"
	"updoc/format/wim"
	"updoc/model"
	"updoc/source"
)

const (
	versionFile      = "Windows/System32/bootmenuux.dll" // Microsoft's own measure of a patched image (winre §6)
	versionFileLimit = 16 << 20
)

// images finds the winre.wim in use, the staged one, and any other.
func (d *desk) images() {
	w := &d.m.WinRE
	w.Staged = d.image(d.on(recoveryFolder + "/" + imageName))
	w.Image = d.imageInUse()
	home := d.image(d.on(windowsRE + "/" + imageName))
	if !w.Active.ID.Known && home.Exists.Known && home.Exists.Value && !(w.Image.Exists.Known && w.Image.Exists.Value) {
		w.Image = home
	}
	w.Any = anyTrue(append([]model.Fact[bool]{w.Image.Exists, w.Staged.Exists, home.Exists}, d.imagesElsewhere()...)...)
}

// imageInUse is the one in the folder that the configuration, or the boot store,
// names on the active partition.
func (d *desk) imageInUse() model.WinREImage {
	w := &d.m.WinRE
	if !w.Active.ID.Known {
		return unseenImage(w.Active.Exists, w.Active.ID.Why)
	}
	folder := slashPath(w.Config.Path.Value)
	if folder == "" {
		folder = windowsRE
	}
	return d.image(place{w.Active.ID.Value, folder + "/" + imageName})
}

// imagesElsewhere looks on every volume of the disks, whatever its type: a recovery
// partition that lost its type still holds the image. A volume that cannot be read,
// and a disk that was not seen, leave open whether there is one.
func (d *desk) imagesElsewhere() []model.Fact[bool] {
	var all []model.Fact[bool]
	for _, p := range d.partitions() {
		if _, err := d.fs(p.ID); err == nil || mayHoldImage(p) {
			all = append(all, d.hasFile(place{p.ID, windowsRE + "/" + imageName}))
		}
	}
	if !d.m.Disks.Coverage.Complete {
		all = append(all, unseenOr[bool](d.noDisk()))
	}
	return all
}

// mayHoldImage tells whether an unreadable partition could hold a winre.wim: Windows
// keeps it on NTFS, rarely FAT, and on MBR disks also on the NTFS system partition.
func mayHoldImage(p *model.Partition) bool {
	kind := p.Volume.FS
	switch p.Role {
	case model.RoleRecovery:
		return true
	case model.RoleESP:
		return kind.Value == "ntfs" || kind.Value == "bitlocker"
	case model.RoleData, model.RoleOEM, model.RoleUnknown:
		return !kind.Known || kind.Value == "ntfs" || kind.Value == "bitlocker" || strings.HasPrefix(kind.Value, "fat")
	}
	return false
}

// hasFile tells whether a file is there, without opening it.
func (d *desk) hasFile(at place) model.Fact[bool] {
	_, err := d.stat(at)
	switch {
	case err == nil:
		return model.Known(true, at.origin("file"))
	case errors.Is(err, fs.ErrNotExist):
		return d.notThere(at)
	}
	why := d.look("file", at, err)
	return unseenOr[bool](why)
}

// unseenImage is an image that does not exist, or whose existence is unseen.
func unseenImage(exists model.Fact[bool], why *model.Unseen) model.WinREImage {
	if exists.Known && !exists.Value {
		gone := absent("wim", "no winre.wim")
		why = &gone
	} else if exists.Known {
		exists = unseenOr[bool](why)
	}
	s := unseenOr[string](why)
	return model.WinREImage{Exists: exists, Volume: s, Path: s, Size: unseenOr[int64](why), Version: s,
		FileVersion: s, Compression: s, Readable: unseenOr[bool](why)}
}

// image reads one winre.wim: its size, what its XML says, and the version of a file
// in its first image.
func (d *desk) image(at place) model.WinREImage {
	exists := d.hasFile(at)
	if !exists.Known || !exists.Value {
		return unseenImage(exists, exists.Why)
	}
	out := unseenImage(exists, nil)
	o := at.origin("wim")
	out.Exists = model.Known(true, o)
	out.Volume, out.Path = model.Known(at.volume, o), model.Known(windowsPath(at.path), o)
	f, size, err := d.open(at)
	if err != nil {
		why := d.look("wim", at, err)
		return unreadable(out, why)
	}
	out.Size = model.Known(size, o)
	medium := &medium{r: f, size: size}
	file, err := wim.Open(medium, size)
	if err != nil {
		why := d.look("wim", at, err)
		out = unreadable(out, why)
		if medium.err == nil {
			out.Readable = model.Known(false, o)
		}
		return out
	}
	d.describeImage(&out, file, at)
	if medium.err != nil && !out.Readable.Value {
		why := source.Why("wim", medium.err)
		out.Readable = unseenOr[bool](&why)
	}
	return out
}

// medium remembers that a part of a file which should be there could not be read:
// then the file may be sound and the disk, or its copy, is not.
type medium struct {
	r    io.ReaderAt
	size int64
	err  error
}

// ReadAt implements io.ReaderAt.
func (m *medium) ReadAt(b []byte, off int64) (int, error) {
	n, err := m.r.ReadAt(b, off)
	if err != nil && off+int64(n) < m.size {
		m.err = err
	}
	return n, err
}

func unreadable(out model.WinREImage, why *model.Unseen) model.WinREImage {
	s := unseenOr[string](why)
	out.Version, out.FileVersion, out.Compression, out.Readable = s, s, s, unseenOr[bool](why)
	return out
}

func (d *desk) describeImage(out *model.WinREImage, file *wim.File, at place) {
	o := at.origin("wim")
	version, err := fileVersion(file)
	out.FileVersion = model.Known(version, o)
	out.FileVersion.Origin.Key = windowsPath(versionFile)
	info := file.Info()
	if err != nil {
		why := reasonInWIM(err)
		out.FileVersion = model.NotSeen[string](why)
	}
	out.Readable = model.Known(info.Valid && len(info.Images) > 0, o)
	out.Compression = model.Known(info.Compression, o)
	out.Version = model.NotSeen[string](absent("wim", "its XML names no version"))
	if len(info.Images) > 0 && info.Images[0].Version() != "" {
		o.Key = "WIM/IMAGE/WINDOWS/VERSION"
		out.Version = model.Known(info.Images[0].Version(), o)
	}
	note := ""
	if len(info.Problems) > 0 {
		note = info.Problems[0]
	}
	d.lookNote("wim", at, nil, note)
}

func reasonInWIM(err error) model.Unseen {
	reason := model.ReasonDamaged
	switch {
	case errors.Is(err, fs.ErrNotExist):
		reason = model.ReasonAbsent
	case errors.Is(err, wim.ErrUnsupported):
		reason = model.ReasonUnsupported
	}
	return model.Unseen{Artifact: "wim", Reason: reason, Detail: err.Error(), How: model.HowNothing}
}

// fileVersion returns the file version of bootmenuux.dll in image 1.
func fileVersion(file *wim.File) (string, error) {
	b, err := file.ReadFile(1, versionFile, versionFileLimit)
	if err != nil {
		return "", err
	}
	info, err := pe.Version(bytes.NewReader(b), int64(len(b)))
	switch {
	case err != nil:
		return "", err
	case !info.HasVersion:
		return "", fmt.Errorf("%s has no version: %w", versionFile, fs.ErrNotExist)
	}
	return info.FileVersion.String(), nil
}
