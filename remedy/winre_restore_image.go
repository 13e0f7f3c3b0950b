package remedy

import (
	"io"
	"strconv"

	"updoc/format/wim"
	"updoc/model"
	"updoc/remedy/host"
)

const (
	installWim   = "install-wim" // local path that the person names
	installImage = "install-wim-image"
	installArch  = "install-wim-architecture"
	installBuild = "install-wim-build"
	installSize  = "install-wim-winre-size" // bytes; lacks if the file hides it (ESD)

	imageInWim = "Windows/System32/Recovery/winre.wim"
)

// winreRestoreImage takes winre.wim out of the installation image that the person
// names. Whoever runs it has added what InstallWim says about that file.
func winreRestoreImage(m *model.Machine, p model.Args) ([]host.Op, error) {
	w := &m.WinRE
	if w.Image.Exists.Known && w.Image.Exists.Value && w.Image.Readable.Value && w.Enabled.Known && w.Enabled.Value {
		return nil, nil
	}
	g, err := stand(m)
	if err != nil {
		return nil, err
	}
	if err := g.touch(g.windows); err != nil {
		return nil, err
	}
	local := textParam(p, installWim)
	if local == "" {
		return nil, refused("refused-needs-file", model.Args{"file": installWim})
	}
	image, err := numberParam(p, installImage)
	if err != nil {
		return nil, err
	}
	build, _ := numberParam(p, installBuild)
	if err := sameWindows(m, textParam(p, installArch), int64(build)); err != nil {
		return nil, err
	}
	to, err := g.placeForUnknown(p)
	if err != nil {
		return nil, err
	}
	sdi, err := g.windowsSDI()
	if err != nil {
		return nil, err
	}
	return []host.Op{
		{Kind: host.ExtractWim, Local: local, Image: int(image), From: host.Place{Path: imageInWim}, To: to},
		{Kind: host.CopyFile, From: host.Place{Volume: g.windows.ID, Path: sdi}, To: beside(to, "boot.sdi"), Maybe: true},
		setWinRE(to),
	}, nil
}

// placeForUnknown is the Windows volume if the size of the image is not known.
func (g *ground) placeForUnknown(p model.Args) (host.Place, error) {
	if _, ok := p[installSize]; !ok {
		free, err := sizeSeen(g.m.Windows.Free, "windows.free")
		if err == nil && free < keepFree {
			err = refused("refused-no-room", model.Args{"need": int64(keepFree), "free": int64(free)})
		}
		return home(g.windows.ID), err
	}
	size, err := numberParam(p, installSize)
	if err != nil {
		return host.Place{}, err
	}
	return g.placeFor(size, model.WinREEnableMargin)
}

// InstallWim looks at an installation image (.wim, .esd, or the first part of a .swm)
// that the person names for winre-restore-image, and returns what that remedy wants to
// know beside its path. An image for another processor or another Windows is refused;
// what the file does not say is left open.
func InstallWim(r io.ReaderAt, size int64, m *model.Machine) (model.Args, error) {
	f, err := wim.Open(r, size)
	if err != nil {
		return nil, &model.Error{Code: "refused-not-an-image", Exit: 6, Err: err}
	}
	var last error = refused("refused-not-an-image", nil)
	for _, image := range f.Info().Images {
		build := int64(0)
		if image.HasVersion {
			build = int64(image.Build)
		}
		if last = sameWindows(m, image.Arch, build); last != nil {
			continue
		}
		out := model.Args{installImage: int64(image.Index), installArch: image.Arch, installBuild: build}
		if e, err := f.Stat(image.Index, imageInWim); err == nil {
			out[installSize] = e.Size
		}
		return out, nil
	}
	return nil, last
}

// sameWindows refuses the image of another processor or another Windows. An empty
// architecture and a build of 0 are not known.
func sameWindows(m *model.Machine, arch string, build int64) error {
	have := m.OS.Architecture
	if arch != "" && have.Known && have.Value != arch {
		return refused("refused-other-windows", model.Args{"image": arch, "windows": have.Value})
	}
	own := m.OS.Build
	if build != 0 && own.Known && core(own.Value) != core(build) {
		return refused("refused-other-windows", model.Args{"image": strconv.FormatInt(build, 10), "windows": strconv.FormatInt(own.Value, 10)})
	}
	return nil
}

// core is the build that others are made from by an enablement package: media carry
// the one, the registry says the other. Source: Microsoft's release information.
func core(build int64) int64 {
	switch {
	case build > 19041 && build <= 19045:
		return 19041
	case build == 18363, build == 22631, build == 26200, build == 26300:
		return map[int64]int64{18363: 18362, 22631: 22621, 26200: 26100, 26300: 26100}[build]
	}
	return build
}
