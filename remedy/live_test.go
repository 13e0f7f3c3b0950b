package remedy

import (
	"slices"
	"strings"
	"testing"
	"time"

	"updoc/model"
	"updoc/remedy/host"
)

// awake is ailing with its Windows running, all as it should be.
func awake() *model.Machine {
	m := ailing()
	l := &m.Live
	l.Mode, l.Remote, l.Conversion, l.Protected = known(model.ModeNormal), known(false), known(false), known(true)
	for _, name := range []string{"bits", "cryptsvc", "dosvc", "usosvc", "wuauserv"} {
		l.Services.Items = append(l.Services.Items, model.ServiceState{Name: name, State: "running"})
	}
	l.Services.Coverage.Complete, l.Security.Coverage.Complete = true, true
	l.Security.Items = []model.Guard{{Name: "Someone's", Active: true}}
	m.OS.Architecture, m.OS.Family, m.OS.QualityCompat = known("amd64"), known("windows-11"), known(true)
	m.Windows.Dirty = known(false)
	m.Pending.Any, m.Installer.Busy = known(false), known(false)
	m.Installer.Products = model.Complete([]model.MSIProduct{{Code: "{90160000-0011-0000-1000-0000000FF1CE}"}, {Code: "{90160000-001F-0411-1000-0000000FF1CE}"}})
	m.DotNet.Files, m.DotNet.Release, m.DotNet.Runtimes = known(true), known(int64(533320)), model.Complete([]model.Runtime{})
	d := &m.Defender
	d.Service, d.Files, d.Off, d.PlatformMissing = known(true), known(true), known(false), known(false)
	m.Office.MSI, m.Office.ClickToRun = known(false), known(false)
	m.Agent.Proxy, m.EndOfLife = known(""), model.Complete([]model.AppxEntry{})
	m.Attempts = model.Complete([]model.Attempt{{KB: "KB1", UpdateID: "old", End: at0(1)}, {KB: "KB1", UpdateID: "new", End: at0(2)}, {KB: "KB1", UpdateID: "store", Store: true, End: at0(3)}})
	return m
}

func at0(hour int) time.Time { return time.Date(2026, 11, 1, hour, 0, 0, 0, time.UTC) }

func stop(name string) host.Op {
	return host.Op{Kind: host.StopService, Name: name, Seconds: briefly}
}

func begin(name string) host.Op {
	return host.Op{Kind: host.StartService, Name: name, Seconds: briefly}
}

// Where nothing is wrong nothing is done.
func TestLiveNothingToDo(t *testing.T) {
	for _, id := range []string{"restart", "wait-for-installer", "dotnet-repair-framework", "dotnet-reinstall-runtime", "defender-reset-platform",
		"defender-install-feature", "av-set-compat-flag", "proxy-direct", "remove-end-of-life", "repair-volume"} {
		wantOps(t, id, awake(), nil)
	}
	m := awake()
	m.Live.Protected = known(false)
	wantOps(t, "secure-boot-suspend-bitlocker", m, nil)
}

// What was not seen is not guessed, WinPE is not the Windows that is to be repaired.
func TestLiveUnseen(t *testing.T) {
	for _, r := range All() {
		m := &model.Machine{}
		m.Live.Mode = known(model.ModeNormal)
		ops, err := r.Ops(m, model.Args{"kb": "KB1"})
		if err == nil && !slices.Contains([]string{"clock-set", "reset-transaction-logs", "check-volume"}, r.ID) {
			t.Errorf("%s: %v", r.ID, ops)
		}
	}
	m := awake()
	m.Live.Mode.Value = model.ModePE
	wantRefused(t, "clock-set", m, nil, "refused-needs-windows")
}

// Services are stopped so that none wakes another, and only those that ran start again.
func TestResetRunning(t *testing.T) {
	m := awake()
	m.Agent.DataStore = known("damaged")
	spareFor(m, "DataStore").Present.Value = false
	m.Live.Services.Items[0].State = "stopped" // bits
	wantOps(t, "reset-update-cache", m, nil, stop("usosvc"), stop("wuauserv"), stop("dosvc"), stop("cryptsvc"),
		renamed("Windows/SoftwareDistribution/Download", "Download.bak"), begin("cryptsvc"), begin("dosvc"), begin("wuauserv"), begin("usosvc"))
	m.Live.Services.Coverage.Complete = false
	wantRefused(t, "reset-update-cache", m, nil, "refused-unseen")
	m.Live = model.Live{}
	wantOps(t, "reset-update-cache", m, nil, renamed("Windows/SoftwareDistribution/Download", "Download.bak"))
	spareFor(m, "Download").Present.Value = false
	m = awake()
	m.Agent.Catroot2 = known("missing")
	wantOps(t, "reset-catroot2", m, nil)
}

func TestRetry(t *testing.T) {
	m, p := awake(), model.Args{"kb": "KB1"}
	install := func(id string) []host.Op {
		return []host.Op{{Kind: host.InstallUpdate, Name: id, Seconds: longest}, {Kind: host.RestartWindows, Maybe: true}}
	}
	wantOps(t, "retry-update", m, p, install("new")...)
	m.Live.Offered.Items = []model.Offer{{UpdateID: "offer", KB: "kb1"}}
	wantOps(t, "retry-update", m, p, install("offer")...)
	wantOps(t, "winre-defer", m, p, host.Op{Kind: host.HideUpdate, Name: "offer"})
	wantRefused(t, "retry-update", m, model.Args{"kb": "KB2"}, "refused-not-offered")
	wantOps(t, "retry-update", m, model.Args{"kb": "", "update": "driver"}, install("driver")...)
	wantRefused(t, "retry-update", m, nil, "refused-stale-plan")
	m.Live.Remote = known(true)
	wantRefused(t, "winre-defer", m, p, "refused-remote-session")
	m.Live.System = known(true)
	wantOps(t, "retry-update", m, p, install("offer")...)
	m.Live.Mode.Value = model.ModeSafe
	wantRefused(t, "av-pause", m, p, "refused-safe-mode")
}

// The reminder comes before the pause; the run does not end before protection is back.
func TestPause(t *testing.T) {
	m, p := awake(), model.Args{"kb": "KB1"}
	got := ops(t, "av-pause", m, p)
	kinds := []string{}
	for _, op := range got {
		kinds = append(kinds, op.Kind+" "+op.Until)
	}
	if want := "remind antivirus-active,await-person antivirus-paused,install-update ,await-person antivirus-active,restart-windows "; strings.Join(kinds, ",") != want {
		t.Errorf("%q", kinds)
	}
	m.Live.Security.Items[0].ID = "{d68ddc3a-831f-4fae-9e44-da132c1acf46}"
	wantRefused(t, "av-pause", m, p, "refused-only-defender")
	m.Live.Security.Items[0] = model.Guard{Name: "Someone's"}
	wantRefused(t, "av-pause", m, p, "refused-no-antivirus")
}

func TestStore(t *testing.T) {
	m := awake()
	p := model.Args{"install-wim": `D:\install.wim`, "install-wim-image": 6.0, "install-wim-build": 26100.0}
	got := ops(t, "repair-component-store", m, p)
	if args := strings.Join(got[0].Args, " "); args != `/Online /Cleanup-Image /RestoreHealth /Source:wim:D:\install.wim:6 /LimitAccess /NoRestart` || !slices.Contains(got[0].Restarts, 3010) {
		t.Errorf("%q %v", args, got[0].Restarts)
	}
	p["install-wim-build"] = 19045.0
	wantRefused(t, "repair-component-store", m, p, "refused-other-windows")
	delete(p, "install-wim-build")
	wantRefused(t, "repair-component-store", m, p, "refused-stale-plan")
	m.OS.Build = known(int64(7601))
	wantRefused(t, "check-component-store", m, nil, "refused-old-windows")
	for _, op := range slices.Concat(got, ops(t, "clock-set", m, nil)) {
		if op.Kind == host.RunTool && op.Seconds <= 0 {
			t.Errorf("%s has no time limit", op.Name)
		}
	}
}

func TestDefender(t *testing.T) {
	m := awake()
	wantOps(t, "defender-update-platform", m, nil, signatureUpdate())
	m.Live.Offered.Items = []model.Offer{{UpdateID: "p", KB: platformKB}}
	wantOps(t, "defender-update-platform", m, nil, host.Op{Kind: host.InstallUpdate, Name: "p", Seconds: longer}, signatureUpdate())
	m.Live.Remote = known(true)
	wantOps(t, "defender-update-platform", m, nil, signatureUpdate())
	m.Defender.PlatformMissing = known(true)
	wantRefused(t, "defender-refresh-definitions", m, nil, "refused-platform-first")
	m.Defender.Off = known(true)
	wantRefused(t, "defender-refresh-definitions", m, nil, "refused-defender-off")
	m.Defender.Off, m.Defender.Passive = known(false), known(true)
	wantRefused(t, "defender-update-platform", m, nil, "refused-defender-off")
	m.Defender.Service = known(false)
	wantRefused(t, "defender-install-feature", m, nil, "refused-not-a-server")
}

func TestInstallerAndOffice(t *testing.T) {
	m, p := awake(), model.Args{"msi-package": `D:\Product.MSI`}
	wantOps(t, "msi-rebuild-cache", m, p, msiexec("/fv", `D:\Product.MSI`), restartIfAsked())
	wantRefused(t, "msi-rebuild-cache", m, nil, "refused-needs-file")
	wantRefused(t, "msi-rebuild-cache", m, model.Args{"msi-package": "setup.exe"}, "refused-wrong-file")
	m.Installer.Busy = known(true)
	wantRefused(t, "msi-resupply-package", m, p, "refused-installer-busy")
	wantRefused(t, "office-repair", m, nil, "refused-office-kind")
	wantRefused(t, "office-update-itself", m, nil, "refused-office-kind")
	wantRefused(t, "office-quick-repair", m, nil, "refused-office-kind")
	m.Office.MSI = known(true)
	wantOps(t, "office-repair", m, nil, msiexec("/fa", "{90160000-0011-0000-1000-0000000FF1CE}"), restartIfAsked())
	m.Installer.Products.Items[1].Code = "{90150000-0012-0000-1000-0000000FF1CE}"
	wantRefused(t, "office-repair", m, nil, "refused-office-suites")
}

// Click-to-Run repairs itself with what it has; what the registry says of it is only passed
// on in a known form.
func TestQuickRepair(t *testing.T) {
	m := awake()
	m.Office.ClickToRun, m.Office.Programs, m.Office.Platform, m.Office.Culture = known(true), known(false), known("x64"), known("zh-Hans-CN")
	got := ops(t, "office-quick-repair", m, nil)
	if want := "scenario=Repair platform=x64 culture=zh-Hans-CN RepairType=QuickRepair forceappshutdown=False DisplayLevel=False"; len(got) != 1 || got[0].Name != "officeclicktorun" ||
		strings.Join(got[0].Args, " ") != want || !got[0].Maybe || got[0].Seconds != 3600 {
		t.Errorf("%+v", got)
	}
	for _, culture := range []string{"", "ja-jp /online", "ja"} {
		m.Office.Culture = known(culture)
		if got := ops(t, "office-quick-repair", m, nil); strings.Join(got[0].Args, " ") != "scenario=Repair RepairType=QuickRepair forceappshutdown=False DisplayLevel=False" {
			t.Errorf("%q: %q", culture, got[0].Args)
		}
	}
	m.Office.Programs = known(true)
	wantOps(t, "office-quick-repair", m, nil)
	m.Office.Programs.Known = false
	wantRefused(t, "office-quick-repair", m, nil, "refused-unseen")
}

func TestStandalone(t *testing.T) {
	const hash = "de14dbd6ed5ef56d1a5c0d9a1ce1ed8e7e0e4a6a"
	m := awake()
	args := func(name, sha1 string) model.Args {
		return model.Args{"standalone-package": `D:\` + name, "standalone-package-sha1": sha1}
	}
	cab, msu := "windows10.0-kb4577586-x64_"+hash+".cab", "Windows11.0-KB5034122-x64_"+hash+".msu"
	for _, name := range []string{cab, msu} { // on Windows 11 24H2 DISM takes both
		wantOps(t, "install-standalone", m, args(name, strings.ToUpper(hash)), dism("/Add-Package", `/PackagePath:D:\`+name), restartIfAsked())
	}
	wantOps(t, "reinstall-missing-package", m, args("windows10.0-kb4577586-v2-x64-ndp48_"+hash+".cab", hash),
		dism("/Add-Package", `/PackagePath:D:\windows10.0-kb4577586-v2-x64-ndp48_`+hash+".cab"), restartIfAsked())
	wantRefused(t, "install-standalone", m, args("kb.msu", hash), "refused-package-name")
	wantRefused(t, "install-standalone", m, args(cab, ""), "refused-package-hash")
	wantRefused(t, "install-standalone", m, args("windows10.0-kb4577586-arm64_"+hash+".cab", hash), "refused-package-other")
	m.OS.Build = known(int64(19045))
	wantRefused(t, "install-standalone", m, args(msu, hash), "refused-package-other")
	name := strings.Replace(msu, "Windows11", "Windows10", 1)
	got := ops(t, "install-servicing-stack", m, args(name, hash))
	if got[0].Name != "wusa" || slices.Contains(got[0].Args, "/extract") || !slices.Equal(got[0].Exits, []uint32{0, 2359302}) || !slices.Equal(got[0].Restarts, []uint32{3010}) {
		t.Errorf("%+v", got[0])
	}
	measured, err := Standalone(strings.NewReader("abc"), 3)
	if err != nil || len(measured) != 1 || measured["standalone-package-sha1"] != "a9993e364706816aba3e25717850c26c9cd0d89d" { // FIPS 180-4
		t.Errorf("%v, %v", measured, err)
	}
}

// An encrypted Windows volume may be changed by its own Windows only, and is protected
// again right behind.
func TestProtectionAroundPartitions(t *testing.T) {
	m, p := pc(), enlargement()
	plain := ops(t, "winre-enlarge", m, p)
	windows := "disk0p2"
	m.Windows.BitLocker.Encrypted = known(true)
	wantRefused(t, "winre-enlarge", m, p, "refused-encrypted")
	m.Live.Mode, m.Live.Protected, m.Live.Conversion = known(model.ModeNormal), known(true), known(false)
	want := append([]host.Op{{Kind: host.SuspendProtection, Partition: windows, Number: 1}}, plain...)
	wantOps(t, "winre-enlarge", m, p, append(want, host.Op{Kind: host.ResumeProtection, Partition: windows})...)
	m.Live.Protected = known(false)
	wantOps(t, "winre-enlarge", m, p, plain...)
	m.Live.Conversion = known(true)
	wantRefused(t, "winre-enlarge", m, p, "refused-converting")
	m.Live.Conversion = model.Fact[bool]{}
	wantRefused(t, "winre-enlarge", m, p, "refused-unseen")
}
