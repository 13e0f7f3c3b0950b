package collect

import (
	"io/fs"
	"path"
	"strings"

	"updoc/model"
)

const (
	makerSize  = 2 << 30 // an image of this size is no recovery environment
	makerLimit = 3000    // entries of a partition that are looked at
)

// makerFolders are folders that PC makers keep their factory images in. Source: a
// judgement from the layouts seen; size decides first.
var makerFolders = map[string]bool{"recoveryimage": true, "factory": true, "preload": true, "hp": true, "recoverypoint": true}

// candidates lists every partition that is typed as recovery.
func (d *desk) candidates() model.List[model.Candidate] {
	items := []model.Candidate{}
	for _, p := range d.partitions() {
		if !typedRecovery(p) {
			continue
		}
		c := model.Candidate{ID: p.ID, Active: p.ID == d.m.WinRE.Active.ID.Value, Size: int64(p.Size),
			Free: p.Volume.Free, Origin: p.Origin}
		c.HasImage = d.hasFile(place{p.ID, windowsRE + "/" + imageName})
		c.Maker = d.maker(p)
		items = append(items, c)
	}
	return model.List[model.Candidate]{Items: items, Coverage: d.m.Disks.Coverage}
}

func typedRecovery(p *model.Partition) bool {
	return p.Role == model.RoleRecovery || p.Type == "recovery" || p.MBRType == "0x27"
}

// maker tells whether a recovery partition holds a maker's own data.
func (d *desk) maker(p *model.Partition) model.Fact[bool] {
	fsys, err := d.fs(p.ID)
	if err != nil {
		why := firstWhy(p.Volume.Free.Why, d.noDisk())
		return unseenOr[bool](why)
	}
	found, seen := model.Known(false, place{p.ID, ""}.origin("ntfs")), 0
	err = fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if seen++; seen > makerLimit {
			return fs.SkipAll
		}
		if err != nil {
			return err
		}
		if isMaker(name, e) {
			found = model.Known(true, place{p.ID, name}.origin("file"))
			return fs.SkipAll
		}
		return nil
	})
	if err != nil && !found.Value {
		return unseenOr[bool](d.look("volume", place{p.ID, ""}, err))
	}
	return found
}

func isMaker(name string, e fs.DirEntry) bool {
	lower := strings.ToLower(name)
	if e.IsDir() {
		return makerFolders[lower]
	}
	switch path.Ext(lower) {
	case ".wim", ".swm", ".esd", ".imz", ".tib", ".gho":
		info, err := e.Info()
		return err == nil && info.Size() >= makerSize || strings.HasSuffix(lower, "install.wim") || strings.HasSuffix(lower, ".swm")
	}
	return false
}
