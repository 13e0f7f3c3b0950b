package casekit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"updoc/format/regf"
)

// hives are the registry hives of the Windows volume, by file name.
type hives struct {
	software, system, components *regf.BuilderKey
}

const controlSet = "ControlSet001"

// makeHives builds the trees. With unflushed it leaves in the changes that only the
// transaction logs hold.
func (w *world) makeHives(unflushed bool) hives {
	h := hives{software: regf.NewRoot("ROOT"), system: regf.NewRoot("ROOT"), components: regf.NewRoot("ROOT")}
	w.fillSoftware(h.software)
	w.fillSystem(h.system)
	w.fillComponents(h.components)
	for _, c := range w.Registry {
		if c.Unflushed != On || unflushed {
			w.change(h, c)
		}
	}
	return h
}

// splitKey divides HKLM\SOFTWARE\x into the hive SOFTWARE and the path x, with
// CurrentControlSet resolved.
func splitKey(key string) (hive, path string, ok bool) {
	key = strings.TrimPrefix(strings.TrimPrefix(key, `HKEY_LOCAL_MACHINE\`), `HKLM\`)
	hive, path, ok = strings.Cut(key, `\`)
	hive = strings.ToUpper(hive)
	if hive == "SYSTEM" {
		if rest, current := strings.CutPrefix(path, `CurrentControlSet\`); current {
			path = controlSet + `\` + rest
		}
	}
	return hive, path, ok && path != "" && (hive == "SOFTWARE" || hive == "SYSTEM" || hive == "COMPONENTS")
}

func (h hives) root(name string) *regf.BuilderKey {
	return map[string]*regf.BuilderKey{"SOFTWARE": h.software, "SYSTEM": h.system, "COMPONENTS": h.components}[name]
}

// change carries out one change of the text.
func (w *world) change(h hives, c RegistryChange) {
	hive, path, _ := splitKey(c.Key)
	if c.Delete == On && c.Name == "" {
		parent, name := h.root(hive), path
		if i := strings.LastIndexByte(path, '\\'); i >= 0 {
			parent, name = parent.Key(path[:i]), path[i+1:]
		}
		parent.Delete(name)
		return
	}
	k := h.root(hive).Key(path)
	if !c.At.IsZero() {
		k.SetTime(c.At.In(w.zone))
	}
	switch {
	case c.Delete == On:
		k.DeleteValue(c.Name)
	case c.Text != nil:
		k.SetString(c.Name, *c.Text)
	case c.Number != nil:
		k.SetDword(c.Name, *c.Number)
	case c.List != nil:
		k.SetMulti(c.Name, c.List)
	case c.Hex != "":
		raw, _ := unhex(c.Hex) // checked when the text was read
		k.SetBinary(c.Name, raw)
	}
}

// files returns the hive files below System32\config, dirty ones with their logs.
func (w *world) hiveFiles() map[string][]byte {
	before, after := w.makeHives(false), w.makeHives(true)
	dirty := map[string]bool{}
	for _, c := range w.Registry {
		if hive, _, _ := splitKey(c.Key); c.Unflushed == On {
			dirty[hive] = true
		}
	}
	files := map[string][]byte{}
	for _, name := range []string{"SOFTWARE", "SYSTEM", "COMPONENTS"} {
		o := regf.BuildOptions{Name: `\SystemRoot\System32\Config\` + name, Time: w.since, Sequence: 41}
		if !dirty[name] {
			files[name], files[name+".LOG1"], files[name+".LOG2"] = regf.Build(after.root(name), o), []byte{}, []byte{}
			continue
		}
		d := regf.BuildDirty(before.root(name), after.root(name), o)
		files[name], files[name+".LOG1"], files[name+".LOG2"] = d.Hive, d.Log1, d.Log2
	}
	return files
}

// fillSystem builds HKLM\SYSTEM as far as anyone looks.
func (w *world) fillSystem(root *regf.BuilderKey) {
	sel := root.Key("Select")
	for _, name := range []string{"Current", "Default", "LastKnownGood"} {
		sel.SetDword(name, 1)
	}
	sel.SetDword("Failed", 0)
	root.Key("Setup").SetDword("SystemSetupInProgress", 0).SetDword("OOBEInProgress", 0).SetString("CmdLine", "")
	control := root.Key(controlSet + `\Control`)
	control.SetDword("BootDriverFlags", 0x1c).SetString("SystemBootDevice", "multi(0)disk(0)rdisk(0)partition(3)")
	control.Key(`ComputerName\ComputerName`).SetString("ComputerName", w.Name)
	control.Key(`ComputerName\ActiveComputerName`).SetString("ComputerName", w.Name)
	control.Key(`Nls\Language`).SetString("InstallLanguage", languageID(w.OS.Language)).SetString("Default", languageID(w.OS.Language))
	control.Key(`FileSystem`).SetDword("LongPathsEnabled", 0)
	control.Key(`SecureBoot\State`).SetDword("UEFISecureBootEnabled", map[bool]uint32{true: 1}[w.OS.Firmware == "uefi"])
	control.SetDword("PEFirmwareType", map[bool]uint32{true: 2, false: 1}[w.OS.Firmware == "uefi"])
	w.fillZone(control.Key("TimeZoneInformation"))
	w.fillSessionManager(control)
	w.fillServices(root.Key(controlSet + `\Services`))
	w.fillMounts(root.Key("MountedDevices"))
	w.fillHardware(root)
}

func languageID(tag string) string {
	return or(map[string]string{"en-US": "0409", "ja-JP": "0411", "de-DE": "0407", "fr-FR": "040c"}[tag], "0409")
}

func (w *world) fillZone(k *regf.BuilderKey) {
	standard, summer, now := biases(w.zone, w.now)
	k.SetDword("Bias", uint32(standard)).SetDword("ActiveTimeBias", uint32(now))
	k.SetDword("StandardBias", 0).SetDword("DaylightBias", uint32(summer-standard))
	k.SetString("TimeZoneKeyName", w.Zone).SetString("StandardName", "@tzres.dll,-632").SetString("DaylightName", "@tzres.dll,-631")
	k.SetDword("DynamicDaylightTimeDisabled", 0)
}

func (w *world) fillSessionManager(control *regf.BuilderKey) {
	k := control.Key("Session Manager")
	k.SetMulti("BootExecute", []string{"autocheck autochk *"}).SetDword("ProtectionMode", 1)
	k.Key("Power").SetDword("HiberbootEnabled", 0)
	control.Key("Power").SetDword("HibernateEnabled", 0)
	k.Key(`Memory Management`).SetMulti("PagingFiles", []string{`?:\pagefile.sys`})
	env := k.Key("Environment")
	env.SetString("PROCESSOR_ARCHITECTURE", map[string]string{"amd64": "AMD64", "arm64": "ARM64", "x86": "x86"}[w.OS.Arch])
	env.SetString("OS", "Windows_NT").SetExpand("windir", "%SystemRoot%")
	if len(w.Pending.Renames) == 0 {
		return
	}
	var list []string
	for _, r := range w.Pending.Renames {
		from, to, moved := strings.Cut(r, " -> ")
		list = append(list, `\??\`+from)
		if moved {
			list = append(list, `!\??\`+to)
		} else {
			list = append(list, "")
		}
	}
	k.SetMulti("PendingFileRenameOperations", list)
}

// serviceKey is the healthy state of a service. Source: artifacts.md §2.
type serviceKey struct {
	name           string
	start, kind    uint32
	delayed        bool
	image, depends string
}

const hosted = `%systemroot%\system32\svchost.exe -k `

func services() []serviceKey {
	return []serviceKey{
		{"wuauserv", 3, 0x20, false, hosted + "netsvcs -p", "rpcss"},
		{"BITS", 3, 0x20, true, hosted + "netsvcs -p", "RpcSs"},
		{"CryptSvc", 2, 0x20, false, hosted + "NetworkService -p", "RpcSs"},
		{"msiserver", 3, 0x10, false, `%systemroot%\system32\msiexec.exe /V`, "rpcss"},
		{"TrustedInstaller", 3, 0x10, false, `%SystemRoot%\servicing\TrustedInstaller.exe`, ""},
		{"UsoSvc", 2, 0x20, true, hosted + "netsvcs -p", "rpcss"},
		{"DoSvc", 2, 0x20, true, hosted + "NetworkService -p", "rpcss"},
		{"WaaSMedicSvc", 3, 0x20, false, hosted + "wusvcs -p", "rpcss"},
		{"AppReadiness", 3, 0x20, false, hosted + "AppReadiness -p", ""},
		{"AppIDSvc", 3, 0x20, false, hosted + "LocalServiceNetworkRestricted -p", "RpcSs"},
		{"AppXSvc", 3, 0x20, false, hosted + "wsappx -p", "rpcss"},
		{"wlidsvc", 3, 0x20, false, hosted + "netsvcs -p", "RpcSs"},
		{"RpcSs", 2, 0x20, false, hosted + "rpcss -p", "RpcEptMapper"},
		{"RpcEptMapper", 2, 0x20, false, hosted + "RPCSS -p", ""},
		{"DcomLaunch", 2, 0x20, false, hosted + "DcomLaunch -p", ""},
		{"EventLog", 2, 0x20, false, hosted + "LocalServiceNetworkRestricted -p", ""},
		{"Schedule", 2, 0x20, false, hosted + "netsvcs -p", "RPCSS"},
		{"BFE", 2, 0x20, false, hosted + "LocalServiceNoNetworkFirewall -p", "RpcSs"},
		{"mpssvc", 2, 0x20, false, hosted + "LocalServiceNoNetworkFirewall -p", "bfe"},
		{"Winmgmt", 2, 0x20, false, hosted + "netsvcs -p", "RPCSS"},
		{"VSS", 3, 0x10, false, `%systemroot%\system32\vssvc.exe`, "RPCSS"},
		{"swprv", 3, 0x10, false, hosted + "swprv", "RPCSS"},
		{"W32Time", 3, 0x20, false, hosted + "LocalService", ""},
		{"WinDefend", 2, 0x10, false, `"%ProgramData%\Microsoft\Windows Defender\Platform\4.18.24010.12-0\MsMpEng.exe"`, "RpcSs"},
		{"WdNisSvc", 3, 0x10, false, `"%ProgramData%\Microsoft\Windows Defender\Platform\4.18.24010.12-0\NisSrv.exe"`, "WdNisDrv"},
		{"WdFilter", 0, 0x02, false, `system32\drivers\wd\WdFilter.sys`, "FltMgr"},
		{"SecurityHealthService", 3, 0x10, false, `%SystemRoot%\system32\SecurityHealthService.exe`, "RpcSs"},
		{"wscsvc", 2, 0x20, true, hosted + "LocalServiceNetworkRestricted -p", "RpcSs"},
		{"WIMMount", 3, 0x02, false, `system32\drivers\wimmount.sys`, ""},
		{"uhssvc", 4, 0x10, false, `"%ProgramFiles%\Microsoft Update Health Tools\uhssvc.exe"`, ""},
	}
}

func (w *world) fillServices(k *regf.BuilderKey) {
	for _, s := range services() {
		w.fillService(k.Key(s.name), s)
	}
	filter := k.Key("WdFilter").SetString("Group", "FSFilter Anti-Virus").Key("Instances").SetString("DefaultInstance", "WdFilter Instance")
	filter.Key("WdFilter Instance").SetString("Altitude", "328010").SetDword("Flags", 0)
	for name, s := range w.Services {
		if s.Deleted {
			k.Delete(name)
			continue
		}
		k.Key(name).SetDword("Start", uint32(s.Start))
	}
}

func (w *world) fillService(k *regf.BuilderKey, s serviceKey) {
	k.SetDword("Start", s.start).SetDword("Type", s.kind).SetDword("ErrorControl", 1).SetExpand("ImagePath", s.image)
	if s.delayed {
		k.SetDword("DelayedAutostart", 1)
	}
	if s.depends != "" {
		k.SetMulti("DependOnService", []string{s.depends})
	}
	if s.kind != 0x02 {
		k.SetString("ObjectName", "LocalSystem")
	}
}

// fillMounts names drive C: by the identifiers of its partition.
func (w *world) fillMounts(k *regf.BuilderKey) {
	p := w.windows()
	l := w.disks[p.disk]
	id := append([]byte("DMIO:ID:"), guidBytes(p.guid)...)
	if l.Table == tableMBR {
		id = make([]byte, 12)
		putLE(id[:4], uint64(l.signature))
		putLE(id[4:], uint64(p.start))
	}
	k.SetBinary(`\DosDevices\C:`, id)
}

func putLE(b []byte, v uint64) {
	for i := range b {
		b[i] = byte(v >> (8 * i))
	}
}

// fillComponents builds just enough of the component store's hive to be one.
func (w *world) fillComponents(root *regf.BuilderKey) {
	root.SetString("StoreFormatVersion", "0.0.0.6")
	root.Key(`CanonicalData\Deployments`)
	root.Key(`DerivedData\Components`)
	root.Key(`Installers`)
	root.Key("ServicingStackVersions").SetString(w.stackVersion(), w.since.Format("2006/1/2:15:04:05.000")+" 10.0")
}

// stackVersion is the servicing stack that belongs to the build.
func (w *world) stackVersion() string {
	return fmt.Sprintf("10.0.%d.%d", w.branch(), w.OS.UBR-2)
}

// branch is the build that packages are named after: 22H2 and 21H2 share 19041.
func (w *world) branch() int {
	switch b := w.OS.Build; {
	case b >= 19041 && b <= 19045:
		return 19041
	case b >= 26100 && b < 28000:
		return 26100
	default:
		return b
	}
}

// fileTimeParts are the two halves of a FILETIME.
func fileTimeParts(t time.Time) (high, low uint32) {
	v := fileTime(t)
	return uint32(v >> 32), uint32(v)
}

func fileTime(t time.Time) uint64 {
	return uint64(t.Unix()+11644473600)*1e7 + uint64(t.Nanosecond()/100)
}

func itoa(n int) string { return strconv.Itoa(n) }
