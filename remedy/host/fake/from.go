package fake

import (
	"strconv"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

// FromMachine makes a PC of which the facts are those of m: as far as operations can
// change them, it has files, hives and partitions that give them. What m has not seen
// stays unseen.
func FromMachine(m *model.Machine) *PC {
	pc := PC{Facts: *m}
	for _, d := range m.Disks.Items {
		disk := &Disk{Size: d.Size, SectorSize: d.SectorSize, Table: d.Table, GUID: d.GUID, Signature: d.Signature, Problems: d.Problems, Extended: d.Extended}
		for _, p := range d.Partitions {
			disk.Partitions = append(disk.Partitions, fromPartition(p, d.Table))
		}
		pc.Disks = append(pc.Disks, disk)
	}
	out := New(pc)
	out.addImages(m)
	out.addValues(m)
	out.addHosts(m)
	out.enableAs(m)
	for _, p := range out.partitions() {
		p.Used -= min(p.Used, p.taken()-p.Used) // what Files now lists is not taken twice
	}
	out.begin()
	return out
}

func fromPartition(p model.Partition, table string) *Partition {
	kind := p.TypeGUID
	if table == "mbr" {
		kind = p.MBRType
	}
	out := &Partition{ID: p.ID, Index: p.Index, Role: p.Role, Type: kind, GUID: p.GUID, Attributes: p.Attributes, Name: p.Name,
		Active: p.Active, Logical: p.Logical, Start: p.Start, Size: p.Size, FS: p.Volume.FS.Value, Label: p.Volume.Label.Value,
		Dirty: p.Volume.Dirty.Value, Encrypted: p.Volume.BitLocker.Encrypted.Value, Files: map[string]*File{}}
	if free := p.Volume.Free; free.Known {
		out.Used = p.Size - min(p.Size, uint64(max(free.Value, 0)))
	}
	return out
}

// add puts a file where a fact was read.
func (pc *PC) addFile(volume, path string, f *File) *File {
	p := pc.byID(volume)
	path = slashes(path)
	if p == nil || path == "" {
		return nil
	}
	if old := p.file(path); old != nil {
		return old
	}
	f.Path = path
	p.Files[strings.ToLower(path)] = f
	return f
}

func (pc *PC) addImages(m *model.Machine) {
	for _, i := range []model.WinREImage{m.WinRE.Image, m.WinRE.Staged} {
		if i.Exists.Value {
			pc.addFile(i.Volume.Value, i.Path.Value, &File{Size: uint64(max(i.Size.Value, 0)), Attributes: hiddenSystem, Wim: &Wim{
				Compression: i.Compression.Value, Version: i.Version.Value, Holds: i.Path.Value, Boot: 1, Damaged: !i.Readable.Value}})
		}
	}
	for _, l := range m.WinRE.Active.Leftovers {
		pc.addFile(m.WinRE.Active.ID.Value, l.Path, &File{Size: uint64(max(l.Size, 0))})
	}
	for _, p := range m.Disks.Items {
		for _, part := range p.Partitions {
			for _, f := range part.Volume.Largest {
				pc.addFile(part.ID, f.Path, &File{Size: uint64(max(f.Size, 0))})
			}
		}
	}
}

// enableAs writes the settings as m has them, if they name a partition that is there.
func (pc *PC) enableAs(m *model.Machine) {
	p, image := pc.byID(m.WinRE.Active.ID.Value), m.WinRE.Image
	if pc.windows() == nil || !m.WinRE.Enabled.Known {
		return
	}
	if p == nil || !m.WinRE.Enabled.Value || !image.Exists.Value {
		pc.Disable()
		return
	}
	pc.Enable(host.Place{Volume: image.Volume.Value, Path: slashes(image.Path.Value)})
}

// addValues makes the hives in which services, drivers and policies were read.
func (pc *PC) addValues(m *model.Machine) {
	set := func(o model.Origin, name string, v Value) {
		key, _, _ := strings.Cut(o.Key, ":")
		f := pc.addFile(o.Volume, o.Path, &File{Hive: Hive{}})
		if f == nil || f.Hive == nil || key == "" {
			return
		}
		if f.Hive[key] == nil {
			f.Hive[key] = map[string]Value{}
		}
		if name != "" {
			f.Hive[key][name] = v
		}
	}
	for _, s := range m.Services.Items {
		set(s.Origin, "", Value{})
		if s.Start.Known {
			set(s.Start.Origin, "Start", Number(uint32(s.Start.Value)))
		}
	}
	for _, f := range m.Filters.Items {
		set(f.Origin, "Start", Number(uint32(f.Start)))
		set(f.Origin, "Type", Number(uint32(f.Type)))
		set(f.Origin, "Group", Text(f.Group))
	}
	for _, p := range m.Policies.Items {
		v := Text(p.Value)
		if n, err := strconv.ParseUint(p.Value, 10, 32); err == nil {
			v = Number(uint32(n))
		}
		set(p.Origin, p.Name, v)
	}
}

func (pc *PC) addHosts(m *model.Machine) {
	text, at := "", model.Origin{}
	for _, h := range m.Agent.Hosts.Items {
		text += h.Address + " " + h.Host + "\r\n"
		at = h.Origin
	}
	if f := pc.addFile(at.Volume, at.Path, &File{}); f != nil {
		f.Content = []byte(text)
	}
}
