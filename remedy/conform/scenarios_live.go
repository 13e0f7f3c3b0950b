package conform

import (
	"slices"
	"strings"

	"updoc/model"
	"updoc/remedy/host/fake"
)

const (
	updateKB  = "KB5034441"
	updateID  = "aaaaaaaa-0000-0000-0000-000000000001"
	eventLog  = `Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore\EndOfLife\S-1-5-21-1`
	proxyKey  = `Microsoft\Windows\CurrentVersion\Internet Settings\Connections`
	catroot2  = "Windows/System32/catroot2"
	cachePath = "Windows/SoftwareDistribution"
)

// live lets the Windows of a PC run, protected by BitLocker and with the services that
// updating needs, one of which wakes another.
func live(pc *fake.PC, change ...func(*fake.PC)) *fake.PC {
	pc.Facts.Attempts = model.Complete([]model.Attempt{{ID: "1", KB: updateKB, UpdateID: updateID, Outcome: model.AttemptFailed}})
	pc.Running = &fake.Running{
		Services: []*fake.Service{
			{Name: "usosvc", Start: 2, Runs: true, Wakes: []string{"wuauserv"}},
			{Name: "wuauserv", Start: 3, Runs: true, Holds: []string{cachePath + "/DataStore"}, Makes: map[string]string{cachePath + "/DataStore/DataStore.edb": "new"}},
			{Name: "bits", Start: 3, Runs: true, Holds: []string{cachePath + "/Download"}},
			{Name: "dosvc", Start: 2, Runs: true},
			{Name: "appidsvc", Start: 3},
			{Name: "cryptsvc", Start: 2, Runs: true, Dependents: []string{"appidsvc"}, Holds: []string{catroot2},
				Makes: map[string]string{catroot2 + "/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}/catdb": "new"}},
			{Name: "w32time", Start: 3},
		},
		Guards:    []*fake.Guard{{Name: "Someone's Antivirus", Active: true}},
		Protected: map[string]*fake.Protection{windows: {}},
		Updates:   []*fake.Update{{ID: updateID, KB: updateKB, Restart: true}},
	}
	for _, f := range change {
		f(pc)
	}
	return pc.Copy()
}

// sick is a running gpt PC with facts and tools of its own.
func sick(facts func(*model.Machine), tools ...fake.Tool) func() *fake.PC {
	return func() *fake.PC {
		return live(gpt(), func(pc *fake.PC) {
			facts(&pc.Facts)
			pc.Running.Tools = tools
		})
	}
}

// locals are files that the person names.
func locals(pc func() *fake.PC, paths ...string) func() *fake.PC {
	return func() *fake.PC {
		out := pc()
		out.Locals = map[string]fake.File{}
		for _, path := range paths {
			out.Locals[path] = fake.File{Content: []byte("a file")}
		}
		return out
	}
}

func same(*model.Machine) {}

// Tools as they behave.
var (
	sfcTool     = fake.Tool{Name: "sfc", Args: "/scannow", Exit: 1}
	restoreTool = fake.Tool{Name: "dism", Args: "/Online /Cleanup-Image /RestoreHealth", Exit: 3010, Late: true, Do: func(m *model.Machine) {
		m.CBS.Corruption = model.Complete([]model.CBSCorruption{{Detected: 2, Repaired: 2}})
		m.DotNet.Files, m.DotNet.Release = known(true), known(int64(533320))
	}}
	definitionsTool = fake.Tool{Name: "mpcmdrun", Args: "-SignatureUpdate", Do: func(m *model.Machine) {
		m.Defender.Intelligence = known("1.421.1.0")
	}}
)

func installedNow(m *model.Machine) bool {
	return slices.ContainsFunc(m.Attempts.Items, func(a model.Attempt) bool { return a.KB == updateKB && a.Outcome == model.AttemptInstalled })
}

func defender(on bool) func(*model.Machine) {
	return func(m *model.Machine) {
		d := &m.Defender
		d.Service, d.Files, d.Off, d.Passive, d.PlatformMissing, d.Intelligence = known(true), known(true), known(!on), known(false), known(false), known("1.3.0.0")
	}
}

func newDefinitions(m *model.Machine) bool {
	return m.Defender.Intelligence.Value == "1.421.1.0" && !m.Defender.PlatformMissing.Value
}

func repairedStore(m *model.Machine) bool { return len(m.CBS.Corruption.Items) == 1 }

// packageArgs name a stand-alone package whose hash and signature were looked at.
func packageArgs(name string) model.Args {
	sha1 := name[strings.LastIndexByte(name, '_')+1:]
	return model.Args{"standalone-package": "/media/" + name, "standalone-package-sha1": sha1[:40]}
}

const (
	msuName = "windows10.0-kb5034122-x64_eb599ec83d383f0f25691c184f656d40384f9435.msu" // the hash is that of what locals puts there
	cabName = "windows10.0-kb4577586-x64_eb599ec83d383f0f25691c184f656d40384f9435.cab"
)

func packageIn(m *model.Machine) {
	m.Packages = model.Complete([]model.Package{{Name: "Package_for_RollupFix", State: "installed"}})
}

func hasPackage(m *model.Machine) bool { return len(m.Packages.Items) == 1 }

func withPackage(name string, t fake.Tool) func() *fake.PC {
	return locals(sick(same, t), "/media/"+name)
}

// runningHives are those of a Windows in which CryptSvc runs: it cannot be disabled there.
func runningHives() *fake.PC {
	pc := withHives()
	delete(part(pc, 2).Files[strings.ToLower(systemHive)].Hive, `ControlSet001\Services\CryptSvc`)
	return pc
}

// crowded has a service and a startup entry of somebody else; the update goes in only
// while that service does not run.
func crowded() *fake.PC {
	pc := runningHives()
	files := part(pc, 2).Files
	files[strings.ToLower(systemHive)].Hive[`ControlSet001\Services\Syncer`] = map[string]fake.Value{"Start": fake.Number(2), "DelayedAutoStart": fake.Number(1)}
	files[strings.ToLower(softwareHive)].Hive[`Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run`] =
		map[string]fake.Value{"Approved": {Type: 3, Data: []byte{2, 0, 0, 0}}}
	at := func(key string) model.Origin {
		return model.Origin{Artifact: "hive", Volume: windows, Path: systemHive, Key: key}
	}
	maker := known("Sync Ltd")
	pc.Facts.Startup = model.Startup{
		Services: model.Complete([]model.AutoService{{Name: "syncer", Company: maker, Delayed: model.Known(int64(1), at(`ControlSet001\Services\Syncer:DelayedAutoStart`)),
			Origin: at(`ControlSet001\Services\Syncer:Start`)}}),
		Entries: model.Complete([]model.StartupEntry{{Name: "Approved", Kind: model.StartupRun, Company: maker, Approved: "02000000"},
			{Name: "Tray.lnk", Kind: model.StartupFolder}}),
	}
	return live(pc, func(pc *fake.PC) {
		pc.Running.Services = append(pc.Running.Services, &fake.Service{Name: "syncer", Start: 2, Runs: true})
		pc.Running.Updates[0].Cure = func(_ *model.Machine, r *fake.Running) bool { return !r.Services[len(r.Services)-1].Runs }
	})
}

// liveScenarios are those that only a running Windows can do, and the others on one.
var liveScenarios = []Scenario{
	{Name: "restart waits", Remedy: "restart", Lasts: true, PC: func() *fake.PC {
		return live(gpt(), func(pc *fake.PC) {
			pc.Facts.Pending.Any = known(true)
			pc.Running.Later(func(m *model.Machine) { m.Pending.Any = known(false) })
		})
	}, Expect: func(m *model.Machine) bool { return !m.Pending.Any.Value }},
	{Name: "another one runs", Remedy: "wait-for-installer", Anew: true, PC: sick(func(m *model.Machine) { m.Installer.Busy = known(true) }),
		Expect: func(m *model.Machine) bool { return !m.Installer.Busy.Value }, Lasts: true},
	{Name: "offered", Remedy: "retry-update", Lasts: true, PC: sick(same), Params: model.Args{"kb": updateKB}, Expect: func(m *model.Machine) bool {
		return len(m.Live.Offered.Items) == 0 && installedNow(m)
	}},
	{Name: "offered", Remedy: "winre-defer", PC: sick(same), Params: model.Args{"kb": updateKB}, Expect: func(m *model.Machine) bool { return m.Live.Offered.Items[0].Hidden }},
	{Name: "scan", Remedy: "check-component-store", Lasts: true, Anew: true, PC: sick(same, fake.Tool{Name: "dism", Args: "/ScanHealth", Do: func(m *model.Machine) {
		m.CBS.Corruption = model.Complete([]model.CBSCorruption{{}})
	}}), Expect: repairedStore},
	{Name: "from Windows Update", Remedy: "repair-component-store", Lasts: true, Anew: true, PC: sick(same, restoreTool, sfcTool), Expect: repairedStore},
	{Name: "from media", Remedy: "repair-component-store", Lasts: true, Anew: true, PC: sick(same,
		fake.Tool{Name: "dism", Args: "/RestoreHealth /Source:wim:D:\\sources\\install.wim:6 /LimitAccess", Do: restoreTool.Do}, sfcTool),
		Params: model.Args{"install-wim": `D:\sources\install.wim`, "install-wim-image": int64(6), "install-wim-build": int64(19045)}, Expect: repairedStore},
	{Name: "files gone", Remedy: "dotnet-repair-framework", Lasts: true, PC: locals(sick(func(m *model.Machine) {
		m.DotNet.Files, m.DotNet.Release = known(false), known(int64(533320))
	}, restoreTool, sfcTool, fake.Tool{Name: "program", Args: "/q /n"}), "/media/NetFxRepairTool.exe"), Params: model.Args{"netfx-repair-tool": "/media/NetFxRepairTool.exe"},
		Expect: func(m *model.Machine) bool { return m.DotNet.Files.Value }},
	{Name: "folder empty", Remedy: "dotnet-reinstall-runtime", Lasts: true, PC: locals(sick(func(m *model.Machine) {
		m.DotNet.Runtimes = model.Complete([]model.Runtime{{Name: "Microsoft.NETCore.App", Registered: known(true), Files: known(false)}})
	}, fake.Tool{Name: "program", Args: "/repair /quiet /norestart", Do: func(m *model.Machine) { m.DotNet.Runtimes.Items[0].Files = known(true) }}), "/media/dotnet.exe"),
		Params: model.Args{"dotnet-installer": "/media/dotnet.exe"}, Expect: func(m *model.Machine) bool { return m.DotNet.Runtimes.Items[0].Files.Value }},
	{Name: "platform offered", Remedy: "defender-update-platform", Lasts: true, Anew: true, PC: func() *fake.PC {
		pc := sick(defender(true), definitionsTool)()
		pc.Running.Updates[0].KB, pc.Running.Updates[0].Restart = "KB4052623", false
		return pc
	}, Expect: func(m *model.Machine) bool { return newDefinitions(m) && len(m.Live.Offered.Items) == 0 }},
	{Name: "old ones", Remedy: "defender-refresh-definitions", Lasts: true, Anew: true, PC: sick(defender(true), definitionsTool,
		fake.Tool{Name: "mpcmdrun", Args: "-RemoveDefinitions -DynamicSignatures"}), Expect: newDefinitions},
	{Name: "platform gone", Remedy: "defender-reset-platform", Lasts: true, PC: sick(func(m *model.Machine) {
		defender(true)(m)
		m.Defender.PlatformMissing = known(true)
	}, definitionsTool, fake.Tool{Name: "mpcmdrun", Args: "-ResetPlatform", Do: func(m *model.Machine) { m.Defender.PlatformMissing = known(false) }}), Expect: newDefinitions},
	{Name: "server", Remedy: "defender-install-feature", Lasts: true, PC: sick(func(m *model.Machine) { m.OS.Family, m.Defender.Service = known("server"), known(false) },
		fake.Tool{Name: "dism", Args: "/Enable-Feature /FeatureName:Windows-Defender /All", Exit: 3010, Late: true, Do: func(m *model.Machine) { m.Defender.Service = known(true) }}),
		Expect: func(m *model.Machine) bool { return m.Defender.Service.Value }},
	{Name: "it holds a file", Remedy: "av-pause", Lasts: true, Anew: true, PC: func() *fake.PC {
		pc := sick(same)()
		pc.Running.Updates[0].Cure = func(_ *model.Machine, r *fake.Running) bool { return !r.Guards[0].Active }
		return pc
	}, Params: model.Args{"kb": updateKB}, Expect: func(m *model.Machine) bool { return m.Live.Security.Items[0].Active && installedNow(m) }},
	{Name: "another service is in the way", Remedy: "clean-boot", Lasts: true, Anew: true, PC: crowded, Params: model.Args{"kb": updateKB}, Expect: installedNow},
	{Name: "no mark", Remedy: "av-set-compat-flag", PC: func() *fake.PC {
		return live(runningHives(), func(pc *fake.PC) { pc.Facts.OS.QualityCompat = known(false) })
	}, Expect: func(*model.Machine) bool { return true }},
	{Name: "kept package gone", Remedy: "msi-rebuild-cache", Lasts: true, Anew: true, PC: uncached, Params: model.Args{"msi-package": "/media/product.msi"}, Expect: cached},
	{Name: "kept package gone", Remedy: "msi-resupply-package", Lasts: true, Anew: true, PC: uncached, Params: model.Args{"msi-package": "/media/product.msi"}, Expect: cached},
	{Name: "one suite", Remedy: "office-repair", Lasts: true, Anew: true, PC: sick(func(m *model.Machine) {
		m.Office.MSI = known(true)
		m.Installer.Products = model.Complete([]model.MSIProduct{{Code: "{90160000-0011-0000-1000-0000000FF1CE}", Cached: known(false)},
			{Code: "{90160000-001F-0411-1000-0000000FF1CE}", Cached: known(true)}})
	}, fake.Tool{Name: "msiexec", Args: "/fa {90160000-0011-0000-1000-0000000FF1CE} /qn /norestart", Exit: 3010, Do: recachedProduct}), Expect: cached},
	{Name: "old version", Remedy: "office-update-itself", Lasts: true, Anew: true, PC: sick(func(m *model.Machine) { m.Office.ClickToRun = known(true) },
		fake.Tool{Name: "office", Args: "/update user", Exit: 7, Do: func(m *model.Machine) { m.Office.Version = known("16.0.18025.20160") }}),
		Expect: func(m *model.Machine) bool { return m.Office.Version.Known }},
	{Name: "programs gone", Remedy: "office-quick-repair", Lasts: true, Anew: true, PC: sick(func(m *model.Machine) {
		m.Office.ClickToRun, m.Office.Programs, m.Office.Platform, m.Office.Culture = known(true), known(false), known("x64"), known("ja-jp")
	}, fake.Tool{Name: "officeclicktorun", Args: "scenario=Repair platform=x64 culture=ja-jp RepairType=QuickRepair forceappshutdown=False DisplayLevel=False", Exit: 7,
		Do: func(m *model.Machine) { m.Office.Programs = known(true) }}),
		Expect: func(m *model.Machine) bool { return m.Office.Programs.Value }},
	{Name: "cab", Remedy: "install-standalone", Lasts: true, Anew: true, PC: withPackage(cabName,
		fake.Tool{Name: "dism", Args: "/Add-Package /PackagePath:/media/" + cabName, Exit: 3010, Late: true, Do: packageIn}), Params: packageArgs(cabName), Expect: hasPackage},
	{Name: "msu", Remedy: "install-standalone", Lasts: true, Anew: true, PC: withPackage(msuName,
		fake.Tool{Name: "wusa", Args: "/media/" + msuName + " /quiet /norestart", Exit: 3010, Late: true, Do: packageIn}), Params: packageArgs(msuName), Expect: hasPackage},
	{Name: "msu", Remedy: "install-servicing-stack", Lasts: true, Anew: true, PC: withPackage(msuName,
		fake.Tool{Name: "wusa", Args: "/quiet", Exit: 0, Do: packageIn}), Params: packageArgs(msuName), Expect: hasPackage},
	{Name: "msu", Remedy: "reinstall-missing-package", Lasts: true, Anew: true, PC: withPackage(msuName,
		fake.Tool{Name: "wusa", Args: "/quiet", Exit: 0x240006, Do: packageIn}), Params: packageArgs(msuName), Expect: hasPackage},
	{Name: "inbox apps", Remedy: "remove-end-of-life", PC: func() *fake.PC {
		pc := runningHives()
		part(pc, 2).Files[strings.ToLower(softwareHive)].Hive[eventLog+`\Microsoft.People_1`] = map[string]fake.Value{"a": fake.Text("b")}
		return live(pc)
	}, Expect: func(m *model.Machine) bool { return len(m.EndOfLife.Items) == 0 }},
	{Name: "left behind", Remedy: "proxy-direct", PC: func() *fake.PC {
		pc := runningHives()
		part(pc, 2).Files[strings.ToLower(softwareHive)].Hive[proxyKey] = map[string]fake.Value{"WinHttpSettings": {Type: 3, Data: []byte("10.0.0.1:8080")}}
		return live(pc)
	}, Expect: func(m *model.Machine) bool { return m.Agent.Proxy.Known && m.Agent.Proxy.Value == "" }},
	{Name: "key gone", Remedy: "restore-wimmount", PC: func() *fake.PC { return live(runningHives()) }, Expect: func(m *model.Machine) bool {
		return slices.ContainsFunc(m.Filters.Items, func(f model.Filter) bool { return f.Name == "wimmount" && f.Group == "FSFilter Infrastructure" })
	}},
	{Name: "service stands still", Remedy: "clock-set", Lasts: true, Anew: true, PC: sick(same, fake.Tool{Name: "w32tm", Args: "/resync", Do: func(m *model.Machine) {
		m.Live.SkewSeconds = known(int64(0))
	}}), Expect: func(m *model.Machine) bool { return m.Live.SkewSeconds.Known }},
	{Name: "full", Remedy: "reset-transaction-logs", Lasts: true, Anew: true, PC: sick(same, fake.Tool{Name: "fsutil", Args: "resource setautoreset true", Late: true, Do: func(m *model.Machine) {
		m.CBS.TxLogs = known(int64(1 << 20))
	}}), Expect: func(m *model.Machine) bool { return m.CBS.TxLogs.Known }},
	{Name: "scan", Remedy: "check-volume", Lasts: true, Anew: true, PC: sick(same, fake.Tool{Name: "chkdsk", Args: "%SystemDrive% /scan", Exit: 13, Do: func(m *model.Machine) {
		m.Storage.Checks = model.Complete([]model.Note{{Kind: "checked"}})
	}}), Expect: func(m *model.Machine) bool { return len(m.Storage.Checks.Items) == 1 }},
	{Name: "marked", Remedy: "repair-volume", Lasts: true, PC: func() *fake.PC {
		pc := sick(same)()
		part(pc, 2).Dirty = true
		return pc
	}, Expect: func(m *model.Machine) bool { return !m.Windows.Dirty.Value }},
	{Name: "foreign layers", Remedy: "reset-network", Lasts: true, Anew: true, PC: sick(func(m *model.Machine) { m.Policies = model.Complete([]model.Policy{}) },
		fake.Tool{Name: "netsh", Args: "winsock reset", Late: true, Do: func(m *model.Machine) { m.Agent.Transfers = model.Complete([]model.Note{}) }}),
		Expect: func(m *model.Machine) bool { return m.Agent.Transfers.Coverage.Complete }},
	{Name: "protected", Remedy: "secure-boot-suspend-bitlocker", Lasts: true, Anew: true, PC: func() *fake.PC {
		pc := sick(same)()
		pc.Running.Later(func(m *model.Machine) { m.Hardware.CA2023 = known("Updated") })
		return pc
	}, Expect: func(m *model.Machine) bool { return m.Hardware.CA2023.Known && m.Live.Protected.Value }},

	// What works on a disk too.
	{Name: "running", Remedy: "reset-update-cache", Anew: true, PC: func() *fake.PC {
		return live(withFiles(func(m *model.Machine) { m.Agent.DataStore = known("damaged") }, cachePath+"/DataStore/DataStore.edb",
			cachePath+"/Download/x/y.cab", cachePath+"/DataStore.bak/DataStore.edb")())
	}, Expect: func(m *model.Machine) bool { return !present(m, `Download`) && present(m, `DataStore`) }},
	{Name: "running", Remedy: "reset-catroot2", Anew: true, PC: func() *fake.PC {
		return live(withFiles(func(m *model.Machine) { m.Agent.Catroot2 = known("damaged") }, catroot2+"/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}/catdb", "Windows/System32/CatRoot/x.cat")())
	}, Expect: func(m *model.Machine) bool { return present(m, `catroot2`) }},
	{Name: "running", Remedy: "winre-add-safe-os-update", PC: func() *fake.PC {
		pc := live(gpt())
		part(pc, 3).Size, part(pc, 3).FSSize = 700*mib, 700*mib
		pc.Locals = map[string]fake.File{"/media/kb.cab": {Content: []byte("a cabinet")}}
		return pc
	}, Params: model.Args{"safe-os-update": "/media/kb.cab"}, Expect: func(m *model.Machine) bool { return on(m) && m.WinRE.Image.Version.Value == "10.0.19041.9999" }},
	{Name: "running, left by a repair", Remedy: "winre-add-safe-os-update", PC: func() *fake.PC {
		pc := withFiles(same, "ProgramData/updoc/safe-os/kb.cab")()
		part(pc, 3).Size, part(pc, 3).FSSize = 700*mib, 700*mib
		return live(pc)
	}, Params: model.Args{"package": `\ProgramData\updoc\safe-os\kb.cab`}, Expect: on},
	{Name: "running, protected", Remedy: "winre-enlarge", PC: encrypted, Params: enlargement(), Expect: works},
	{Name: "running, protected", Remedy: "winre-new-partition", PC: func() *fake.PC {
		return live(before(), func(pc *fake.PC) { pc.Running.Protected = map[string]*fake.Protection{"disk0p3": {}} })
	}, Params: newPlace(mib*661, ""), Expect: worksAfter},
	{Name: "running, protected", Remedy: "winre-recompress", PC: func() *fake.PC { return live(loose("none", 900*mib)) }, Expect: works},
}

func encrypted() *fake.PC {
	return live(gpt(), func(pc *fake.PC) { part(pc, 2).Encrypted = true })
}

func uncached() *fake.PC {
	return locals(sick(func(m *model.Machine) {
		m.Installer.Busy = known(false)
		m.Installer.Products = model.Complete([]model.MSIProduct{{Code: "{1}", Cached: known(false)}})
	}, fake.Tool{Name: "msiexec", Args: "/fv /media/product.msi /qn /norestart", Exit: 3010, Do: recachedProduct}), "/media/product.msi")()
}

func recachedProduct(m *model.Machine) { m.Installer.Products.Items[0].Cached = known(true) }

func cached(m *model.Machine) bool { return m.Installer.Products.Items[0].Cached.Value }
