package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"updoc/disk"
	"updoc/disk/fat"
	"updoc/disk/ntfs"
	"updoc/disk/table"
	"updoc/model"
)

// Disks implements source.Source. It reads once; later calls give the same.
func (s *Source) Disks(ctx context.Context) model.List[model.Disk] {
	if s.disks == nil {
		list := model.Complete([]model.Disk{s.describe(ctx)})
		s.disks = &list
	}
	return *s.disks
}

func (s *Source) describe(ctx context.Context) model.Disk {
	d := model.Disk{
		Index: int64(s.number), Size: uint64(s.size), SectorSize: int64(s.table.SectorSize), Table: s.table.Kind,
		Partitions: []model.Partition{}, Gaps: []model.Gap{}, Problems: []model.DiskProblem{},
		Origin: model.Origin{Artifact: "partition-table"},
	}
	switch s.table.Kind {
	case table.GPT:
		d.GUID = "{" + s.table.DiskGUID.String() + "}"
	case table.MBR:
		d.Signature = fmt.Sprintf("0x%08x", s.table.DiskSignature)
	}
	for _, v := range s.volumes {
		if ctx.Err() != nil {
			break
		}
		d.Partitions = append(d.Partitions, s.partition(v))
	}
	for _, g := range s.table.Gaps {
		d.Gaps = append(d.Gaps, model.Gap{Start: g.Start, Size: g.Size})
	}
	for _, e := range s.table.Extended {
		d.Extended = append(d.Extended, model.Gap{Start: e.Start, Size: e.Size})
	}
	d.Problems = append(d.Problems, s.Problems()...)
	return d
}

// Problems implements source.Damaged.
func (s *Source) Problems() []model.DiskProblem {
	out := problems(model.Origin{Artifact: "partition-table"}, s.table.Problems)
	if s.unread == nil {
		out = append(out, problems(model.Origin{Artifact: "disk"}, s.disk.Problems())...)
	}
	for _, v := range s.volumes {
		if vol, ok := v.fsys.(interface{ Problems() []disk.Problem }); ok {
			out = append(out, problems(model.Origin{Artifact: v.kind, Volume: v.id}, vol.Problems())...)
		}
	}
	return out
}

func problems(at model.Origin, found []disk.Problem) []model.DiskProblem {
	var out []model.DiskProblem
	for _, p := range found {
		at.Offset = max(p.Offset, 0)
		out = append(out, model.DiskProblem{Code: p.Code, Text: p.Text, Origin: at})
	}
	return out
}

func (s *Source) partition(v *volume) model.Partition {
	p := model.Partition{
		ID: v.id, Disk: int64(s.number), Index: int64(v.part.Index), Type: v.part.TypeName(), Name: v.part.Name, Role: s.role(v),
		Active: v.part.Active, Logical: v.part.Logical, Start: v.part.Start, Size: v.part.Size,
		Origin: model.Origin{Artifact: "partition-table", Volume: v.id, Offset: int64(v.part.Start)},
	}
	if s.table.Kind == table.GPT {
		p.TypeGUID, p.GUID = "{"+v.part.TypeGUID.String()+"}", "{"+v.part.GUID.String()+"}"
		p.Attributes = fmt.Sprintf("0x%016x", v.part.Attributes)
	}
	if s.table.Kind == table.MBR {
		p.MBRType = fmt.Sprintf("0x%02x", v.part.MBRType)
	}
	p.Volume = s.volumeFacts(v, p.Role)
	return p
}

// role tells what a partition is for. A label is never an identity.
func (s *Source) role(v *volume) string {
	switch {
	case v.id == s.windows:
		return model.RoleWindows
	case v.part.TypeGUID == table.TypeESP:
		return model.RoleESP
	case v.part.TypeGUID == table.TypeMSR:
		return model.RoleMSR
	case v.part.TypeGUID == table.TypeRecovery, v.part.MBRType == 0x27:
		return model.RoleRecovery
	case v.part.MBRType == 0x12, v.part.MBRType == 0xde, v.part.MBRType == 0x84:
		return model.RoleOEM
	case v.part.Active && v.has("Boot/BCD"):
		return model.RoleESP
	case v.part.TypeGUID == table.TypeBasicData, v.part.MBRType != 0:
		return model.RoleData
	}
	return model.RoleUnknown
}

func (v *volume) has(name string) bool {
	fsys, err := v.open()
	if err != nil {
		return false
	}
	_, err = fs.Stat(fsys, name)
	return err == nil
}

// volumeFacts tells what the file system says about itself.
func (s *Source) volumeFacts(v *volume, role string) model.Volume {
	at := model.Origin{Artifact: v.kind, Volume: v.id}
	out := model.Volume{ID: v.id, FS: model.Known(v.kind, at), Size: model.Known(v.data.Size(), at), BitLocker: bitLocker(v)}
	if v.unread != nil {
		out.FS = model.NotSeen[string](reasonOf(v, v.unread))
	}
	fsys, err := v.open()
	if s.isTaken(v) {
		return out // what Windows tells of it is put in its place
	}
	if err != nil {
		why := reasonOf(v, err)
		out.Label, out.Free, out.Dirty = model.NotSeen[string](why), model.NotSeen[int64](why), model.NotSeen[bool](why)
		out.LogFile, out.Hibernated = model.NotSeen[string](why), model.NotSeen[bool](why)
		return out
	}
	switch vol := fsys.(type) {
	case volumeFS:
		ntfsFacts(&out, vol.Volume, at)
	case *fat.Volume:
		fatFacts(&out, vol, at)
	}
	if role == model.RoleRecovery || role == model.RoleESP {
		out.Largest = Largest(fsys, v.id)
	}
	return out
}

func ntfsFacts(out *model.Volume, vol *ntfs.Volume, at model.Origin) {
	file := func(name string) model.Origin { return model.Origin{Artifact: "ntfs", Volume: at.Volume, Path: name} }
	if major, _ := vol.Version(); major > 0 {
		out.Label, out.Dirty = model.Known(vol.Label(), at), model.Known(vol.Dirty(), file("$Volume"))
	} else {
		out.Label, out.Dirty = damaged[string](nil), damaged[bool](nil)
	}
	if n, err := vol.FreeBytes(); err == nil {
		out.Free = model.Known(int64(n), file("$Bitmap"))
	} else {
		out.Free = damaged[int64](err)
	}
	out.LogFile = model.Known(string(vol.LogFileState()), file("$LogFile"))
	if yes, err := hibernated(vol); err == nil {
		out.Hibernated = model.Known(yes, file("hiberfil.sys"))
	} else {
		out.Hibernated = damaged[bool](err)
	}
}

// damaged is a fact of a file system that could not be read.
func damaged[T any](err error) model.Fact[T] {
	why := model.Unseen{Artifact: "ntfs", Reason: model.ReasonDamaged, How: model.HowNothing}
	if err != nil {
		why.Detail = err.Error()
	}
	return model.NotSeen[T](why)
}

// hibernated applies the rule of ntfs-3g: only a zeroed first page, or no file at
// all, is surely no resume image.
func hibernated(vol *ntfs.Volume) (bool, error) {
	f, err := vol.Open("hiberfil.sys")
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	page := make([]byte, min(info.Size(), 4096))
	n, err := io.ReadFull(f, page)
	used := slices.ContainsFunc(page[:n], func(b byte) bool { return b != 0 })
	if used {
		return true, nil
	}
	return false, err
}

// maxWalk bounds how many entries of a small volume are looked at.
const maxWalk = 5000

// Largest lists the ten largest files of a small volume.
func Largest(fsys fs.FS, id string) []model.LargestFile {
	var all []model.LargestFile
	seen := 0
	_ = fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if seen++; seen > maxWalk {
			return fs.SkipAll
		}
		if err != nil || e.IsDir() {
			return nil // what cannot be listed is passed over
		}
		if info, err := e.Info(); err == nil {
			path := strings.ReplaceAll(name, "/", `\`)
			all = append(all, model.LargestFile{Path: path, Size: info.Size(), Origin: model.Origin{Artifact: "file", Volume: id, Path: path}})
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b model.LargestFile) int { return int(min(max(b.Size-a.Size, -1), 1)) })
	return all[:min(len(all), 10)]
}
