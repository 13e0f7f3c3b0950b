package live

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"updoc/disk"
	"updoc/disk/damage"
	"updoc/disk/table"
	"updoc/model"
	"updoc/source"
	"updoc/source/image"
	"updoc/winapi"
)

// place is where a volume begins.
type place struct {
	disk  uint32
	start uint64
}

// look fills in disks and volumes: the disks are read where administrator rights allow
// it, and Windows is asked about the volumes it has in use.
func (s *Source) look() {
	disks, err := winapi.Disks.Do(s.ctx, s.sys, winapi.None{})
	volumes, verr := winapi.Volumes.Do(s.ctx, s.sys, winapi.None{})
	if err == nil {
		err = verr
	}
	home := s.homePlace(volumes)
	slices.SortStableFunc(disks, func(a, b winapi.Disk) int { return order(a.Number != home.disk, b.Number != home.disk) })
	s.list = model.Complete([]model.Disk{})
	if err != nil {
		s.list = model.Partial([]model.Disk{}, source.Why("partition-table", err))
	}
	taken := takenVolumes(volumes)
	health := s.health()
	locks, _ := winapi.Encryption.Do(s.ctx, s.sys, winapi.None{}) // refused: the header tells, where it may be read
	for _, d := range disks {
		img := s.attach(d, home, taken)
		s.disks = append(s.disks, img)
		if id := img.ID(home.start); d.Number == home.disk && id != "" && len(volumes) > 0 {
			s.windows = id
		}
		s.mount(img, d.Number, taken, locks)
		s.list.Items = append(s.list.Items, s.describe(img, d, health))
	}
	if s.windows == "" {
		s.windows = s.homeAlone(volumes, locks)
	}
}

func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func (s *Source) homePlace(volumes []winapi.Volume) place {
	for _, v := range volumes {
		if mountedAt(v, s.home()) {
			return place{v.Disk, v.Start}
		}
	}
	return place{}
}

// homeAlone lets Windows be read although no disk shows its volume: one of Storage Spaces
// or of a dynamic disk, or a layout that was refused.
func (s *Source) homeAlone(volumes []winapi.Volume, locks []winapi.EncryptedVolume) string {
	const id = "C"
	m := &mounted{s: s, id: id, root: s.home()}
	for _, v := range volumes {
		if mountedAt(v, s.home()) {
			m.told, m.lock = v, lockOf(v, locks)
		}
	}
	s.mounted[id] = m
	return id
}

// takenVolumes are the volumes that have a name to open them by and a file system that
// Windows reads. Those that it reads no more than we do are left to us.
func takenVolumes(volumes []winapi.Volume) map[place]winapi.Volume {
	out := map[place]winapi.Volume{}
	for _, v := range volumes {
		if len(v.Mounts) > 0 {
			out[place{v.Disk, v.Start}] = v
		}
	}
	return out
}

// attach opens a disk, or tells its layout if that is refused.
func (s *Source) attach(d winapi.Disk, home place, taken map[place]winapi.Volume) *image.Source {
	a := image.Attached{
		Number: d.Number, Size: d.Size, Table: toldTable(d),
		Holds: func(start uint64) bool { return place{d.Number, start} == home },
		Taken: func(start uint64) bool { _, is := taken[place{d.Number, start}]; return is },
	}
	raw, err := openDisk(s.sys, d)
	if err == nil {
		a.Disk = raw
	} else if !errors.Is(err, fs.ErrPermission) {
		a.Why = err
	} else {
		a.Why = &source.UnseenError{Unseen: model.Unseen{Artifact: "disk", Reason: model.ReasonPermission, How: model.HowAdmin}, Err: err}
	}
	return image.Attach(a)
}

func openDisk(sys System, d winapi.Disk) (*disk.Disk, error) {
	raw, err := sys.Disk(d.Number)
	if err != nil {
		return nil, err
	}
	return disk.New(&attached{Raw: aligned{raw, int64(d.SectorSize)}, size: int64(d.Size), sector: int(d.SectorSize)}), nil
}

// OpenDisk opens one disk of this PC by its number, for reading, as one that came from
// another PC: nothing is asked of the Windows that runs but its sectors. The error wraps
// fs.ErrNotExist, fs.ErrPermission, or winapi.ErrUnsupported where no Windows runs.
func OpenDisk(ctx context.Context, sys System, number uint32) (*disk.Disk, error) {
	all, err := winapi.Disks.Do(ctx, sys, winapi.None{})
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if d.Number == number {
			return openDisk(sys, d)
		}
	}
	return nil, fmt.Errorf("disk %d: %w", number, fs.ErrNotExist)
}

func toldTable(d winapi.Disk) *table.Table {
	t := &table.Table{Kind: d.Table, SectorSize: int(d.SectorSize), DiskSignature: d.Signature, DiskGUID: guid(d.GUID)}
	for _, p := range d.Partitions {
		t.Partitions = append(t.Partitions, table.Partition{
			TypeGUID: guid(p.TypeGUID), MBRType: p.MBRType, GUID: guid(p.GUID), Name: p.Name, Attributes: p.Attributes,
			Start: p.Start, Size: p.Size, Active: p.Active,
		})
	}
	return table.Told(t, d.Size)
}

func guid(s string) table.GUID {
	g, _ := table.ParseGUID(s) // none is the zero one
	return g
}

// attached is an open disk as a container.
type attached struct {
	Raw
	size   int64
	sector int
}

// Size implements container.Image.
func (a *attached) Size() int64 { return a.size }

// SectorSize implements container.Image.
func (a *attached) SectorSize() int { return a.sector }

// Format implements container.Image.
func (a *attached) Format() string { return "device" }

// Problems implements container.Image.
func (a *attached) Problems() []damage.Problem { return nil }

// aligned reads whole sectors, as Windows wants it of a disk.
type aligned struct {
	Raw
	sector int64
}

// ReadAt implements io.ReaderAt.
func (a aligned) ReadAt(p []byte, off int64) (int, error) {
	sector := max(a.sector, 512)
	from := off / sector * sector
	to := (off + int64(len(p)) + sector - 1) / sector * sector
	if from == off && to == off+int64(len(p)) {
		return a.Raw.ReadAt(p, off)
	}
	whole := make([]byte, to-from)
	n, err := a.Raw.ReadAt(whole, from)
	got := copy(p, whole[min(int64(n), off-from):n])
	if got == len(p) {
		err = nil
	}
	return got, err
}

// describe puts what Windows tells of its volumes, and the disks of their health, in its
// place.
func (s *Source) describe(img *image.Source, d winapi.Disk, health map[uint32]model.Fact[string]) model.Disk {
	out := img.Disks(s.ctx).Items[0]
	out.Health = model.NotSeen[string](s.unasked("smart"))
	if h, ok := health[d.Number]; ok {
		out.Health = h
	}
	for i := range out.Partitions {
		p := &out.Partitions[i]
		if m := s.mounted[p.ID]; m != nil {
			p.Volume = m.facts(p.Volume, p.ID == s.windows)
			if p.Role == model.RoleRecovery || p.Role == model.RoleESP {
				if fsys, err := m.open(); err == nil {
					p.Volume.Largest = image.Largest(fsys, p.ID)
				}
			}
		}
	}
	return out
}

// health is what every disk says of itself, by number.
func (s *Source) health() map[uint32]model.Fact[string] {
	told, err := winapi.DiskHealth.Do(s.ctx, s.sys, winapi.None{})
	if err != nil {
		return nil
	}
	out := map[uint32]model.Fact[string]{}
	for _, h := range told {
		at := model.Origin{Artifact: "smart", Path: fmt.Sprintf("disk%d", h.Number)}
		switch {
		case h.Predicts, h.Health == 2:
			out[h.Number] = model.Known("failing", at)
		case h.Health == 1:
			out[h.Number] = model.Known("warning", at)
		case h.Health == 0:
			out[h.Number] = model.Known("ok", at)
		}
	}
	return out
}
