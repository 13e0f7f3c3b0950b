package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
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
// remedy needs. ok is false if the remedy changes no table or the facts are lacking.
func layoutOf(kind string, m *model.Machine) (model.Layout, model.Args, bool) {
	disk, windows, active, ok := partitions(m)
	if !ok {
		return model.Layout{}, nil, false
	}
	switch kind {
	case "gap":
		return grow(m, disk, windows, active, false)
	case "enlarge":
		return grow(m, disk, windows, active, true)
	case "new":
		return newAfterWindows(m, disk, windows)
	}
	return model.Layout{}, nil, false
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
// if it may, from the end of the Windows partition in front of it.
func grow(m *model.Machine, disk *model.Disk, windows, active *model.Partition, shrink bool) (model.Layout, model.Args, bool) {
	if active == nil || !m.WinRE.Active.Free.Known {
		return model.Layout{}, nil, false
	}
	free := uint64(max(m.WinRE.Active.Free.Value, 0))
	need := roundUp(wantFree - min(free, wantFree))
	before, after := gapBefore(disk, active), gapAfter(disk, active)
	fromAfter := min(after, need)
	fromBefore := min(before, need-fromAfter)
	fromWindows := uint64(0)
	if shrink {
		fromWindows = need - fromAfter - fromBefore
		if spare := spare(m); fromWindows > spare {
			fromWindows = spare / mib * mib
		}
	}
	if free+fromAfter+fromBefore+fromWindows < leastFree {
		return model.Layout{}, nil, false
	}
	start, size := active.Start-fromBefore-fromWindows, active.Size+fromAfter+fromBefore+fromWindows
	if fromWindows > 0 {
		start, size = active.Start-before-fromWindows, active.Size+fromAfter+before+fromWindows
	}
	out := draw(disk, map[string][2]uint64{active.ID: {start, size}, windows.ID: {windows.Start, windows.Size - fromWindows}})
	return out, model.Args{
		"disk": disk.Index, "partition": active.ID, "windowsPartition": windows.ID, "windowsSize": int64(windows.Size - fromWindows),
		"shrinkBy": int64(fromWindows), "start": int64(start), "size": int64(size), "newGuid": derivedGUID(m, "recovery"),
	}, true
}

// newAfterWindows puts a new recovery partition behind the Windows partition, large
// enough for the image, its margin and the wanted room.
func newAfterWindows(m *model.Machine, disk *model.Disk, windows *model.Partition) (model.Layout, model.Args, bool) {
	image := imageSize(m)
	if image == 0 {
		return model.Layout{}, nil, false
	}
	size := roundUp(image + model.WinREEnableMargin + overhead + wantFree)
	behind := gapAfter(disk, windows)
	fromWindows := roundUp(size - min(size, behind))
	if fromWindows > spare(m) {
		return model.Layout{}, nil, false
	}
	start := windows.Start + windows.Size - fromWindows
	out := draw(disk, map[string][2]uint64{windows.ID: {windows.Start, windows.Size - fromWindows}})
	out.Partitions = append(out.Partitions, model.LayoutPartition{Role: model.RoleRecovery, Start: start, Size: size})
	slices.SortFunc(out.Partitions, func(a, b model.LayoutPartition) int { return int(min(max(int64(a.Start)-int64(b.Start), -1), 1)) })
	return out, model.Args{
		"disk": disk.Index, "windowsPartition": windows.ID, "windowsSize": int64(windows.Size - fromWindows),
		"shrinkBy": int64(fromWindows), "start": int64(start), "size": int64(size), "newGuid": derivedGUID(m, "recovery"),
	}, true
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
	return uint64(m.Windows.Free.Value) - keepFree
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

func gapBefore(d *model.Disk, p *model.Partition) uint64 {
	for _, g := range d.Gaps {
		if g.Start+g.Size == p.Start {
			return g.Size / mib * mib
		}
	}
	return 0
}

func gapAfter(d *model.Disk, p *model.Partition) uint64 {
	for _, g := range d.Gaps {
		if g.Start == p.Start+p.Size {
			return g.Size / mib * mib
		}
	}
	return 0
}

func roundUp(n uint64) uint64 { return (n + mib - 1) / mib * mib }

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
