package remedy

import (
	"cmp"
	"errors"
	"path"
	"slices"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

// beside is a file in the same folder.
func beside(at host.Place, name string) host.Place {
	return host.Place{Volume: at.Volume, Path: path.Join(path.Dir(at.Path), name)}
}

// home is where the image lies on a recovery partition, or on the Windows volume if no
// partition has room.
func home(volume string) host.Place {
	return host.Place{Volume: volume, Path: recoveryDir + "/" + imageName}
}

// copyImage copies the image with what belongs beside it. boot.sdi and ReAgent.xml are
// not always there: the first is then already at its place or nowhere, the second is
// only a copy.
func copyImage(img sourceImage, to host.Place) []host.Op {
	return []host.Op{
		{Kind: host.CopyFile, From: img.at, To: to},
		{Kind: host.CopyFile, From: img.sdi, To: beside(to, "boot.sdi"), Maybe: true},
		{Kind: host.CopyFile, From: img.xml, To: beside(to, "ReAgent.xml"), Maybe: true},
	}
}

func setWinRE(to host.Place) host.Op { return host.Op{Kind: host.SetWinRE, To: to} }

// switchOn lets Windows use the image there is: where it lies if that is its place,
// else copied from where Windows keeps it while recovery is off, else the one that an
// unused recovery partition holds.
func (g *ground) switchOn() ([]host.Op, error) {
	if err := g.touch(g.windows); err != nil {
		return nil, err
	}
	img, err := g.image()
	switch {
	case err == nil && !g.isStaged(img.at):
		return g.setAt(img.at)
	case err == nil:
		to, err := g.placeFor(img.size, model.WinREEnableMargin)
		if err != nil {
			return nil, err
		}
		return append(copyImage(img, to), setWinRE(to)), nil
	}
	if id := g.unused(func(c model.Candidate) bool { return c.HasImage.Known && c.HasImage.Value }); id != "" && isNoImage(err) {
		return g.setAt(home(id))
	}
	return nil, err
}

// setAt registers an image that lies on the disk with Windows.
func (g *ground) setAt(at host.Place) ([]host.Op, error) {
	p := g.find(at.Volume)
	if p == nil {
		return nil, refused("refused-winre-other-disk", nil)
	}
	if err := g.touch(p); err != nil {
		return nil, err
	}
	return []host.Op{setWinRE(at)}, nil
}

func (g *ground) isStaged(at host.Place) bool {
	return at.Volume == g.windows.ID && strings.EqualFold(at.Path, staged+"/"+imageName)
}

// placeFor finds the place of an image: a recovery partition with room for it and the
// margin, else the Windows volume, as Windows itself does it.
func (g *ground) placeFor(size, margin uint64) (host.Place, error) {
	fits := func(c model.Candidate) bool { return c.Free.Known && uint64(max(c.Free.Value, 0)) >= size+margin }
	if id := g.unused(fits); id != "" {
		return home(id), nil
	}
	free, err := sizeSeen(g.m.Windows.Free, "windows.free")
	if err != nil {
		return host.Place{}, err
	}
	if free < size+keepFree {
		return host.Place{}, refused("refused-no-room", model.Args{"need": int64(size + keepFree), "free": int64(free)})
	}
	return home(g.windows.ID), nil
}

// unused returns the recovery partition on the disk with Windows that may be written
// and that ok accepts: the nearest behind Windows, else the first. Empty: none.
func (g *ground) unused(ok func(model.Candidate) bool) string {
	var found []*model.Partition
	for _, c := range g.m.WinRE.Recovery.Items {
		if p := g.find(c.ID); p != nil && p.ID != g.windows.ID && ok(c) && g.touch(p) == nil {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		return ""
	}
	behind := func(p *model.Partition) int {
		if p.Start > g.windows.Start {
			return 0
		}
		return 1
	}
	return slices.MinFunc(found, func(a, b *model.Partition) int {
		return cmp.Or(cmp.Compare(behind(a), behind(b)), cmp.Compare(a.Start, b.Start))
	}).ID
}

// isNoImage tells whether none was found, rather than a damaged one.
func isNoImage(err error) bool {
	var e *model.Error
	return errors.As(err, &e) && (e.Code == "refused-no-image" || e.Code == "refused-unseen")
}
