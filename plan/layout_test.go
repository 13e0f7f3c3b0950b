package plan

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"updoc/model"
	"updoc/remedy"
	"updoc/remedy/host"
)

// laidOut is a random PC: its table, what lies where, and how full it is.
type laidOut struct {
	t  *rapid.T
	m  *model.Machine
	d  *model.Disk
	at uint64
}

func (l *laidOut) upTo(max int, what string) uint64 {
	return uint64(rapid.IntRange(0, max).Draw(l.t, what))
}

// step leaves a gap: mostly none or whole MiB, sometimes an odd number of sectors.
func (l *laidOut) step() {
	switch rapid.SampledFrom([]string{"none", "none", "some", "wide", "odd"}).Draw(l.t, "gap") {
	case "some":
		l.at += l.upTo(300, "MiB") * mib
	case "wide":
		l.at += l.upTo(3000, "MiB") * mib
	case "odd":
		l.at += l.upTo(5000, "sectors") * uint64(l.d.SectorSize)
	}
}

func (l *laidOut) add(role string, size uint64, logical bool) {
	free := l.upTo(int(size/mib), "free") * mib
	id := fmt.Sprintf("disk0p%d", len(l.d.Partitions)+1)
	kind := map[string]string{model.RoleESP: "fat32"}[role]
	v := model.Volume{FS: known(cmp.Or(kind, "ntfs")), Free: known(int64(free)), BitLocker: model.BitLocker{Encrypted: known(false)}}
	l.d.Partitions = append(l.d.Partitions, model.Partition{ID: id, Role: role, Start: l.at, Size: size, Logical: logical, Volume: v})
	l.at += size
}

// fill lays partitions one behind the other, among them one with Windows.
func (l *laidOut) fill() {
	l.at = mib
	roles := rapid.SliceOfN(rapid.SampledFrom([]string{model.RoleESP, model.RoleRecovery, model.RoleData, model.RoleOEM, "extended"}), 0, 4).Draw(l.t, "roles")
	home := rapid.IntRange(0, len(roles)).Draw(l.t, "windows")
	for i, role := range slices.Insert(roles, home, model.RoleWindows) {
		l.step()
		switch {
		case role == model.RoleWindows:
			l.add(role, (6000+l.upTo(60000, "MiB"))*mib+l.upTo(2047, "sectors")*uint64(l.d.SectorSize), false)
		case role == "extended" && l.d.Table == "mbr":
			l.extended()
		case role == "extended" || role == model.RoleData && i == 3:
			l.add(model.RoleData, (1+l.upTo(3000, "MiB"))*mib, false)
		default:
			l.add(role, (300+l.upTo(900, "MiB"))*mib, false)
		}
	}
	l.step()
}

// extended is an extended partition with a few logical ones, each behind its record.
func (l *laidOut) extended() {
	if len(l.d.Extended) > 0 {
		return
	}
	start := l.at
	for range rapid.IntRange(0, 2).Draw(l.t, "logical") {
		l.at += mib
		l.step()
		l.add(rapid.SampledFrom([]string{model.RoleData, model.RoleRecovery}).Draw(l.t, "role"), (300+l.upTo(900, "MiB"))*mib, true)
	}
	l.at += mib
	l.step()
	l.d.Extended = []model.Gap{{Start: start, Size: l.at - start}}
}

// close ends the disk and lists its gaps as the table's reader does.
func (l *laidOut) close() {
	sector := uint64(l.d.SectorSize)
	first, tail := sector, uint64(0)
	if l.d.Table == "gpt" {
		first, tail = 2*sector+16384, sector+16384
	}
	l.d.Size = l.at + tail
	at := first
	for _, p := range l.d.Partitions {
		if p.Start > at {
			l.d.Gaps = append(l.d.Gaps, model.Gap{Start: at, Size: p.Start - at})
		}
		at = p.Start + p.Size
	}
	if l.d.Size-tail > at {
		l.d.Gaps = append(l.d.Gaps, model.Gap{Start: at, Size: l.d.Size - tail - at})
	}
}

// recovery chooses which recovery partition is in use, or that the image lies on C:.
func (l *laidOut) recovery() {
	var ids []string
	for _, p := range l.d.Partitions {
		if p.Role == model.RoleRecovery {
			ids = append(ids, p.ID)
			l.m.WinRE.Recovery.Items = append(l.m.WinRE.Recovery.Items, model.Candidate{ID: p.ID, Free: p.Volume.Free,
				Maker: known(rapid.IntRange(0, 5).Draw(l.t, "maker") == 0)})
		}
	}
	var used *model.Partition
	for i := range l.d.Partitions {
		if p := &l.d.Partitions[i]; p.Role == model.RoleWindows {
			used, l.m.Windows = p, p.Volume
		}
	}
	place := model.PlaceOnWindows
	if len(ids) > 0 && rapid.Bool().Draw(l.t, "apart") {
		used, place = partitionOf(l.d, rapid.SampledFrom(ids).Draw(l.t, "active")), model.PlaceAway
	}
	free := used.Volume.Free.Value
	l.m.WinRE.Active = model.ActiveRE{Exists: known(true), ID: known(used.ID), Place: known(place), Free: known(free),
		ServicingShort: known(max(0, model.WinREServicingFree-free))}
	l.m.WinRE.Image = model.WinREImage{Exists: known(true), Readable: known(true), Volume: known(used.ID), Path: known(`Recovery\WindowsRE\Winre.wim`),
		Size: known(int64((200 + l.upTo(1000, "wim")) * mib))}
}

func randomPC(t *rapid.T) *model.Machine {
	m := &model.Machine{}
	m.WinRE.Enabled, m.WinRE.Agree, m.Boot.Firmware = known(true), known(true), known("uefi")
	m.WinRE.Recovery = model.Complete([]model.Candidate{})
	m.Disks = model.Complete([]model.Disk{{Table: rapid.SampledFrom([]string{"gpt", "mbr"}).Draw(t, "table"),
		SectorSize: int64(rapid.SampledFrom([]int{512, 4096}).Draw(t, "sector"))}})
	l := &laidOut{t: t, m: m, d: &m.Disks.Items[0]}
	l.fill()
	l.close()
	l.recovery()
	return m
}

var layouts = map[string]string{"gap": "winre-use-gap", "enlarge": "winre-enlarge", "new": "winre-new-partition"}

// Every table that is planned is sound, changes nothing but what it says, and gives the
// room; the operations of its remedy have its numbers.
func TestEveryLayout(t *testing.T) {
	made := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		m := randomPC(t)
		kind := rapid.SampledFrom([]string{"gap", "enlarge", "new"}).Draw(t, "kind")
		after, params, ok := layoutOf(kind, m)
		if !ok {
			return
		}
		made[kind]++
		checkTable(t, &m.Disks.Items[0], after, params)
		checkRoom(t, m, after, params)
		checkOps(t, m, kind, after, params)
	})
	for kind := range layouts {
		if made[kind] == 0 {
			t.Errorf("no layout %s was made", kind)
		}
	}
}

func number(t *rapid.T, p model.Args, name string) uint64 {
	n, ok := p[name].(int64)
	if !ok || n < 0 {
		t.Fatalf("%s is %v", name, p[name])
	}
	return uint64(n)
}

// checkTable knows nothing of how the table was made.
func checkTable(t *rapid.T, d *model.Disk, after model.Layout, params model.Args) {
	sector, end := uint64(d.SectorSize), uint64(0)
	last := d.Size - 33*sector
	if d.Table == "mbr" {
		last = d.Size - mib
	}
	seen := map[string]bool{}
	for _, p := range after.Partitions {
		seen[p.From] = true
		if p.Start < end {
			t.Fatalf("%+v begins before %d", p, end)
		}
		end = p.Start + p.Size
		old := partitionOf(d, p.From)
		changed := old == nil || old.Start != p.Start || old.Size != p.Size
		if changed && p.From != params["partition"] && p.From != params["windowsPartition"] && p.From != "" {
			t.Fatalf("%s changed", p.From)
		}
		if p.From == params["windowsPartition"] && (old.Start != p.Start || p.Size > old.Size) {
			t.Fatalf("Windows moved or grew: %+v", p)
		}
		if !changed || p.From == params["windowsPartition"] {
			continue
		}
		if p.Start < mib || end > last && (old == nil || end != old.Start+old.Size) || p.Start%sector != 0 || p.Size%sector != 0 || p.Size == 0 {
			t.Fatalf("%+v leaves the usable range, or is not whole sectors", p)
		}
		if old == nil && p.Start%mib != 0 {
			t.Fatalf("%+v is not aligned", p)
		}
		for _, e := range d.Extended {
			inside := old != nil && old.Logical
			if !inside && p.Start < e.Start+e.Size && end > e.Start || inside && (p.Start != old.Start || end > e.Start+e.Size) {
				t.Fatalf("%+v crosses the extended partition %+v", p, e)
			}
		}
	}
	primaries := len(d.Extended)
	for _, p := range after.Partitions {
		if old := partitionOf(d, p.From); old == nil || !old.Logical {
			primaries++
		}
	}
	if old := len(d.Partitions) + len(d.Extended); d.Table == "mbr" && primaries > 4 && primaries > old {
		t.Fatalf("%d entries in an MBR", primaries)
	}
	for _, p := range d.Partitions {
		if !seen[p.ID] && p.ID != params["replace"] {
			t.Fatalf("%s vanished", p.ID)
		}
	}
}

func checkRoom(t *rapid.T, m *model.Machine, after model.Layout, params model.Args) {
	free := uint64(m.WinRE.Active.Free.Value) + number(t, params, "size")
	if id, ok := params["partition"].(string); ok {
		free -= partitionOf(&m.Disks.Items[0], id).Size
	} else {
		free = number(t, params, "size") - uint64(m.WinRE.Image.Size.Value) - overhead
	}
	if free < leastFree {
		t.Fatalf("only %d bytes would be free", free)
	}
	if number(t, params, "shrinkBy")+keepFree > uint64(m.Windows.Free.Value) && number(t, params, "shrinkBy") > 0 {
		t.Fatalf("Windows gives %v of %d", params["shrinkBy"], m.Windows.Free.Value)
	}
}

// checkOps carries the numbers through JSON, as a journal does.
func checkOps(t *rapid.T, m *model.Machine, kind string, after model.Layout, params model.Args) {
	raw, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	var p model.Args
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	r, _ := remedy.Find(layouts[kind])
	ops, err := r.Ops(m, p)
	makers := func(c model.Candidate) bool { return c.Maker.Value && c.ID == m.WinRE.Active.ID.Value }
	if slices.ContainsFunc(m.WinRE.Recovery.Items, makers) && kind != "new" {
		if err == nil {
			t.Fatal("a maker's partition is touched")
		}
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", r.ID, err)
	}
	if m.WinRE.Active.ServicingShort.Value == 0 && m.WinRE.Active.Place.Value != model.PlaceOnWindows {
		if len(ops) > 0 {
			t.Fatalf("there is room, and yet %+v", ops)
		}
		return
	}
	checkNumbers(t, ops, after, params)
}

func checkNumbers(t *rapid.T, ops []host.Op, after model.Layout, params model.Args) {
	drawn := func(id string) model.LayoutPartition {
		i := slices.IndexFunc(after.Partitions, func(p model.LayoutPartition) bool { return p.From == id })
		return after.Partitions[i]
	}
	moved, shrunk := false, false
	for _, op := range ops {
		switch op.Kind {
		case host.ShrinkVolume:
			shrunk = true
			if op.Size != drawn(op.Partition).Size {
				t.Fatalf("%+v, drawn %+v", op, drawn(op.Partition))
			}
		case host.ResizeRecovery, host.CreateRecovery:
			moved = true
			if p := drawn(op.Partition); op.Start != p.Start || op.Size != p.Size {
				t.Fatalf("%+v, drawn %+v", op, p)
			}
		}
	}
	if !moved || shrunk != (number(t, params, "shrinkBy") > 0) {
		t.Fatalf("%v lead to %+v", params, ops)
	}
}
