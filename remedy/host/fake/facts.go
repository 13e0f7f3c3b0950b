package fake

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"updoc/model"
)

// Machine reads the facts that operations can change, as a collector would; the others
// are those of Facts.
func (h *Host) Machine(context.Context) (*model.Machine, error) {
	pc := h.pc
	if pc.power.down {
		return nil, ErrRestart
	}
	b, err := json.Marshal(pc.Facts)
	if err != nil {
		return nil, err
	}
	m := &model.Machine{}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, err
	}
	pc.disksOf(m)
	if w := pc.windows(); w != nil {
		m.Windows = w.volume()
		pc.winREOf(m)
		pc.hivesOf(m, w)
		pc.filesOf(m, w)
	}
	pc.bootOf(m)
	pc.runningOf(m)
	return m, nil
}

func (pc *PC) disksOf(m *model.Machine) {
	var all []model.Disk
	for _, d := range pc.Disks {
		out := model.Disk{Index: d.Index, Size: d.Size, SectorSize: d.SectorSize, Table: d.Table, GUID: d.GUID,
			Signature: d.Signature, Problems: d.Problems, Extended: d.Extended, Gaps: d.gaps(), Partitions: []model.Partition{}}
		for _, p := range d.byPlace() {
			out.Partitions = append(out.Partitions, p.fact(d))
		}
		all = append(all, out)
	}
	if len(all) > 0 {
		m.Disks = model.Complete(all)
	}
}

func (d *Disk) byPlace() []*Partition {
	return slices.SortedFunc(slices.Values(d.Partitions), func(a, b *Partition) int {
		if a.Start < b.Start {
			return -1
		}
		return 1
	})
}

// gaps lists the room between partitions. The first MiB and, on GPT, the last are the
// table's.
func (d *Disk) gaps() []model.Gap {
	const mib = 1 << 20
	gaps := []model.Gap{}
	at := uint64(mib)
	for _, p := range d.byPlace() {
		if p.Start > at {
			gaps = append(gaps, model.Gap{Start: at, Size: p.Start - at})
		}
		at = max(at, p.Start+p.Size)
	}
	if end := d.Size - min(d.Size, mib); end > at {
		gaps = append(gaps, model.Gap{Start: at, Size: end - at})
	}
	return gaps
}

// readable names of types, as collectors have them.
var typeNames = map[string]string{recoveryGUID: "recovery", espGUID: "efi-system", msrGUID: "msr", dataGUID: "basic-data", oemGUID: "oem"}

func (p *Partition) origin() model.Origin {
	return model.Origin{Artifact: "partition-table", Volume: p.ID, Record: uint64(p.Index)}
}

func (p *Partition) fact(d *Disk) model.Partition {
	out := model.Partition{ID: p.ID, Disk: d.Index, Index: p.Index, GUID: p.GUID, Attributes: p.Attributes, Name: p.Name,
		Role: p.Role, Active: p.Active, Logical: p.Logical, Start: p.Start, Size: p.Size, Volume: p.volume(), Origin: p.origin()}
	if d.Table == "mbr" {
		out.MBRType, out.Type = p.Type, "mbr-"+p.Type
	} else {
		out.TypeGUID, out.Type = p.Type, typeNames[p.Type]
	}
	if p.Role == model.RoleRecovery || p.Role == model.RoleESP {
		for _, key := range p.below("") {
			f := p.Files[key]
			out.Volume.Largest = append(out.Volume.Largest, model.LargestFile{Path: strings.TrimPrefix(backslashes(f.Path), `\`),
				Size: int64(f.size()), Origin: p.fileOrigin("file", f.Path)})
		}
	}
	return out
}

// fileOrigin is where a fact about a file was read.
func (p *Partition) fileOrigin(artifact, path string) model.Origin {
	return model.Origin{Artifact: artifact, Volume: p.ID, Path: strings.ReplaceAll(path, "/", `\`)}
}

func (p *Partition) volume() model.Volume {
	o := p.origin()
	v := model.Volume{ID: p.ID, FS: model.Known(p.FS, o), Label: model.Known(p.Label, o), Size: model.Known(int64(p.FSSize), o),
		Free: model.Known(int64(p.free()), o), Dirty: model.Known(p.Dirty, o), LogFile: model.Known("clean", o), Hibernated: model.Known(false, o)}
	v.BitLocker.Encrypted = model.Known(p.Encrypted, o)
	v.BitLocker.State = model.Known("off", o)
	if p.Encrypted {
		v.BitLocker.State.Value = "on"
	}
	return v
}

// bootOf tells what the partitions say about starting.
func (pc *PC) bootOf(m *model.Machine) {
	b := &m.Boot
	var looks []model.Fact[bool]
	if len(pc.Disks) == 0 {
		return
	}
	b.ESP, b.ESPWrongType = model.Known(false, model.Origin{}), model.Known(false, model.Origin{})
	for _, p := range pc.partitions() {
		switch o := p.origin(); {
		case p.Role == model.RoleESP:
			b.ESP = model.Known(true, o)
			b.ESPFree, b.ESPSize = model.Known(int64(p.free()), o), model.Known(int64(p.Size), o)
		case p.FS == "fat32" && p.file("EFI/Microsoft/Boot/BCD") != nil:
			looks = append(looks, model.Known(true, o))
		}
	}
	if len(looks) > 0 {
		b.ESPWrongType = looks[0]
	}
}
