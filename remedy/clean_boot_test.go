package remedy

import (
	"testing"

	"updoc/model"
	"updoc/remedy/host"
)

func auto(name, company, file string, needs ...string) model.AutoService {
	f := startOf(name, 2).Start
	s := model.AutoService{Name: name, File: file, Company: known(company), Delayed: known(int64(0)), Needs: needs, Origin: f.Origin}
	if company == "?" {
		s.Company = model.Fact[string]{}
	}
	return s
}

// crowdedPC has a service for each reason to leave one on, and two that may go.
func crowdedPC() *model.Machine {
	m := awake()
	guarded := auto("edr", "Quiet Guard", "")
	guarded.Protected = true
	m.Filters.Items = []model.Filter{{Name: "backupflt", Company: known("Backup House, Inc.")}}
	m.Security.Items = []model.SecurityProduct{{Vendor: "Norton / Symantec"}}
	m.Startup.Services = model.Complete([]model.AutoService{
		auto("sync", "Sync Ltd", `Program Files\Sync\sync.exe`, "rpcss"), auto("nameless", "", `Tools\x.exe`), auto("helper", "Sync Ltd", ""),
		guarded, auto("nvcontainer", "NVIDIA Corporation", ""), auto("backup", "Backup House", "", "helper"), auto("av", "Symantec Corporation", ""),
		auto("hid", "Someone", `Windows\System32\DriverStore\FileRepository\x\hid.exe`), auto("lost", "?", ""),
	})
	m.Startup.Services.Items[0].Delayed = seenAt(int64(1), systemPath, `ControlSet001\Services\sync:DelayedAutoStart`)
	m.Startup.Entries = model.Complete([]model.StartupEntry{
		{Name: "Sync", Kind: model.StartupRun32, Company: known("Sync Ltd"), Approved: "060000000000000000000000"},
		{Name: "Av", Kind: model.StartupRun, Company: known("NortonLifeLock")}, {Name: "Lost", Kind: model.StartupRun},
		{Name: "a.lnk", Kind: model.StartupFolder},
	})
	return m
}

// Only what may be off is; everything is put back with the bytes it had, the update failed
// or not.
func TestCleanBoot(t *testing.T) {
	software := at("disk0p3", softwareHive)
	off := switchedOff(crowdedPC())
	entry := func(kind, key, name string, data []byte) host.Op {
		op := host.Op{Kind: kind, To: software, Key: approvedKey + key, Name: name}
		if kind == host.SetValue {
			op.Type, op.Data, op.Make = regBinary, data, true
		}
		return op
	}
	start := func(name string, n uint64) host.Op { return setStart(startOf(name, 2).Start.Origin, n) }
	delay := host.Op{Kind: host.SetValue, To: at("disk0p3", systemHive), Key: `ControlSet001\Services\sync`, Name: "DelayedAutoStart", Type: regDword, Number: 1}
	wantOps(t, "clean-boot", crowdedPC(), model.Args{"kb": "KB1"},
		delay, start("sync", 4), start("nameless", 4), entry(host.SetValue, "Run32", "Sync", off), entry(host.SetValue, "StartupFolder", "a.lnk", off),
		host.Op{Kind: host.RestartWindows}, host.Op{Kind: host.InstallUpdate, Name: "new", Seconds: longest, Maybe: true}, host.Op{Kind: host.RestartWindows, Maybe: true},
		start("sync", 2), delay, start("nameless", 2),
		entry(host.SetValue, "Run32", "Sync", []byte{6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}), entry(host.DeleteValue, "StartupFolder", "a.lnk", nil),
		host.Op{Kind: host.RestartWindows})
}

func TestCleanBootRefused(t *testing.T) {
	p := model.Args{"kb": "KB1"}
	m := crowdedPC()
	m.Startup.Services.Items, m.Startup.Entries.Items = m.Startup.Services.Items[3:5], nil
	wantOps(t, "clean-boot", m, p)
	for _, change := range []func(*model.Machine){
		func(m *model.Machine) { m.Startup.Services.Coverage.Complete = false },
		func(m *model.Machine) { m.Startup.Entries.Coverage.Complete = false },
		func(m *model.Machine) { m.Filters.Coverage.Complete = false },
		func(m *model.Machine) { m.Startup.Entries.Items[0].Approved = "0g" },
	} {
		m := crowdedPC()
		change(m)
		wantRefused(t, "clean-boot", m, p, "refused-unseen")
	}
	m = crowdedPC()
	m.Live.Remote = known(true)
	wantRefused(t, "clean-boot", m, p, "refused-remote-session")
}
