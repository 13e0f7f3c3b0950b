package main

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"updoc/format/regf"
)

// hiveKind is one of the hives that are made large: fill adds the i-th piece of what
// such a hive holds most of, and returns one of its keys.
type hiveKind struct {
	name string
	size int
	fill func(root *regf.BuilderKey, i int) *regf.BuilderKey
}

func hiveKinds() []hiveKind {
	return []hiveKind{{"SOFTWARE", softwareSize, fillSoftware}, {"SYSTEM", systemSize, fillSystem}, {"COMPONENTS", componentsSize, fillComponents}}
}

// enlargeHive adds to a hive until it has the size of its kind.
func enlargeHive(path string, kind hiveKind) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	root, err := regf.Load(h)
	if err != nil {
		return err
	}
	grown, _ := growHive(root, kind)
	return os.WriteFile(path, grown, 0o600)
}

func (kind hiveKind) options() regf.BuildOptions {
	return regf.BuildOptions{Name: `\SystemRoot\System32\Config\` + kind.name, Time: epoch, Sequence: 41}
}

// growHive adds pieces until the hive has the size of its kind, to one per cent, and returns it with
// their number. How many it takes is judged by those that went before.
func growHive(root *regf.BuilderKey, kind hiveKind) (hive []byte, pieces int) {
	hive = regf.Build(root, kind.options())
	start, more := len(hive), 1000
	for len(hive) < kind.size-kind.size/100 {
		for range more {
			kind.fill(root, pieces)
			pieces++
		}
		hive = regf.Build(root, kind.options())
		more = 1 + (kind.size-len(hive))*pieces/(len(hive)-start)
	}
	return hive, pieces
}

// classID looks like the GUID of a class.
func classID(i int) string {
	a, b := mix(uint64(i)), mix(uint64(i)+1<<41)
	return fmt.Sprintf("{%08X-%04X-%04X-%04X-%012X}", uint32(a), uint16(a>>32), uint16(a>>48), uint16(b), b>>16)
}

// fillSoftware adds classes, side-by-side winners, installer components, and, of the
// first pieces, a package of the component store each.
func fillSoftware(root *regf.BuilderKey, i int) *regf.BuilderKey {
	class := root.Key(`Classes\CLSID`).Key(classID(i)).SetString("", fmt.Sprintf("Example Class %d", i))
	class.Key("InprocServer32").SetExpand("", fmt.Sprintf(`%%SystemRoot%%\System32\component%04d.dll`, i%4600)).SetString("ThreadingModel", "Both")
	root.Key(`Microsoft\Windows\CurrentVersion\SideBySide\Winners`).Key(fmt.Sprintf("amd64_microsoft-windows-part%05d_31bf3856ad364e35_none_%016x", i, mix(uint64(i)))).
		SetString("", "10.0").Key("10.0").SetString("", "10.0.19041.3803").SetBinary("10.0.19041.3803", []byte{1}).SetBinary("10.0.19041.1", []byte{1})
	root.Key(`Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components`).Key(fmt.Sprintf("%016X%016X", mix(uint64(i)), mix(uint64(i)+7))).
		SetString(fmt.Sprintf("%032X", i%300), fmt.Sprintf(`C:\Program Files\Example Program %d\module%03d.dll`, i%160, i%120))
	if i < 5000 {
		fillPackage(root.Key(`Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages`), i)
	}
	return class
}

// fillPackage adds one package; those of older updates are superseded.
func fillPackage(packages *regf.BuilderKey, i int) {
	name := fmt.Sprintf("Microsoft-Windows-Feature%05d-Package~31bf3856ad364e35~amd64~~10.0.19041.%d", i, 1000+i%2800)
	state := uint32(0x70)
	if i%3 == 0 {
		state = 0x50
	}
	at := epoch.Add(-time.Duration(i) * time.Hour)
	written := uint64(at.Unix()+11644473600) * 1e7
	k := packages.Key(name).SetTime(at).SetDword("CurrentState", state).SetDword("InstallTimeHigh", uint32(written>>32)).SetDword("InstallTimeLow", uint32(written))
	k.SetDword("Visibility", 2).SetDword("SelfUpdate", 0).SetDword("Trusted", 1).SetString("InstallClient", "WindowsUpdateAgent").SetString("InstallName", name+".mum")
	k.SetString("InstallLocation", `\\?\C:\Windows\SoftwareDistribution\Download\Install\`).SetString("InstallUser", "S-1-5-18")
	k.Key("Owners").SetDword(fmt.Sprintf("Package_for_RollupFix~31bf3856ad364e35~amd64~~19041.%d.1.10", 1000+i%2800), 0x20007)
}

// fillSystem adds a service, a device, and a driver of the driver store.
func fillSystem(root *regf.BuilderKey, i int) *regf.BuilderKey {
	set := root.Key("ControlSet001")
	if i < 800 {
		s := set.Key("Services").Key(fmt.Sprintf("ExampleService%d", i)).SetDword("Start", uint32(2+i%3)).SetDword("Type", 0x20).SetDword("ErrorControl", 1)
		s.SetExpand("ImagePath", `%systemroot%\system32\svchost.exe -k netsvcs -p`).SetString("ObjectName", "LocalSystem").SetMulti("DependOnService", []string{"rpcss"})
		s.Key("Parameters").SetExpand("ServiceDll", fmt.Sprintf(`%%SystemRoot%%\System32\component%04d.dll`, i))
	}
	d := set.Key(`Enum\PCI`).Key(fmt.Sprintf("VEN_%04X&DEV_%04X&SUBSYS_%08X&REV_01", i%4096, i, uint32(mix(uint64(i))))).Key("3&11583659&0&A0")
	d.SetString("DeviceDesc", fmt.Sprintf("@driver%04d.inf,%%dev%%;Example Device %d", i%800, i)).SetMulti("HardwareID", []string{fmt.Sprintf(`PCI\VEN_%04X&DEV_%04X`, i%4096, i), `PCI\VEN_8086`})
	for j := range 4 {
		d.Key(`Properties\{a8b865dd-2e3d-4094-ad97-e593a70c75d6}`).Key(fmt.Sprintf("%04x", j+2)).SetRaw("", 0xffff0012, fmt.Appendf(nil, "driver%04d.inf %d", i%800, j))
	}
	root.Key(`DriverDatabase\DriverPackages`).Key(fmt.Sprintf("driver%04d.inf_amd64_%016x", i, mix(uint64(i)))).
		SetString("", fmt.Sprintf("oem%d.inf", i)).SetBinary("Version", fmt.Appendf(nil, "%048d", i)).SetString("Provider", "Example Hardware")
	return d
}

// fillComponents adds a component with its files and the deployment it belongs to.
func fillComponents(root *regf.BuilderKey, i int) *regf.BuilderKey {
	id := fmt.Sprintf("amd64_microsoft-windows-part%05d_31bf3856ad364e35_10.0.19041.3803_none_%016x", i, mix(uint64(i)))
	c := root.Key(`DerivedData\Components`).Key(id).SetBinary("S256H", fmt.Appendf(nil, "%016x%016x", mix(uint64(i)), mix(uint64(i)+1)))
	c.SetBinary("identity", fmt.Appendf(nil, "microsoft-windows-part%05d, Culture=neutral, Version=10.0.19041.3803, PublicKeyToken=31bf3856ad364e35, ProcessorArchitecture=amd64, versionScope=NonSxS", i))
	for j := range 4 {
		c.SetBinary(fmt.Sprintf("f!file%02d.dll", j), fmt.Appendf(nil, "%08d", i+j))
	}
	c.SetRaw("c!"+fmt.Sprintf("%016x", mix(uint64(i/20))), 0, nil)
	root.Key(`CanonicalData\Deployments`).Key(fmt.Sprintf("part%05d..deployment_31bf3856ad364e35_10.0.19041.3803_%016x", i, mix(uint64(i)))).SetBinary("appid", fmt.Appendf(nil, "part%05d", i)).SetDword("CatalogThumbprint", uint32(i))
	return c
}
