package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

const (
	mib = uint64(1) << 20
	// keepFree is the room the Windows volume must keep after it gave some away.
	keepFree = 2048 * mib
	// overhead is what NTFS keeps for itself on a recovery partition. Source:
	// Microsoft's partition guide names 5 to 15 MB.
	overhead = 16 * mib

	// staged is the folder that keeps the image while recovery is off.
	staged      = "Windows/System32/Recovery"
	recoveryDir = "Recovery/WindowsRE"
	imageName   = "Winre.wim"
)

// ground is what every WinRE remedy stands on: the disk with Windows, whose table is
// whole and of a kind that may be written.
type ground struct {
	m       *model.Machine
	disk    *model.Disk
	windows *model.Partition
}

// stand looks at what holds for every WinRE remedy.
func stand(m *model.Machine) (*ground, error) {
	if m.OS.ServerCore.Known && m.OS.ServerCore.Value {
		return nil, refused("refused-server-core", nil)
	}
	g := &ground{m: m}
	for i := range m.Disks.Items {
		for j := range m.Disks.Items[i].Partitions {
			if p := &m.Disks.Items[i].Partitions[j]; p.Role == model.RoleWindows {
				g.disk, g.windows = &m.Disks.Items[i], p
			}
		}
	}
	if g.disk == nil {
		return nil, refused("refused-unseen", model.Args{"fact": "disks"})
	}
	return g, g.table()
}

// tableCodes are the faults of a table that have a reason of their own. Source:
// disk/table/codes.go.
var tableCodes = map[string]string{
	"dynamic-disk": "refused-dynamic-disk", "storage-spaces": "refused-storage-spaces", "hybrid-mbr": "refused-hybrid-mbr",
}

// table refuses every kind of disk whose table is not the whole truth.
func (g *ground) table() error {
	if g.disk.Table != "gpt" && g.disk.Table != "mbr" {
		return refused("refused-table-damaged", model.Args{"problem": "no-table"})
	}
	for _, p := range g.disk.Problems {
		if code := tableCodes[p.Code]; code != "" {
			return refused(code, nil)
		}
	}
	for _, p := range g.disk.Problems {
		if p.Origin.Volume == "" {
			return refused("refused-table-damaged", model.Args{"problem": p.Code})
		}
		if at := g.find(p.Origin.Volume); at != nil && at.Role == model.RoleESP {
			return refused("refused-volume-damaged", model.Args{"partition": at.ID, "problem": p.Code})
		}
	}
	return nil
}

// find returns the partition of that id on the disk with Windows, nil if there is none.
func (g *ground) find(id string) *model.Partition {
	for i := range g.disk.Partitions {
		if p := &g.disk.Partitions[i]; p.ID == id {
			return p
		}
	}
	return nil
}

// named returns the partition that a parameter names.
func (g *ground) named(p model.Args, name string) (*model.Partition, error) {
	id := textParam(p, name)
	if id == "" {
		return nil, refused("refused-stale-plan", model.Args{"what": name})
	}
	if at := g.find(id); at != nil {
		return at, nil
	}
	return nil, refused("refused-partition-gone", model.Args{"partition": id})
}

// touch tells whether a volume may be written: it is no maker's, NTFS, whole, and not
// encrypted.
func (g *ground) touch(p *model.Partition) error {
	if err := g.notMaker(p); err != nil {
		return err
	}
	v := p.Volume
	if p.Role == model.RoleWindows {
		v = g.m.Windows
	}
	encrypted, err := seen(v.BitLocker.Encrypted, "bitlocker "+p.ID)
	if err != nil {
		return err
	}
	if encrypted {
		if err := g.unlocked(p); err != nil {
			return err
		}
	}
	if v.FS.Known && v.FS.Value != "ntfs" {
		return refused("refused-not-ntfs", model.Args{"partition": p.ID, "fs": v.FS.Value})
	}
	for _, problem := range g.disk.Problems {
		if problem.Origin.Volume == p.ID {
			return refused("refused-volume-damaged", model.Args{"partition": p.ID, "problem": problem.Code})
		}
	}
	return nil
}

// notMaker refuses a maker's own partition. What a recovery partition holds must have
// been seen.
func (g *ground) notMaker(p *model.Partition) error {
	maker := p.Role == model.RoleOEM
	for _, c := range g.m.WinRE.Recovery.Items {
		if c.ID != p.ID {
			continue
		}
		found, err := seen(c.Maker, "winre.recovery.maker "+p.ID)
		if err != nil {
			return err
		}
		maker = maker || found
	}
	if maker {
		return refused("refused-maker-partition", model.Args{"partition": p.ID})
	}
	return nil
}

// active is the recovery partition in use, which boot store and settings agree on.
func (g *ground) active() (*model.Partition, error) {
	a := &g.m.WinRE.Active
	if place, err := seen(a.Place, "winre.active.place"); err != nil {
		return nil, err
	} else if place == model.PlaceOtherDisk {
		return nil, refused("refused-winre-other-disk", nil)
	}
	agree, err := seen(g.m.WinRE.Agree, "winre.agree")
	if err != nil {
		return nil, err
	}
	if !agree {
		return nil, refused("refused-names-differ", nil)
	}
	id, err := seen(a.ID, "winre.active.id")
	if err != nil {
		return nil, err
	}
	p := g.find(id)
	if p == nil {
		return nil, refused("refused-partition-gone", model.Args{"partition": id})
	}
	if p.Role != model.RoleRecovery {
		return nil, refused("refused-no-recovery-partition", model.Args{"partition": id})
	}
	return p, nil
}

// works tells whether the recovery environment is on, in a recovery partition, with
// the room that updates need: then there is nothing to do.
func works(m *model.Machine) bool {
	w := &m.WinRE
	on := w.Enabled.Known && w.Enabled.Value && w.Agree.Known && w.Agree.Value
	apart := w.Active.Place.Known && w.Active.Place.Value != model.PlaceOnWindows
	return on && apart && w.Active.ServicingShort.Known && w.Active.ServicingShort.Value == 0
}

// sourceImage is a winre.wim that can be used, with what lies beside it.
type sourceImage struct {
	at   host.Place
	size uint64
	sdi  host.Place // boot.sdi, which the boot loader needs for it
	xml  host.Place // ReAgent.xml beside it
}

// image returns the image in use, else the one Windows keeps while recovery is off.
func (g *ground) image() (sourceImage, error) {
	w := &g.m.WinRE
	used, err := seen(w.Image.Exists, "winre.image.exists")
	if used {
		return g.source(w.Image)
	}
	if w.Staged.Exists.Known && w.Staged.Exists.Value {
		return g.source(w.Staged)
	}
	if err == nil {
		_, err = seen(w.Staged.Exists, "winre.staged.exists")
	}
	if err == nil {
		err = refused("refused-no-image", nil)
	}
	return sourceImage{}, err
}

func (g *ground) source(img model.WinREImage) (out sourceImage, err error) {
	readable, err := seen(img.Readable, "winre.image.readable")
	if err != nil {
		return out, err
	}
	if !readable {
		return out, refused("refused-image-damaged", model.Args{"path": img.Path.Value})
	}
	if out.size, err = sizeSeen(img.Size, "winre.image.size"); err != nil {
		return out, err
	}
	volume, err := seen(img.Volume, "winre.image.volume")
	if err != nil {
		return out, err
	}
	path, err := seen(img.Path, "winre.image.path")
	if err != nil {
		return out, err
	}
	out.at = host.Place{Volume: volume, Path: slashes(path)}
	out.sdi, out.xml = beside(out.at, "boot.sdi"), beside(out.at, "ReAgent.xml")
	if g.isStaged(out.at) {
		out.sdi.Path, err = g.windowsSDI()
	}
	return out, err
}

// windowsSDI is the boot.sdi that Windows brings along. Source: \Windows\Boot\DVD of an
// installed Windows, one folder per firmware.
func (g *ground) windowsSDI() (string, error) {
	firmware, err := seen(g.m.Boot.Firmware, "boot.firmware")
	if firmware == "uefi" {
		return "Windows/Boot/DVD/EFI/boot.sdi", err
	}
	return "Windows/Boot/DVD/PCAT/boot.sdi", err
}
