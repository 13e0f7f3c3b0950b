package remedy

import (
	"testing"

	"updoc/model"
	"updoc/remedy/host"
)

func enlarged() []host.Op {
	return []host.Op{
		{Kind: host.ShrinkVolume, Partition: "disk0p2", Size: 30*gib - 452*mib},
		{Kind: host.ResizeRecovery, Partition: "disk0p3", Start: 101*mib + 30*gib - 452*mib, Size: 1012 * mib},
		registered("disk0p3"),
	}
}

func TestEnlarge(t *testing.T) {
	wantOps(t, "winre-enlarge", pc(), enlargement(), enlarged()...)
	half := pc() // shrunk, and then something stopped
	part(half, 2).Size = 30*gib - 452*mib
	wantOps(t, "winre-enlarge", half, enlargement(), enlarged()[1:]...)
}

func TestEnlargeOnMBR(t *testing.T) {
	m := pc()
	disk(m).Table = "mbr"
	wantOps(t, "winre-enlarge", m, enlargement(), enlarged()...)
}

func TestUseGap(t *testing.T) {
	p := enlargement()
	p["windowsSize"], p["start"] = int64(30*gib), int64(101*mib+30*gib)
	behind := host.Op{Kind: host.ResizeRecovery, Partition: "disk0p3", Start: 101*mib + 30*gib, Size: 1012 * mib}
	wantOps(t, "winre-use-gap", pc(), p, behind) // its beginning stays: nothing to register

	m := pc()
	part(m, 2).Size = 29 * gib
	p["windowsSize"], p["start"] = int64(29*gib), int64(101*mib+30*gib-452*mib)
	wantOps(t, "winre-use-gap", m, p, enlarged()[1:]...)
	wantRefused(t, "winre-use-gap", pc(), enlargement(), "refused-stale-plan") // it must not shrink Windows
}

func TestNewPartition(t *testing.T) {
	create := host.Op{Kind: host.CreateRecovery, Start: 101*mib + 30*gib - 1060*mib, Size: 1060 * mib, GUID: "{1}"}
	shrink := host.Op{Kind: host.ShrinkVolume, Partition: "disk0p2", Size: 30*gib - 1060*mib}
	want := append(append([]host.Op{shrink, create}, fromFolder("disk0p3", host.NewPartition)...), registered(host.NewPartition))
	m := pc()
	m.WinRE.Active.Place = known(model.PlaceAway)
	wantOps(t, "winre-new-partition", m, newPlace(), want...)

	want = append(append([]host.Op{shrink, create}, fromFolder("disk0p2", host.NewPartition)...), registered(host.NewPartition))
	wantOps(t, "winre-new-partition", onC(pc()), newPlace(), want...)

	want = append(append([]host.Op{shrink, create}, fromStaged(host.NewPartition)...), registered(host.NewPartition))
	wantOps(t, "winre-new-partition", off(pc()), newPlace(), want...)

	roomy := pc() // an old one in front stays untouched, even a maker's, if the image is elsewhere
	p := newPlace()
	p["size"] = float64(540 * mib)
	wantRefused(t, "winre-new-partition", roomy, p, "refused-no-room")
	delete(p, "newGuid")
	wantRefused(t, "winre-new-partition", roomy, model.Args{}, "refused-stale-plan")
}

// fullMBR has four primary partitions; the recovery partition in use comes first.
func fullMBR() *model.Machine {
	m := pc()
	disk(m).Table = "mbr"
	m.Boot.Firmware = known("bios")
	m.WinRE.Active.Place = known(model.PlaceAway)
	part(m, 3).Start += 5 * gib
	disk(m).Partitions = append(disk(m).Partitions, model.Partition{ID: "disk0p4", Role: model.RoleData, Start: 32 * gib, Size: gib, Volume: volume("ntfs", 0)})
	return m
}

func TestNewPartitionInTheEntryOfTheOld(t *testing.T) {
	p := newPlace()
	wantRefused(t, "winre-new-partition", fullMBR(), p, "refused-table-full")
	p["replace"] = "disk0p3"
	want := []host.Op{{Kind: host.ShrinkVolume, Partition: "disk0p2", Size: 30*gib - 1060*mib}}
	want = append(append(want, fromFolder("disk0p3", "disk0p2")...), registered("disk0p2"),
		host.Op{Kind: host.CreateRecovery, Start: 101*mib + 30*gib - 1060*mib, Size: 1060 * mib, Replace: "disk0p3"})
	want = append(append(want, fromFolder("disk0p2", host.NewPartition)...), registered(host.NewPartition),
		host.Op{Kind: host.MoveAside, From: at("disk0p2", wimPath)},
		perhaps(host.Op{Kind: host.MoveAside, From: at("disk0p2", sdiPath)}),
		perhaps(host.Op{Kind: host.MoveAside, From: at("disk0p2", xmlPath)}))
	wantOps(t, "winre-new-partition", fullMBR(), p, want...)
}

// The entry of a partition is only taken if all that lies in it is known and safe.
func TestNewPartitionNeverTakesAnotherEntry(t *testing.T) {
	for code, change := range map[string]func(*model.Machine, model.Args){
		"refused-maker-partition": func(m *model.Machine, _ model.Args) { m.WinRE.Recovery.Items[0].Maker = known(true) },
		"refused-unseen":          func(m *model.Machine, _ model.Args) { m.WinRE.Recovery.Items = nil },
		"refused-table-full":      func(_ *model.Machine, p model.Args) { p["replace"] = "disk0p4" },
		"refused-partition-gone":  func(_ *model.Machine, p model.Args) { p["replace"] = "disk0p7" },
		"refused-names-differ":    func(m *model.Machine, _ model.Args) { m.WinRE.Agree = known(false) },
	} {
		m, p := fullMBR(), newPlace()
		p["replace"] = "disk0p3"
		change(m, p)
		wantRefused(t, "winre-new-partition", m, p, code)
	}
	gpt, p := pc(), newPlace()
	p["replace"] = "disk0p3"
	wantRefused(t, "winre-new-partition", gpt, p, "refused-table-full")
}

func TestTableIsRefused(t *testing.T) {
	for _, id := range []string{"winre-enlarge", "winre-use-gap", "winre-clear-leftovers", "winre-recompress"} {
		for problem, code := range map[string]string{
			"dynamic-disk": "refused-dynamic-disk", "storage-spaces": "refused-storage-spaces", "hybrid-mbr": "refused-hybrid-mbr",
			"gpt-copies-differ": "refused-table-damaged", "backup-gpt-damaged": "refused-table-damaged", "extended-loop": "refused-table-damaged",
		} {
			m := pc()
			disk(m).Problems = []model.DiskProblem{{Code: problem}}
			wantRefused(t, id, m, enlargement(), code)
		}
		m := pc()
		disk(m).Table = "none"
		wantRefused(t, id, m, enlargement(), "refused-table-damaged")
		m.Disks.Items = nil
		wantRefused(t, id, m, enlargement(), "refused-unseen")
	}
}

func TestEnlargeRefuses(t *testing.T) {
	type change func(*model.Machine, model.Args)
	facts := func(f func(m *model.Machine)) change { return func(m *model.Machine, _ model.Args) { f(m) } }
	param := func(name string, v any) change { return func(_ *model.Machine, p model.Args) { p[name] = v } }
	for _, c := range []struct {
		code, what string
		do         change
	}{
		{"refused-server-core", "", facts(func(m *model.Machine) { m.OS.ServerCore = known(true) })},
		{"refused-encrypted", "Windows", facts(func(m *model.Machine) { m.Windows.BitLocker.Encrypted = known(true) })},
		{"refused-encrypted", "recovery", facts(func(m *model.Machine) { part(m, 3).Volume.BitLocker.Encrypted = known(true) })},
		{"refused-unseen", "encrypted", facts(func(m *model.Machine) { part(m, 3).Volume.BitLocker.Encrypted = notSeen[bool]() })},
		{"refused-unseen", "maker", facts(func(m *model.Machine) { m.WinRE.Recovery.Items[0].Maker = notSeen[bool]() })},
		{"refused-unseen", "place", facts(func(m *model.Machine) { m.WinRE.Active.Place = notSeen[string]() })},
		{"refused-unseen", "agree", facts(func(m *model.Machine) { m.WinRE.Agree = notSeen[bool]() })},
		{"refused-unseen", "free", facts(func(m *model.Machine) { m.Windows.Free = notSeen[int64]() })},
		{"refused-unseen", "readable", facts(func(m *model.Machine) { m.WinRE.Image.Readable = notSeen[bool]() })},
		{"refused-maker-partition", "", facts(func(m *model.Machine) { m.WinRE.Recovery.Items[0].Maker = known(true) })},
		{"refused-winre-other-disk", "", facts(func(m *model.Machine) { m.WinRE.Active.Place = known(model.PlaceOtherDisk) })},
		{"refused-names-differ", "", facts(func(m *model.Machine) { m.WinRE.Agree = known(false) })},
		{"refused-no-recovery-partition", "on C", facts(func(m *model.Machine) { onC(m) })},
		{"refused-no-image", "", facts(func(m *model.Machine) { m.WinRE.Image.Exists = known(false) })},
		{"refused-image-damaged", "", facts(func(m *model.Machine) { m.WinRE.Image.Readable = known(false) })},
		{"refused-not-ntfs", "", facts(func(m *model.Machine) { part(m, 3).Volume.FS = known("fat32") })},
		{"refused-volume-damaged", "", facts(func(m *model.Machine) {
			disk(m).Problems = []model.DiskProblem{{Code: "index", Origin: model.Origin{Volume: "disk0p3"}}}
		})},
		{"refused-volume-damaged", "ESP", facts(func(m *model.Machine) {
			disk(m).Problems = []model.DiskProblem{{Code: "fat", Origin: model.Origin{Volume: "disk0p1"}}}
		})},
		{"refused-too-little-to-shrink", "free", facts(func(m *model.Machine) { m.Windows.Free = known(int64(keepFree + 451*mib)) })},
		{"refused-too-little-to-shrink", "limit", facts(func(m *model.Machine) { m.WinRE.Active.ShrinkLimit = known(int64(451 * mib)) })},
		{"refused-logical", "recovery", facts(func(m *model.Machine) { part(m, 3).Logical = true })},
		{"refused-logical", "Windows", facts(func(m *model.Machine) { part(m, 2).Logical = true })},
		{"refused-partition-gone", "", param("partition", "disk0p9")},
		{"refused-partition-gone", "Windows", param("windowsPartition", "disk0p9")},
		{"refused-stale-plan", "another partition", param("partition", "disk0p1")},
		{"refused-stale-plan", "another Windows", param("windowsPartition", "disk0p3")},
		{"refused-stale-plan", "no start", param("start", nil)},
		{"refused-stale-plan", "negative", param("size", int64(-1))},
		{"refused-stale-plan", "half a sector", param("size", int64(1012*mib+100))},
		{"refused-stale-plan", "over Windows", param("start", int64(20*gib))},
		{"refused-stale-plan", "smaller", param("size", int64(500*mib))},
		{"refused-stale-plan", "past the end", param("size", int64(60*gib))},
		{"refused-stale-plan", "all of Windows", param("windowsSize", int64(0))},
		{"refused-stale-plan", "extended between", facts(func(m *model.Machine) {
			disk(m).Extended = []model.Gap{{Start: 101*mib + 30*gib - 100*mib, Size: 100 * mib}}
		})},
		{"refused-stale-plan", "partition between", facts(func(m *model.Machine) {
			disk(m).Partitions = append(disk(m).Partitions, model.Partition{ID: "disk0p4", Start: 101*mib + 30*gib - 100*mib, Size: 100 * mib})
		})},
	} {
		m, p := pc(), enlargement()
		c.do(m, p)
		t.Run(c.code+" "+c.what, func(t *testing.T) { wantRefused(t, "winre-enlarge", m, p, c.code) })
	}
}
