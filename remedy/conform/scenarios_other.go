package conform

import (
	"slices"
	"strings"

	"updoc/model"
	"updoc/remedy/host/fake"
)

const servicing = `Microsoft\Windows\CurrentVersion\Component Based Servicing`

// otherScenarios are those of the other families.
var otherScenarios = []Scenario{
	{Name: "damaged", Remedy: "reset-update-cache", PC: withFiles(func(m *model.Machine) { m.Agent.DataStore = known("damaged") },
		"Windows/SoftwareDistribution/DataStore/DataStore.edb", "Windows/SoftwareDistribution/DataStore/Logs/edb.log",
		"Windows/SoftwareDistribution/Download/x/y.cab", "Windows/SoftwareDistribution/DataStore.bak/DataStore.edb"),
		Expect: func(m *model.Machine) bool { return m.Agent.DataStore.Value == "missing" && !present(m, `DataStore`) }},
	{Name: "damaged", Remedy: "reset-catroot2", PC: withFiles(func(m *model.Machine) { m.Agent.Catroot2 = known("damaged") },
		"Windows/System32/catroot2/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}/catdb", "Windows/System32/CatRoot/x.cat"),
		Expect: func(m *model.Machine) bool { return m.Agent.Catroot2.Value == "missing" }},
	{Name: "malformed", Remedy: "setupconfig-rename", PC: withFiles(func(m *model.Machine) {
		m.Setup.Config, m.Setup.Malformed = known(`Users\Default\AppData\Local\Microsoft\Windows\WSUS\SetupConfig.ini`), known(true)
	}, "Users/Default/AppData/Local/Microsoft/Windows/WSUS/SetupConfig.ini"), Expect: func(m *model.Machine) bool { return m.Setup.Config.Value == "" }},
	{Name: "two servers on one line", Remedy: "hosts-line-out", PC: withHosts, Expect: func(m *model.Machine) bool {
		return len(m.Agent.Hosts.Items) == 2 && !slices.ContainsFunc(m.Agent.Hosts.Items, func(h model.HostLine) bool { return h.Update })
	}},
	{Name: "disabled", Remedy: "service-start-type", PC: withHives, Expect: func(m *model.Machine) bool {
		return !slices.ContainsFunc(m.Services.Items, func(s model.Service) bool { return s.Start.Value == 4 && s.Name != "ose" })
	}},
	{Name: "two drivers", Remedy: "av-disable-leftover-driver", PC: withHives, Expect: func(m *model.Machine) bool {
		return m.Security.Items[0].State == model.SecurityHarmless && len(m.Filters.Items) == 2
	}},
	{Name: "access switched off", Remedy: "policy-value-out", PC: withHives, Expect: func(m *model.Machine) bool {
		return !hasPolicy(m, "DisableWindowsUpdateAccess") && hasPolicy(m, "AUOptions")
	}},
	{Name: "paused", Remedy: "pause-end", PC: withHives, Expect: func(m *model.Machine) bool {
		return !slices.ContainsFunc(m.Policies.Items, func(p model.Policy) bool { return strings.HasPrefix(p.Name, "Pause") })
	}},
	{Name: "limited", Remedy: "remove-registry-limit", PC: withHives, Expect: func(m *model.Machine) bool { return m.CBS.RegistryLimit.Value == 0 }},
	{Name: "no key yet", Remedy: "esp-reserve-less", PC: withHives, Expect: func(*model.Machine) bool { return true }},
	{Name: "basic data", Remedy: "esp-set-type", PC: func() *fake.PC {
		pc := gpt()
		part(pc, 1).Role, part(pc, 1).Type = model.RoleData, "{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}"
		return pc.Copy()
	}, Expect: func(m *model.Machine) bool { return m.Boot.ESP.Value && !m.Boot.ESPWrongType.Value }},
	{Name: "fonts of other languages", Remedy: "esp-free-room", PC: crowdedESP, Expect: func(m *model.Machine) bool { return m.Boot.ESPFree.Value >= 20<<20 }},
	{Name: "stuck", Remedy: "clear-pending-state", PC: stuck, Expect: func(m *model.Machine) bool {
		return !m.Pending.Any.Value && m.Pending.DriverOperations.Value == 0 && m.Pending.OpenSessions.Value == 0
	}},
}

func present(m *model.Machine, end string) bool {
	return slices.ContainsFunc(m.Spares.Items, func(s model.Spare) bool { return strings.HasSuffix(s.Path, end) && s.Present.Value })
}

func hasPolicy(m *model.Machine, name string) bool {
	return slices.ContainsFunc(m.Policies.Items, func(p model.Policy) bool { return p.Name == name })
}

// withFiles is a PC with those files on the Windows volume.
func withFiles(facts func(*model.Machine), paths ...string) func() *fake.PC {
	return func() *fake.PC {
		pc := gpt()
		facts(&pc.Facts)
		for _, path := range paths {
			part(pc, 2).Files[strings.ToLower(path)] = &fake.File{Path: path, Content: []byte(path), ACL: []byte{5}}
		}
		return pc.Copy()
	}
}

func withHosts() *fake.PC {
	const path = "Windows/System32/drivers/etc/hosts"
	pc := withFiles(func(*model.Machine) {}, path)()
	part(pc, 2).Files[strings.ToLower(path)].Content = []byte("# mine\r\n192.168.0.2 nas # at home\r\n" +
		"0.0.0.0 fe2.update.microsoft.com ads.example.com\r\n0.0.0.0 download.windowsupdate.com\r\n")
	return pc
}

// withHives has services that are disabled, leftover drivers, policies and a pause.
func withHives() *fake.PC {
	pc := withFiles(func(m *model.Machine) {
		m.OS.Build = known(int64(26100))
		m.Security = model.Complete([]model.SecurityProduct{{Vendor: "someone", State: model.SecurityResidue, Drivers: []string{"avflt", "avmon"}}})
	}, systemHive, softwareHive)()
	start := func(n uint32) map[string]fake.Value { return map[string]fake.Value{"Start": fake.Number(n)} }
	driver := func() map[string]fake.Value {
		return map[string]fake.Value{"Start": fake.Number(1), "Type": fake.Number(2), "Group": fake.Text("FSFilter Anti-Virus")}
	}
	part(pc, 2).Files[strings.ToLower(systemHive)].Hive = fake.Hive{
		`ControlSet001\Control`:           {"RegistrySizeLimit": fake.Number(1 << 27)},
		`ControlSet001\Services\wuauserv`: start(4), `ControlSet001\Services\CryptSvc`: start(4), `ControlSet001\Services\BITS`: start(2),
		`ControlSet001\Services\ose`: start(4), `ControlSet001\Services\avflt`: driver(), `ControlSet001\Services\avmon`: driver(),
	}
	part(pc, 2).Files[strings.ToLower(softwareHive)].Hive = fake.Hive{
		`Policies\Microsoft\Windows\WindowsUpdate`:    {"DisableWindowsUpdateAccess": fake.Number(1)},
		`Policies\Microsoft\Windows\WindowsUpdate\AU`: {"AUOptions": fake.Number(4)},
		`Microsoft\WindowsUpdate\UX\Settings`: {"PauseUpdatesExpiryTime": fake.Text("2026-12-31T00:00:00Z"), "PauseFeatureUpdatesEndTime": fake.Text("x"),
			"ActiveHoursStart": fake.Number(8)},
	}
	return pc.Copy()
}

// crowdedESP has hardly any room; some files are of no use here.
func crowdedESP() *fake.PC {
	pc := gpt()
	p := part(pc, 1)
	for path, size := range map[string]uint64{`EFI/Microsoft/Boot/Fonts/kor_boot.ttf`: 3 * mib, `EFI/Microsoft/Boot/Fonts/jpn_boot.ttf`: 3 * mib,
		`EFI/HP/firmware.cap`: 16 * mib, `EFI/HP/tool.efi`: 5 * mib} {
		p.Files[strings.ToLower(path)] = &fake.File{Path: path, Size: size}
	}
	p.Used = 69 * mib
	return pc.Copy()
}

// stuck has a session that no restart ended, with its queue of files and drivers.
func stuck() *fake.PC {
	pc := withFiles(func(m *model.Machine) { m.Pending.Survived = known(true) }, softwareHive, componentsHive, "Windows/WinSxS/pending.xml")()
	part(pc, 2).Files[strings.ToLower(softwareHive)].Hive = fake.Hive{
		servicing + `\RebootPending`:            {},
		servicing + `\SessionsPending`:          {"Exclusive": fake.Number(3)},
		servicing + `\SessionsPending\30\inner`: {"x": fake.Number(1)},
		servicing + `\SessionsPending\30`:       {"Complete": fake.Number(0)},
		servicing + `\DriverOperations\1`:       {"INF": fake.Text("oem1.inf")},
	}
	part(pc, 2).Files[strings.ToLower(componentsHive)].Hive = fake.Hive{"": {"PendingXmlIdentifier": fake.Text("abc"), "NextQueueEntryIndex": fake.Number(7),
		"StoreArchitecture": fake.Number(9)}}
	return pc.Copy()
}
