package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strings"

	"updoc/model"
)

const (
	mib = uint64(1) << 20
	// wantFree is the room a recovery partition should have afterwards; leastFree is
	// enough if the Windows volume cannot give more (DESIGN.md).
	wantFree  = 512 * mib
	leastFree = 300 * mib
	// overhead is what NTFS keeps for itself on a volume of this size. Source:
	// Microsoft's partition guide names 5 to 15 MB.
	overhead = 16 * mib
	// keepFree is the room the Windows volume must keep after it gave some away.
	keepFree = 2048 * mib
)

// layoutOf draws the partition table as it would be, and returns the numbers a
// remedy needs. ok is false if the remedy changes no table, the facts are lacking, or
// there is no room for it.
func layoutOf(kind string, m *model.Machine) (out model.Layout, params model.Args, ok bool) {
	disk, windows, active, ok := partitions(m)
	if !ok || elsewhere(m) {
		return out, nil, false
	}
	switch kind {
	case "gap":
		out, params, ok = grow(m, disk, windows, active, false)
	case "enlarge":
		out, params, ok = grow(m, disk, windows, active, true)
	case "new":
		out, params, ok = newAfterWindows(m, disk, windows, active)
	default:
		return out, nil, false
	}
	return out, params, ok && sound(disk, out)
}

// elsewhere tells whether the recovery environment is on another disk than Windows.
func elsewhere(m *model.Machine) bool {
	place := m.WinRE.Active.Place
	return place.Known && place.Value == model.PlaceOtherDisk
}

// partitions finds the disk with Windows, its partition, and the active recovery
// partition (nil if there is none on that disk).
func partitions(m *model.Machine) (disk *model.Disk, windows, active *model.Partition, ok bool) {
	for i := range m.Disks.Items {
		d := &m.Disks.Items[i]
		for j := range d.Partitions {
			p := &d.Partitions[j]
			if p.Role == model.RoleWindows {
				disk, windows = d, p
			}
		}
	}
	if disk == nil {
		return nil, nil, nil, false
	}
	for j := range disk.Partitions {
		if p := &disk.Partitions[j]; m.WinRE.Active.ID.Known && p.ID == m.WinRE.Active.ID.Value {
			active = p
		}
	}
	return disk, windows, active, true
}

// grow enlarges the active recovery partition: from the gaps beside it first, then,
// if it may, from the end of the Windows partition in front of it. It grows by whole
// MiB, so that clusters keep their places on the disk and the partition its alignment.
func grow(m *model.Machine, disk *model.Disk, windows, active *model.Partition, shrink bool) (model.Layout, model.Args, bool) {
	if active == nil || active.Role != model.RoleRecovery || makers(m, active) || !m.WinRE.Active.Free.Known {
		return model.Layout{}, nil, false
	}
	free := uint64(max(m.WinRE.Active.Free.Value, 0))
	need := roundUp(wantFree - min(free, wantFree))
	behind := min(gapBehind(disk, active), need)
	front := min(gapBefore(disk, active), need-behind)
	fromWindows := uint64(0)
	if rest := need - behind - front; shrink && rest > 0 {
		if !directlyBehind(disk, windows, active) {
			return model.Layout{}, nil, false
		}
		fromWindows = min(rest, roundDown(spare(m)), roundDown(windows.Size))
	}
	more := behind + front + fromWindows
	if more == 0 || free+more < leastFree {
		return model.Layout{}, nil, false
	}
	start, size, left := active.Start-front-fromWindows, active.Size+more, windows.Size-fromWindows
	out := draw(disk, map[string][2]uint64{active.ID: {start, size}, windows.ID: {windows.Start, left}})
	return out, model.Args{
		"disk": disk.Index, "partition": active.ID, "windowsPartition": windows.ID, "windowsSize": int64(left),
		"shrinkBy": int64(fromWindows), "start": int64(start), "size": int64(size),
	}, true
}

// newAfterWindows puts a new recovery partition behind the Windows partition, large
// enough for the image, its margin and the wanted room, or the least if that is all
// there is. If no entry of the table is left, it takes that of the old one.
func newAfterWindows(m *model.Machine, disk *model.Disk, windows, active *model.Partition) (model.Layout, model.Args, bool) {
	image := imageSize(m)
	if image == 0 || windows.Logical {
		return model.Layout{}, nil, false
	}
	replace, give := "", spare(m)
	if entriesFull(disk) {
		if !replaceable(m, disk, active) || give < image {
			return model.Layout{}, nil, false
		}
		replace, give = active.ID, give-image // the image waits on the Windows volume meanwhile
	}
	for _, free := range []uint64{wantFree, leastFree} {
		size := roundUp(image + model.WinREEnableMargin + overhead + free)
		start, left, ok := placeBehind(disk, windows, size, give)
		if !ok {
			continue
		}
		out := draw(disk, map[string][2]uint64{windows.ID: {windows.Start, left}})
		out.Partitions = slices.DeleteFunc(out.Partitions, func(p model.LayoutPartition) bool { return replace != "" && p.From == replace })
		out.Partitions = append(out.Partitions, model.LayoutPartition{Role: model.RoleRecovery, Start: start, Size: size})
		sort.SliceStable(out.Partitions, func(i, j int) bool { return out.Partitions[i].Start < out.Partitions[j].Start })
		params := model.Args{
			"disk": disk.Index, "windowsPartition": windows.ID, "windowsSize": int64(left), "shrinkBy": int64(windows.Size - left),
			"start": int64(start), "size": int64(size), "newGuid": derivedGUID(m, "recovery"),
		}
		if replace != "" {
			params["replace"] = replace
		}
		return out, params, true
	}
	return model.Layout{}, nil, false
}

// placeBehind finds the place of a partition of size bytes behind Windows: in the gap
// there if that is enough, else at the end of what Windows and the gap take together.
// give is how many bytes Windows can lose; left is what remains of it.
func placeBehind(disk *model.Disk, windows *model.Partition, size, give uint64) (start, left uint64, ok bool) {
	end, limit := windows.Start+windows.Size, windows.Start+windows.Size
	for _, f := range freeOutside(disk) {
		if f.start == end {
			limit = f.end
		}
	}
	limit = roundDown(min(limit, usable(disk).end))
	if first := roundUp(end); first+size <= limit {
		return first, windows.Size, true
	}
	if limit < windows.Start+size+mib {
		return 0, 0, false
	}
	start = limit - size
	left = min(start, end) - windows.Start
	return start, left, windows.Size-left <= give
}

// replaceable tells whether the entry of the old recovery partition may be used again:
// an MBR entry of the partition that holds the image in use, and nothing of a maker's.
func replaceable(m *model.Machine, disk *model.Disk, active *model.Partition) bool {
	if active == nil || disk.Table != "mbr" || active.Role != model.RoleRecovery || active.Logical || active.Active {
		return false
	}
	image := m.WinRE.Image
	if !image.Exists.Known || !image.Exists.Value || image.Volume.Value != active.ID {
		return false
	}
	return slices.ContainsFunc(m.WinRE.Recovery.Items, func(c model.Candidate) bool {
		return c.ID == active.ID && c.Maker.Known && !c.Maker.Value
	})
}

// makers tells whether a partition is known to hold a maker's own data.
func makers(m *model.Machine, p *model.Partition) bool {
	return slices.ContainsFunc(m.WinRE.Recovery.Items, func(c model.Candidate) bool { return c.ID == p.ID && c.Maker.Known && c.Maker.Value })
}

func imageSize(m *model.Machine) uint64 {
	for _, img := range []model.WinREImage{m.WinRE.Image, m.WinRE.Staged} {
		if img.Size.Known && img.Size.Value > 0 {
			return uint64(img.Size.Value)
		}
	}
	return 0
}

// spare is what the Windows volume can give away.
func spare(m *model.Machine) uint64 {
	if !m.Windows.Free.Known || uint64(max(m.Windows.Free.Value, 0)) < keepFree {
		return 0
	}
	out := uint64(m.Windows.Free.Value) - keepFree
	if limit := m.WinRE.Active.ShrinkLimit; limit.Known {
		out = min(out, uint64(max(limit.Value, 0)))
	}
	return out
}

func draw(disk *model.Disk, changed map[string][2]uint64) model.Layout {
	out := model.Layout{Disk: disk.Index}
	for _, p := range disk.Partitions {
		lp := model.LayoutPartition{From: p.ID, Role: p.Role, Start: p.Start, Size: p.Size}
		if c, ok := changed[p.ID]; ok {
			lp.Start, lp.Size = c[0], c[1]
		}
		out.Partitions = append(out.Partitions, lp)
	}
	return out
}

// derivedGUID is fixed by the machine, so that a plan made twice is the same.
func derivedGUID(m *model.Machine, purpose string) string {
	var id strings.Builder
	for _, d := range m.Disks.Items {
		fmt.Fprintf(&id, "%s|%s|%d|", d.GUID, d.Signature, d.Size)
	}
	sum := sha256.Sum256([]byte(id.String() + purpose))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	h := hex.EncodeToString(sum[:16])
	return "{" + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:] + "}"
}
