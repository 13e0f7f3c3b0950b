package conform

import (
	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/host/fake"
)

// newGUID is the GUID of a new partition, fixed by the plan.
const newGUID = "{77777777-0000-0000-0000-000000000007}"

// tableScenarios change the partition table.
var tableScenarios = []Scenario{
	{Name: "behind", Remedy: "winre-use-gap", PC: gpt, Params: model.Args{"disk": int64(0), "partition": recovery, "windowsPartition": windows,
		"windowsSize": int64(30 * gib), "start": int64(101*mib + 30*gib), "size": int64(1012 * mib)}, Expect: works},
	{Name: "in front", Remedy: "winre-use-gap", PC: withGap(gpt), Params: frontOfGap(), Expect: works},
	{Name: "in front, MBR", Remedy: "winre-use-gap", PC: withGap(mbr), Params: frontOfGap(), Expect: works},
	{Name: "GPT", Remedy: "winre-enlarge", PC: gpt, Params: enlargement(), Expect: works},
	{Name: "MBR", Remedy: "winre-enlarge", PC: mbr, Params: enlargement(), Expect: works},
	{Name: "behind Windows", Remedy: "winre-new-partition", PC: before, Params: newPlace(mib*661, ""), Expect: worksAfter},
	{Name: "recovery off", Remedy: "winre-new-partition", PC: func() *fake.PC { return before().Disable() },
		Params: newPlace(mib*661, ""), Expect: worksAfter},
	{Name: "from C, no partition", Remedy: "winre-new-partition", PC: onlyC, Params: newPlace(mib*101, ""), Expect: worksAfter},
	{Name: "four entries taken", Remedy: "winre-new-partition", PC: full, Params: newPlace(mib*661, "disk0p2"), Expect: worksAfter},
}

func worksAfter(m *model.Machine) bool {
	return works(m) && m.WinRE.Active.Place.Value == model.PlaceAfter
}

func enlargement() model.Args {
	return model.Args{"disk": int64(0), "partition": recovery, "windowsPartition": windows, "windowsSize": int64(30*gib - 452*mib),
		"start": int64(101*mib + 30*gib - 452*mib), "size": int64(1012 * mib)}
}

// withGap leaves a gap of 500 MiB between Windows and the recovery partition.
func withGap(make func() *fake.PC) func() *fake.PC {
	return func() *fake.PC {
		pc := make()
		w := part(pc, 2)
		w.Size, w.FSSize = w.Size-500*mib, w.FSSize-500*mib
		return pc.Copy()
	}
}

func frontOfGap() model.Args {
	return model.Args{"disk": int64(0), "partition": recovery, "windowsPartition": windows, "windowsSize": int64(30*gib - 500*mib),
		"start": int64(101*mib + 30*gib - 500*mib), "size": int64(1060 * mib)}
}

// newPlace are the numbers of a new partition at the end of a Windows partition of 30 GiB
// that begins at start.
func newPlace(start uint64, replace string) model.Args {
	args := model.Args{"disk": int64(0), "windowsPartition": "disk0p3", "windowsSize": int64(30*gib - 1100*mib), "start": int64(start + 30*gib - 1100*mib),
		"size": int64(1100 * mib), "newGuid": newGUID}
	if replace != "" {
		args["replace"] = replace
	}
	if start == 101*mib {
		args["windowsPartition"] = windows
	}
	return args
}

// before has the recovery partition in front of Windows, where it cannot grow, and a data
// partition behind.
func before() *fake.PC {
	re := recoveryBehind()
	re.Start = 101 * mib
	data := onNTFS(model.RoleData, 661*mib+30*gib, 5*gib, gib)
	pc := fake.New(fake.PC{Disks: []*fake.Disk{{Size: 64 * gib, Table: "gpt", GUID: "{99999999-0000-0000-0000-000000000001}",
		Partitions: []*fake.Partition{esp(), re, onNTFS(model.RoleWindows, 661*mib, 30*gib, 15*gib), data}}}, Facts: facts("uefi")})
	return pc.Enable(host.Place{Volume: "disk0p2", Path: wimPath})
}

// onlyC has recovery on drive C and no recovery partition.
func onlyC() *fake.PC {
	pc := onC()
	pc.Disks[0].Partitions = pc.Disks[0].Partitions[:2]
	return pc.Copy()
}

// full is an MBR disk whose four entries are taken, recovery in front of Windows.
func full() *fake.PC {
	pc := mbr()
	d := pc.Disks[0]
	system, w, re := d.Partitions[0], d.Partitions[1], d.Partitions[2]
	re.Start, w.Start = 101*mib, 661*mib
	re.ID, re.Index, w.ID, w.Index = "disk0p2", 2, "disk0p3", 3
	data := onNTFS(model.RoleData, 661*mib+30*gib, 5*gib, gib)
	data.Type = "0x07"
	d.Partitions = []*fake.Partition{system, re, w, data}
	out := *pc
	return fake.New(fake.PC{Disks: out.Disks, Facts: out.Facts}).Enable(host.Place{Volume: "disk0p2", Path: wimPath})
}
