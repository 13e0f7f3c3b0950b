package simulated

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"updoc/model"
	"updoc/winapi"
)

// layouts are the disks as IOCTLs tell them.
func (w *Windows) layouts() []winapi.Disk {
	var out []winapi.Disk
	for i, d := range w.disks {
		t := d.Table()
		disk := winapi.Disk{Number: uint32(i), Size: uint64(d.Size()), SectorSize: uint32(t.SectorSize), Table: t.Kind, Signature: t.DiskSignature}
		if !t.DiskGUID.IsZero() {
			disk.GUID = "{" + t.DiskGUID.String() + "}"
		}
		for _, p := range t.Partitions {
			told := winapi.Partition{Number: uint32(p.Index), Start: p.Start, Size: p.Size, Attributes: p.Attributes, Name: p.Name, MBRType: p.MBRType, Active: p.Active}
			if !p.TypeGUID.IsZero() {
				told.TypeGUID, told.GUID = "{"+p.TypeGUID.String()+"}", "{"+p.GUID.String()+"}"
			}
			disk.Partitions = append(disk.Partitions, told)
		}
		out = append(out, disk)
	}
	return out
}

func (w *Windows) volumes(ctx context.Context) []winapi.Volume {
	letters := w.letters()
	var out []winapi.Volume
	for i, s := range w.sources {
		for _, p := range s.Disks(ctx).Items[0].Partitions {
			v := winapi.Volume{Path: fmt.Sprintf(`\\?\Volume{%s}\`, p.ID), Disk: uint32(i), Start: p.Start, Size: p.Size}
			if p.Role == model.RoleMSR {
				continue
			}
			if fs := p.Volume; fs.Free.Known {
				v.FS, v.Label, v.Free, v.Size = strings.ToUpper(fs.FS.Value), fs.Label.Value, uint64(fs.Free.Value), uint64(fs.Size.Value)
				v.DirtyKnown = w.opts.Admin && fs.Dirty.Known
				v.Dirty = v.DirtyKnown && fs.Dirty.Value
			}
			if letter := letters[p.ID]; letter != "" {
				v.Mounts = []string{letter}
			}
			out = append(out, v)
		}
	}
	return out
}

// services run if they are started with Windows.
func (w *Windows) services(names []string) []winapi.ServiceState {
	var out []winapi.ServiceState
	for _, name := range names {
		k, err := w.key(`HKLM\SYSTEM\CurrentControlSet\Services\` + name)
		if err != nil {
			continue
		}
		s := winapi.ServiceState{Name: name, State: 1, Start: 3}
		for _, v := range k.Values {
			if strings.EqualFold(v.Name, "Start") && len(v.Data) == 4 {
				s.Start = uint32(v.Data[0])
			}
		}
		if s.Start <= 2 {
			s.State, s.PID = 4, uint32(len(out)+100)
		}
		out = append(out, s)
	}
	return out
}

// number reads a decimal number; 0 if it is none.
func number(s string) uint64 {
	n, _ := strconv.ParseUint(s, 10, 64)
	return n
}
