package remedy

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"updoc/model"
	"updoc/remedy/host"
)

// seenAt is a fact read from a key of a hive on disk0p3, or from a file.
func seenAt[T any](v T, path, key string) model.Fact[T] {
	return model.Known(v, model.Origin{Artifact: "hive", Volume: "disk0p3", Path: path, Key: key})
}

const (
	systemPath   = `Windows\System32\config\SYSTEM`
	softwarePath = `Windows\System32\config\SOFTWARE`
)

// ailing is a PC whose facts all of the remedies here are content with: nothing to do.
func ailing() *model.Machine {
	m := &model.Machine{}
	m.Windows.ID = "disk0p3"
	m.OS.Build, m.OS.Language = known(int64(26100)), known("ja-JP")
	m.Services = model.Complete([]model.Service{startOf("wuauserv", 3), startOf("bits", 2), startOf("ose", 4)})
	m.Agent.DataStore, m.Agent.Catroot2 = known("dirty"), known("clean")
	m.Agent.Hosts, m.Policies = model.Complete([]model.HostLine{}), model.Complete([]model.Policy{})
	m.Filters, m.Security = model.Complete([]model.Filter{}), model.Complete([]model.SecurityProduct{})
	m.Setup.Config, m.Setup.Malformed = known(""), known(false)
	m.CBS.RegistryLimit = seenAt(int64(0), systemPath, `ControlSet001\Control:RegistrySizeLimit`)
	m.Boot.ESP, m.Boot.ESPWrongType, m.Boot.ESPFree = known(true), known(false), known(int64(60<<20))
	m.Disks = model.Complete([]model.Disk{{Table: "gpt", Partitions: []model.Partition{{ID: "disk0p1", Role: model.RoleESP, TypeGUID: "{" + espType + "}"}}}})
	m.Pending = model.Pending{CBSReboot: known(false), UpdateReboot: known(false), InProgress: known(false), OpenSessions: known(int64(0)),
		FileRenames: known(int64(3)), PendingXML: known(false), DriverOperations: known(int64(0)), Any: known(false), Survived: known(false)}
	for _, path := range []string{`Windows\SoftwareDistribution\DataStore`, `Windows\SoftwareDistribution\Download`, `Windows\System32\catroot2`,
		`Windows\System32\drivers\etc\hosts`, `Windows\WinSxS\pending.xml`, `Users\Default\SetupConfig.ini`} {
		m.Spares.Items = append(m.Spares.Items, model.Spare{Path: path, Present: known(true), Free: known(path[strings.LastIndexByte(path, '\\')+1:] + ".bak"),
			Origin: model.Origin{Volume: "disk0p3", Path: path}})
	}
	return m
}

func startOf(name string, start int64) model.Service {
	f := seenAt(start, systemPath, `ControlSet001\Services\`+name+":Start")
	return model.Service{Name: name, Present: known(true), Start: f, Origin: f.Origin}
}

func spareFor(m *model.Machine, end string) *model.Spare {
	for i := range m.Spares.Items {
		if strings.HasSuffix(m.Spares.Items[i].Path, end) {
			return &m.Spares.Items[i]
		}
	}
	panic(end)
}

func renamed(path, name string) host.Op {
	return host.Op{Kind: host.Rename, From: at("disk0p3", path), Text: name}
}

func value(kind, hive, key, name string) host.Op {
	return host.Op{Kind: kind, To: at("disk0p3", hive), Key: key, Name: name}
}

func start(service string, to uint64) host.Op {
	op := value(host.SetValue, systemHive, `ControlSet001\Services\`+service, "Start")
	op.Type, op.Number = 4, to
	return op
}

// On a PC where all is as it should be, and where nothing was seen, no remedy acts.
func TestNothingToDoAndNothingSeen(t *testing.T) {
	for _, id := range []string{"service-start-type", "av-disable-leftover-driver", "policy-value-out", "pause-end", "remove-registry-limit",
		"esp-free-room", "esp-set-type", "clear-pending-state", "hosts-line-out", "setupconfig-rename"} {
		wantOps(t, id, ailing(), nil)
		wantRefused(t, id, &model.Machine{}, nil, "refused-unseen")
	}
	for _, id := range []string{"reset-update-cache", "reset-catroot2", "esp-reserve-less"} {
		wantRefused(t, id, &model.Machine{}, nil, "refused-unseen")
	}
}

func TestResets(t *testing.T) {
	m := ailing()
	m.Agent.DataStore = known("damaged")
	spareFor(m, "DataStore").Free = known("DataStore.bak2")
	wantOps(t, "reset-update-cache", m, nil, renamed("Windows/SoftwareDistribution/DataStore", "DataStore.bak2"), renamed("Windows/SoftwareDistribution/Download", "Download.bak"))

	spareFor(m, "Download").Present = known(false)
	wantOps(t, "reset-update-cache", m, nil, renamed("Windows/SoftwareDistribution/DataStore", "DataStore.bak2"))

	spareFor(m, "DataStore").Free = known("")
	wantRefused(t, "reset-update-cache", m, nil, "refused-names-taken")
	spareFor(m, "DataStore").Free = notSeen[string]()
	wantRefused(t, "reset-update-cache", m, nil, "refused-unseen")
	m.Agent.DataStore = known("missing")
	wantOps(t, "reset-update-cache", m, nil)

	wantOps(t, "reset-catroot2", ailing(), nil, renamed("Windows/System32/catroot2", "catroot2.bak"))
	m.Agent.Catroot2 = known("missing")
	wantOps(t, "reset-catroot2", m, nil)
}

func TestSetupConfigRename(t *testing.T) {
	m := ailing()
	m.Setup.Config, m.Setup.Malformed = known(`Users\Default\SetupConfig.ini`), known(true)
	wantOps(t, "setupconfig-rename", m, nil, renamed("Users/Default/SetupConfig.ini", "SetupConfig.ini.bak"))
}

func TestHostsLineOut(t *testing.T) {
	m := ailing()
	m.Agent.Hosts.Items = []model.HostLine{{Host: "update.microsoft.com", Update: true}, {Host: "ads.example", Address: "0.0.0.0"},
		{Host: "dl.delivery.mp.microsoft.com", Update: true}, {Host: "update.microsoft.com", Update: true}}
	const hosts = "Windows/System32/drivers/etc/hosts"
	wantOps(t, "hosts-line-out", m, nil, copied(at("disk0p3", hosts), at("disk0p3", hosts+".bak")),
		host.Op{Kind: host.DropHosts, To: at("disk0p3", hosts)})
	m.Agent.Hosts.Coverage.Complete = false
	wantRefused(t, "hosts-line-out", m, nil, "refused-unseen")
}

func TestServiceStartType(t *testing.T) {
	m := ailing()
	m.Services.Items = []model.Service{startOf("wuauserv", 4), startOf("bits", 4), startOf("cryptsvc", 4), startOf("trustedinstaller", 2), startOf("ose", 4), {Name: "usosvc", Present: known(false)}}
	wantOps(t, "service-start-type", m, nil, start("wuauserv", 3), start("bits", 3), start("cryptsvc", 2))
	m.OS.Build = known(int64(7601))
	wantRefused(t, "service-start-type", m, nil, "refused-old-windows")
}

func TestDisableLeftoverDriver(t *testing.T) {
	m := ailing()
	driver := func(name string, start int64) model.Filter {
		return model.Filter{Name: name, Start: start, Altitude: 325000, Origin: seenAt(0, systemPath, `ControlSet001\Services\`+name+":Start").Origin}
	}
	m.Filters.Items = []model.Filter{driver("oldflt", 1), driver("oldhelp", 4), driver("oldweb", 3), driver("wdfilter", 0)}
	m.Security.Items = []model.SecurityProduct{{State: model.SecurityActive, Drivers: []string{"wdfilter"}}, {State: model.SecurityResidue, Drivers: []string{"oldflt", "oldhelp", "oldweb"}}}
	wantOps(t, "av-disable-leftover-driver", m, nil, start("oldflt", 4), start("oldweb", 4))
	m.Filters.Items[2].Group = "SCSI miniport"
	wantRefused(t, "av-disable-leftover-driver", m, nil, "refused-disk-driver")
	m.Filters.Items = m.Filters.Items[:1]
	wantRefused(t, "av-disable-leftover-driver", m, nil, "refused-unseen")
}

func policyAt(path, key, name, value string) model.Policy {
	return model.Policy{Key: key, Name: name, Value: value, Origin: seenAt("", path, key+":"+name).Origin}
}

func TestPolicyValueOut(t *testing.T) {
	const wu, tls = `Policies\Microsoft\Windows\WindowsUpdate`, `ControlSet002\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
	m := ailing()
	m.Policies.Items = []model.Policy{
		policyAt(softwarePath, wu, "DisableWindowsUpdateAccess", "1"), policyAt(softwarePath, wu+`\AU`, "NoAutoUpdate", "0"),
		policyAt(softwarePath, wu, "DeferQualityUpdates", "1"), policyAt(softwarePath, `Policies\Microsoft\Windows\Installer`, "DisableMSI", "1"),
		policyAt(softwarePath, `Policies\Microsoft\Windows\Installer`, "Logging", "voicewarmup"), policyAt(systemPath, tls, "Enabled", "0"),
		policyAt(softwarePath, `Policies\Microsoft\Cryptography\Configuration\SSL\00010002`, "Functions", "TLS_AES_128_GCM_SHA256"),
	}
	wantOps(t, "policy-value-out", m, nil, value(host.DeleteValue, softwareHive, wu, "DisableWindowsUpdateAccess"),
		value(host.DeleteValue, softwareHive, `Policies\Microsoft\Windows\Installer`, "DisableMSI"), value(host.DeleteValue, systemHive, tls, "Enabled"))
	for _, p := range []model.Policy{policyAt(softwarePath, wu+`\AU`, "UseWUServer", "1"), policyAt(softwarePath, `Microsoft\PolicyManager\current\device\Update`, "ActiveHoursStart", "8")} {
		managed := *m
		managed.Policies.Items = append(m.Policies.Items[:len(m.Policies.Items):len(m.Policies.Items)], p)
		wantRefused(t, "policy-value-out", &managed, nil, "refused-managed")
	}
}

func TestPauseEnd(t *testing.T) {
	m := ailing()
	m.Policies.Items = []model.Policy{policyAt(softwarePath, pauseKey, "PauseUpdatesExpiryTime", "2024-05-01T00:00:00Z"), policyAt(softwarePath, `Policies\X`, "Y", "1")}
	wantOps(t, "pause-end", m, nil, value(host.DeleteValue, softwareHive, pauseKey, "PauseUpdatesExpiryTime"))
	m.Policies.Items[1].Name = "PauseQualityUpdatesStartTime"
	wantRefused(t, "pause-end", m, nil, "refused-managed")
}

func TestControl(t *testing.T) {
	m := ailing()
	m.CBS.RegistryLimit.Value = 1 << 20
	wantOps(t, "remove-registry-limit", m, nil, value(host.DeleteValue, systemHive, `ControlSet001\Control`, "RegistrySizeLimit"))

	want := value(host.SetValue, systemHive, `ControlSet001\Control\Bfsvc`, "EspPaddingPercent")
	want.Type, want.Make = 4, true
	wantOps(t, "esp-reserve-less", m, nil, want)
	m.OS.Build = known(int64(19045))
	wantRefused(t, "esp-reserve-less", m, nil, "refused-old-windows")
}

func TestESPSetType(t *testing.T) {
	m := ailing()
	o := model.Origin{Artifact: "gpt", Offset: 1024}
	m.Boot.ESP, m.Boot.ESPWrongType = known(false), model.Known(true, o)
	m.Disks.Items[0].Partitions[0].Origin = o
	wantOps(t, "esp-set-type", m, nil, host.Op{Kind: host.SetPartitionType, Partition: "disk0p1", Text: espType})
	m.Disks.Items[0].Table = "mbr"
	wantRefused(t, "esp-set-type", m, nil, "refused-layout")
	m.Boot.ESP = known(true)
	wantRefused(t, "esp-set-type", m, nil, "refused-several-esp")
}

func TestESPFreeRoom(t *testing.T) {
	m := ailing()
	m.Boot.ESPFree = known(int64(6 << 20))
	esp := &m.Disks.Items[0].Partitions[0]
	esp.Volume.Largest = append(esp.Volume.Largest, fileOn(`EFI\Microsoft\Boot\bootmgfw.efi`, 30<<20), fileOn(`EFI\Maker\tool.efi`, 20<<20), fileOn(`EFI\UpdateCapsule\new.cap`, 20<<20),
		fileOn(`EFI\Microsoft\Boot\Fonts\jpn_boot.ttf`, 9<<20), fileOn(`EFI\Microsoft\Boot\Fonts\kor_boot.ttf`, 8<<20),
		fileOn(`EFI\Microsoft\Boot\BCD.LOG`, 8<<20), fileOn(`EFI\Maker\Firmware.CAP`, 8<<20), fileOn(`EFI\Microsoft\Boot\zh-TW\bootmgr.efi.mui`, 1<<20))
	aside := func(path string) host.Op { return host.Op{Kind: host.MoveAside, From: at("disk0p1", path)} }
	wantOps(t, "esp-free-room", m, nil, aside("EFI/Maker/Firmware.CAP"), aside("EFI/Microsoft/Boot/Fonts/kor_boot.ttf"))

	m.OS.Language = notSeen[string]()
	wantRefused(t, "esp-free-room", m, nil, "refused-esp-files")
	m.Disks.Items[0].Partitions = append(m.Disks.Items[0].Partitions, *esp)
	wantRefused(t, "esp-free-room", m, nil, "refused-several-esp")
}

func fileOn(path string, size int64) model.LargestFile {
	return model.LargestFile{Path: path, Size: size, Origin: model.Origin{Volume: "disk0p1", Path: path}}
}

func TestClearPendingState(t *testing.T) {
	queue := ailing()
	queue.Pending.DriverOperations = known(int64(2))
	dropped := value(host.DeleteKey, softwareHive, driverQueueKey, "")
	wantOps(t, "clear-pending-state", queue, nil, dropped)

	stuck := func() *model.Machine {
		m := ailing()
		m.Pending.Any, m.Pending.Survived, m.Pending.PendingXML = known(true), known(true), known(true)
		m.Pending.OpenSessions = seenAt(int64(1), softwarePath, sessionsKey+`\31089520_3303482881:Complete`)
		return m
	}
	exclusive := value(host.SetValue, softwareHive, sessionsKey, "Exclusive")
	exclusive.Type = 4
	wantOps(t, "clear-pending-state", stuck(), nil,
		value(host.DeleteKey, softwareHive, sessionsKey+`\31089520_3303482881`, ""), exclusive, renamed("Windows/WinSxS/pending.xml", "pending.xml.bak"),
		value(host.DeleteValue, componentsHive, "", "PendingXmlIdentifier"), value(host.DeleteValue, componentsHive, "", "NextQueueEntryIndex"),
		value(host.DeleteValue, componentsHive, "", "AdvancedInstallersNeedResolving"))

	for code, change := range map[string]func(*model.Pending){
		"refused-restart-first":         func(p *model.Pending) { p.Survived = known(false) },
		"refused-servicing-in-progress": func(p *model.Pending) { p.InProgress = known(true) },
		"refused-several-sessions":      func(p *model.Pending) { p.OpenSessions.Value = 2 },
		"refused-unseen":                func(p *model.Pending) { p.Survived = notSeen[bool]() },
	} {
		m := stuck()
		change(&m.Pending)
		wantRefused(t, "clear-pending-state", m, nil, code)
	}
	live := stuck()
	live.Live.Mode = known(model.ModeNormal)
	wantRefused(t, "clear-pending-state", live, nil, "refused-hive")
	live.Pending.PendingXML = known(false)
	wantOps(t, "clear-pending-state", live, nil, value(host.DeleteKey, softwareHive, sessionsKey+`\31089520_3303482881`, ""), exclusive)
	full := stuck()
	spareFor(full, "pending.xml").Free = known("")
	wantRefused(t, "clear-pending-state", full, nil, "refused-names-taken")
}

func TestFollowUp(t *testing.T) {
	f := model.FollowUp{Tool: model.Versioned{Name: "updoc", Version: "1"}, Made: time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC), Journal: "j1",
		Steps: []model.FollowUpStep{{ID: "s2", Remedy: "check-component-store", For: []string{"f1"}, TextID: "remedy.check-component-store.why"}}}
	out, err := FollowUp(ailing(), f)
	if err != nil || len(out) != 1 || out[0].Kind != host.LeaveFollowUp || out[0].To != at("disk0p3", "ProgramData/updoc/follow-up.json") {
		t.Fatalf("%+v, %v", out, err)
	}
	var back model.FollowUp
	if err := json.Unmarshal(out[0].Data, &back); err != nil || back.Schema != model.FollowUpSchema || len(back.Steps) != 1 || back.Journal != "j1" || !back.Made.Equal(f.Made) {
		t.Errorf("%+v, %v", back, err)
	}
	if out, err := FollowUp(ailing(), model.FollowUp{}); out != nil || err != nil {
		t.Errorf("without steps: %v, %v", out, err)
	}
	if _, err := FollowUp(&model.Machine{}, f); err == nil {
		t.Error("left on an unknown volume")
	}
}
