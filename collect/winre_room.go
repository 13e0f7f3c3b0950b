package collect

import (
	"io/fs"
	"path"
	"strings"

	"updoc/model"
)

// leftoverLimit bounds how many entries of a recovery partition are looked at.
const leftoverLimit = 2000

// roomRE fills what the active partition lacks, and what could be freed in it.
func (d *desk) roomRE() {
	w := &d.m.WinRE
	a := &w.Active
	a.ServicingShort = derive(a.Free, func(free int64) int64 { return max(0, model.WinREServicingFree-free) })
	a.EnableShort = d.enableShort()
	a.ShrinkLimit = model.NotSeen[int64](model.Unseen{Artifact: "ntfs", Reason: model.ReasonUnsupported,
		Detail: "how far the Windows volume can shrink is measured right before", How: model.HowLive})
	if a.ID.Known {
		d.leftovers(a)
	}
}

// enableShort is what lacks to let the image in, by the rule of Windows Setup: image
// + 52 MiB, the image that lies there counted as room.
func (d *desk) enableShort() model.Fact[int64] {
	w := &d.m.WinRE
	free := w.Active.Free
	if !free.Known {
		return free
	}
	here := w.Image.Size.Known && w.Image.Volume.Known && w.Image.Volume.Value == w.Active.ID.Value
	if here {
		return derive(free, func(free int64) int64 { return max(0, model.WinREEnableMargin-free) })
	}
	size := firstKnown(w.Image.Size, w.Staged.Size)
	if !size.Known {
		return size
	}
	return derive(free, func(free int64) int64 { return max(0, size.Value+model.WinREEnableMargin-free) })
}

// leftovers lists files of the active partition that are of no use to anybody: copies
// of the image beside the one in use, and the scratch folder of an interrupted
// servicing. A partition that also serves as Windows or boot volume is left alone.
func (d *desk) leftovers(a *model.ActiveRE) {
	id := a.ID.Value
	p := d.partition(id)
	fsys, err := d.fs(id)
	if p == nil || p.Role != model.RoleRecovery || err != nil {
		a.Reclaimable = model.Known(int64(0), a.ID.Origin)
		if err != nil {
			a.Reclaimable = unseenOr[int64](firstWhy(a.Free.Why, d.noDisk()))
		}
		return
	}
	found := findLeftovers(fsys, id, slashPath(d.m.WinRE.Image.Path.Value))
	sum := model.Known(int64(0), place{id, windowsRE}.origin("ntfs"))
	for _, l := range found {
		sum.Value += l.Size
		sum.Origin = l.Origin
	}
	a.Leftovers, a.Reclaimable = found, sum
}

func findLeftovers(fsys fs.FS, id, used string) []model.Leftover {
	var found []model.Leftover
	seen := 0
	_ = fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if seen++; seen > leftoverLimit {
			return fs.SkipAll
		}
		if err != nil || e.IsDir() || strings.EqualFold(name, used) || !isLeftover(name) {
			return nil // what cannot be listed is passed over
		}
		if info, err := e.Info(); err == nil && used != "" {
			found = append(found, model.Leftover{Path: windowsPath(name), Size: info.Size(), Origin: place{id, name}.origin("file")})
		}
		return nil
	})
	return found
}

// isLeftover knows the names that servicing and enabling leave behind when they are
// interrupted: \$WinREAgent\…, and in \Recovery\WindowsRE other images than the one in
// use and its set-aside copies. Source: field guide, winre §10; a judgement.
func isLeftover(name string) bool {
	name = strings.ToLower(name)
	if strings.HasPrefix(name, "$winreagent/") {
		return true
	}
	if path.Dir(name) != strings.ToLower(windowsRE) {
		return false
	}
	base := path.Base(name)
	return strings.HasPrefix(base, "winre") && base != "winre.wim" || base == "update.wim"
}
