package collect

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"updoc/format/evtx"
	"updoc/format/msicode"
	"updoc/format/regf"
	"updoc/model"
)

const (
	toolCode  = "{11111111-2222-3333-4444-555555555555}"
	wordCode  = "{90160000-001B-0411-1000-0000000FF1CE}"
	c2rCode   = "{90160000-008C-0000-1000-0000000FF1CE}"
	patchCode = "{99999999-2222-3333-4444-555555555555}"
)

func packedOf(t *testing.T, code string) string {
	t.Helper()
	p, ok := msicode.Pack(code)
	if !ok {
		t.Fatal(code)
	}
	return p
}

// register writes a product as Windows Installer does.
func register(t *testing.T, root *regf.BuilderKey, code, name, cached string) *regf.BuilderKey {
	t.Helper()
	p := packedOf(t, code)
	root.Key(installerClass + `\` + p)
	k := root.Key(installerData + `\Products\` + p)
	k.Key("InstallProperties").SetString("DisplayName", name).SetString("DisplayVersion", "1.2.3").
		SetString("LocalPackage", cached).SetString("InstallSource", `D:\setup\`)
	return k
}

func TestProducts(t *testing.T) {
	root := softwareKeys()
	k := register(t, root, toolCode, "Example Tool", `C:\Windows\Installer\1a2b3c.msi`)
	k.Key(`Patches\`+packedOf(t, patchCode)).SetString("DisplayName", "Fix")
	root.Key(installerData+`\Patches\`+packedOf(t, patchCode)).SetString("LocalPackage", `C:\Windows\Installer\gone.msp`)
	register(t, root, c2rCode, "Office 16 Click-to-Run Extensibility Component", `C:\WINDOWS\Installer\GONE.msi`)
	root.Key(installerData + `\Products\notpacked`)
	src := newFake(root, systemKeys())
	src.put("Windows/Installer/1A2B3C.MSI", []byte("x"))
	m := look(t, src)
	in := m.Installer
	if !in.Products.Coverage.Complete || len(in.Products.Items) != 2 || len(in.Patches.Items) != 1 {
		t.Fatalf("%+v", in)
	}
	for _, p := range in.Products.Items {
		tool := p.Code == toolCode
		want(t, p.Name+" cached", p.Cached, tool)
		want(t, p.Name+" class", p.Class, true)
		if tool && (p.Version != "1.2.3" || p.Package != `Windows\Installer\1a2b3c.msi` || p.Source != `D:\setup\` || p.Origin.Key == "") {
			t.Errorf("%+v", p)
		}
	}
	if p := in.Patches.Items[0]; p.Code != patchCode || p.Product != toolCode || p.Name != "Fix" {
		t.Errorf("%+v", p)
	}
	want(t, "patch cached", in.Patches.Items[0].Cached, false)
	want(t, "busy", in.Busy, false)
	want(t, "office msi", m.Office.MSI, false)
	want(t, "click-to-run", m.Office.ClickToRun, false)
}

// In a copied folder without Windows\Installer nothing is known about the copies; on a
// disk all of them are gone.
func TestInstallerFolderAbsent(t *testing.T) {
	root := softwareKeys()
	register(t, root, toolCode, "Example Tool", `C:\Windows\Installer\1a2b3c.msi`)
	root.Key(installerKey + `\InProgress`)
	m := look(t, newFake(root, systemKeys()))
	want(t, "on a disk", m.Installer.Products.Items[0].Cached, false)
	want(t, "busy", m.Installer.Busy, true)
	m = look(t, newFake(root, systemKeys()).folder())
	wantUnseen(t, "in a folder", m.Installer.Products.Items[0].Cached, model.ReasonAbsent)
}

func TestProductWithoutClass(t *testing.T) {
	root := softwareKeys()
	root.Key(installerData+`\Products\`+packedOf(t, toolCode)+`\InstallProperties`).SetString("DisplayName", "Example Tool")
	m := look(t, newFake(root, systemKeys()))
	want(t, "class", m.Installer.Products.Items[0].Class, false)
	wantUnseen(t, "cached", m.Installer.Products.Items[0].Cached, model.ReasonAbsent)
}

func msi(id uint32, data ...string) evtx.Event {
	e := evtx.Event{Provider: msiInstaller, EventID: id, Time: at("10:00:00"), Level: 4, Channel: "Application", Binary: []byte(toolCode + "0011")}
	for i := range 6 {
		v := "(NULL)"
		if i < len(data) {
			v = data[i]
		}
		e.Data = append(e.Data, text("", v))
	}
	return e
}

// The strings stand where Microsoft and real logs have them; the level is always 4.
func TestInstallerEvents(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.putLog(t, applicationLog,
		msi(1033, "Tool", "1.2", "1041", "1603", "Maker"), msi(1033, "Tool", "1.2", "1041", "3010", "Maker"),
		msi(1034, "Tool", "1.2", "1041", "1612", "Maker"), msi(1035, "Tool", "1.2", "1041", "0", "Maker"), msi(1035, "Tool", "1.2", "1041", "1638", "Maker"),
		msi(1036, "Office", "16.0", "1041", "Fix (KB5002661)", "1603"), msi(1023, "Office", "Fix (KB5002661)", "1603", `C:\x.log`),
		msi(11714, "Product: Tool -- Error 1714. The older version of Tool cannot be removed.  System Error 1612."),
		msi(11714, "Producto: Tool -- Error 1714. No se puede quitar la versión anterior de Tool. Error del sistema 1612."),
		msi(11706, "製品: ツール -- エラー 1706。有効なソースが見つかりません。"),
		msi(11316, "Product: Tool -- Error 1316. The specified account already exists."),
		msi(1004, toolCode, "MainFeature", "{2}", `C:\x.dll`),
		msi(11500, "Product: Tool -- Error 1500. Another installation is in progress."), msi(11728, "ignored"))
	list := look(t, src).Installer.Events
	var got []string
	for _, e := range list.Items {
		got = append(got, fmt.Sprintf("%d %s %s %s %d %d", e.EventID, e.Kind, e.Product, e.Update, e.Status, e.System))
		if e.Guid != toolCode || e.Origin.Record == 0 {
			t.Errorf("%+v", e)
		}
	}
	const all = `1033 install-failed Tool  1603 0
1033 installed Tool  0 0
1034 remove-failed Tool  1612 0
1035 configure-failed Tool  1638 0
1036 update-failed Office Fix (KB5002661) 1603 0
1023 update-failed Office Fix (KB5002661) 1603 0
11714 old-version-stays Tool  1714 1612
11714 old-version-stays Tool  1714 1612
11706 source-missing ツール  1706 0
11316 install-failed Tool  1316 0
1004 part-missing   0 0
11500 busy Tool  1500 0`
	if strings.Join(got, "\n") != all {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if !list.Coverage.Covers(at("10:00:00")) || list.Coverage.Covers(at("10:00:00").AddDate(-1, 0, 0)) {
		t.Errorf("%+v", list.Coverage)
	}
}

const toolLog = `=== Logging started: 1/2/2024  9:59:58 ===
MSI (s) (04:24) [09:59:59:100]: Warning: Local cached package 'C:\Windows\Installer\1a2b3c.msi' is missing.
MSI (s) (04:24) [09:59:59:200]: Note: 1: 1714 2: Tool 3: 1612
Action ended 9:59:59: RemoveExistingProducts. Return value 3.
Property(S): ProductName = Tool
MSI (s) (04:24) [10:00:00:944]: MainEngineThread is returning 1603
=== Logging stopped: 1/2/2024  10:00:00 ===
`

const bundleNewer = `[0978:046C][2024-01-31T10:00:00]i001: Burn v3.10.4.4718, Windows v10.0
[0978:046C][2024-01-31T10:00:01]i102: Detected related bundle: {1}, type: Upgrade, scope: PerMachine, version: 14.38.1.0, operation: Downgrade
[0978:046C][2024-01-31T10:00:02]e000: Error 0x80070666: Cannot install a product when a newer version is installed.
[0978:046C][2024-01-31T10:00:03]i007: Exit code: 0x80070666, restarting: No
`

func TestInstallerLogs(t *testing.T) {
	src := withSystem(t, ev("Service Control Manager", 7036, now.Add(-time.Hour)))
	src.put("Windows/Temp/MSI1234.LOG", []byte(toolLog))
	src.put("Users/user/AppData/Local/Temp/dd_vcredist_amd64.log", []byte(bundleNewer))
	src.put("Users/user/AppData/Local/Temp/Microsoft .NET Framework 4.8 Setup_1.html", []byte("<p>[1/31/2024, 11:0:0] Final Result: Installation failed with error code: (0x80070643)</p>"))
	src.put("Users/user/AppData/Local/Temp/other.log", []byte("MSI is a word"))
	src.put("Windows/Temp/old.log", []byte(toolLog))
	src.volumes[src.windows]["Windows/Temp/old.log"].ModTime = now.Add(-2 * logAge)
	// 1/2/2024 is the 2nd of January or the 1st of February: the file tells.
	src.volumes[src.windows]["Windows/Temp/MSI1234.LOG"].ModTime = at("01:00:00").AddDate(0, 0, -8)
	list := look(t, src).Installer.Logs
	if len(list.Items) != 3 || !list.Coverage.Complete {
		t.Fatalf("%+v", list)
	}
	l := list.Items[0]
	if l.Kind != "msi" || !l.Failed || l.Inner != 1612 || l.Action != "RemoveExistingProducts" || l.Source != `C:\Windows\Installer\1a2b3c.msi` || l.Origin.Line != 3 {
		t.Errorf("%+v", l)
	}
	if !l.Time.Equal(time.Date(2024, 1, 2, 1, 0, 0, 0, time.UTC)) {
		t.Errorf("%v", l.Time)
	}
	if l = list.Items[1]; l.Kind != "burn" || !l.Newer || l.Result != 1638 || l.Code != "0x80070666" || l.Inner != 0 {
		t.Errorf("%+v", l)
	}
	if l = list.Items[2]; l.Kind != "dotnet" || l.Result != 1603 || !l.Failed {
		t.Errorf("%+v", l)
	}
}

// Of many logs the newest are read, and the list says that it is not whole.
func TestInstallerLogsAreBounded(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	for i := range logFileLimit + 5 {
		name := fmt.Sprintf("Windows/Temp/MSI%03d.LOG", i)
		src.put(name, []byte(toolLog))
		src.volumes[src.windows][name].ModTime = now.Add(-time.Duration(i) * time.Hour)
	}
	list := look(t, src).Installer.Logs
	if len(list.Items) != logFileLimit || list.Coverage.Complete {
		t.Errorf("%d logs, %+v", len(list.Items), list.Coverage)
	}
}

func TestDotNet(t *testing.T) {
	root := softwareKeys()
	root.Key(frameworkKey).SetDword("Release", 528372)
	root.Key(`WOW6432Node\`+runtimeKey+`\x64\sharedfx\Microsoft.NETCore.App`).SetDword("8.0.2", 1).SetDword("8.0.4", 1).SetDword("", 1)
	root.Key(runtimeKey+`\x64\sdk`).SetDword("9.0.100-preview.1.24101.2", 1)
	src := newFake(root, systemKeys())
	src.put("Windows/Microsoft.NET/Framework64/v4.0.30319/clr.dll", []byte("x"))
	src.put("Program Files/dotnet/shared/Microsoft.NETCore.App/8.0.2/coreclr.dll", []byte("x"))
	src.put("Program Files/dotnet/shared/Microsoft.NETCore.App/6.0.1/coreclr.dll", []byte("x"))
	src.volumes[src.windows]["Program Files/dotnet/shared/Microsoft.NETCore.App/8.0.4"] = &fstest.MapFile{Mode: fs.ModeDir}
	m := look(t, src)
	want(t, "release", m.DotNet.Release, 528372)
	want(t, "version", m.DotNet.Version, "4.8")
	want(t, "files", m.DotNet.Files, true)
	var got []string
	for _, r := range m.DotNet.Runtimes.Items {
		got = append(got, fmt.Sprintf("%s %s %s %v %v %v", r.Name, r.Version, r.Arch, r.Preview, r.Registered.Value, r.Files.Value))
		if !r.Registered.Known || !r.Files.Known || r.Origin.Artifact == "" {
			t.Errorf("%+v", r)
		}
	}
	const all = `Microsoft.NETCore.App 6.0.1 x64 false false true
Microsoft.NETCore.App 8.0.2 x64 false true true
Microsoft.NETCore.App 8.0.4 x64 false true false
sdk 9.0.100-preview.1.24101.2 x64 true true false`
	if strings.Join(got, "\n") != all || !m.DotNet.Runtimes.Coverage.Complete {
		t.Errorf("got\n%s\n%+v", strings.Join(got, "\n"), m.DotNet.Runtimes.Coverage)
	}
}

// A folder without Program Files\dotnet proves nothing about the files of a runtime.
func TestDotNetInAFolder(t *testing.T) {
	root := softwareKeys()
	root.Key(runtimeKey+`\x64\sharedfx\Microsoft.NETCore.App`).SetDword("8.0.4", 1)
	m := look(t, newFake(root, systemKeys()).folder())
	if r := m.DotNet.Runtimes; len(r.Items) != 1 || r.Items[0].Files.Known || r.Coverage.Complete {
		t.Errorf("%+v", r)
	}
	wantUnseen(t, "files", m.DotNet.Files, model.ReasonAbsent)
	want(t, "release", m.DotNet.Release, 0)
	m = look(t, newFake(root, systemKeys()))
	want(t, "on a disk", m.DotNet.Runtimes.Items[0].Files, false)
	want(t, "on a disk", m.DotNet.Files, false)
}

func TestFrameworkVersions(t *testing.T) {
	for release, version := range map[int64]string{0: "", 378389: "4.5", 461814: "4.7.2", 528449: "4.8", 533509: "4.8.1"} {
		if got := frameworkVersion(release); got != version {
			t.Errorf("%d: %s, want %s", release, got, version)
		}
	}
}

func TestOffice(t *testing.T) {
	root := softwareKeys()
	register(t, root, wordCode, "Microsoft Word MUI (Japanese) 2016", `C:\Windows\Installer\w.msi`)
	root.Key(clickToRun[0]).SetString("VersionToReport", "16.0.17231.20290").SetString("CDNBaseUrl", "http://officecdn.example/pr/1")
	m := look(t, newFake(root, systemKeys()))
	want(t, "msi", m.Office.MSI, true)
	want(t, "click-to-run", m.Office.ClickToRun, true)
	want(t, "version", m.Office.Version, "16.0.17231.20290")
	want(t, "channel", m.Office.Channel, "http://officecdn.example/pr/1")
	wantUnseen(t, "programs without a folder", m.Office.Programs, model.ReasonUnsupported)
	src := newFake(softwareKeys(), systemKeys())
	delete(src.volumes[src.windows], softwarePath)
	m = look(t, src)
	wantUnseen(t, "msi", m.Office.MSI, model.ReasonAbsent)
	wantUnseen(t, "click-to-run", m.Office.ClickToRun, model.ReasonAbsent)
	wantUnseen(t, "programs", m.Office.Programs, model.ReasonAbsent)
}

// Click-to-Run is broken if none of the programs is left that one of its products has.
func TestOfficePrograms(t *testing.T) {
	const folder = "Program Files/Microsoft Office/root/Office16/"
	see := func(files ...string) *model.Machine {
		root := softwareKeys()
		root.Key(clickToRun[0]).SetString("VersionToReport", "16.0.17231.20290").SetString("InstallationPath", `C:\Program Files\Microsoft Office`).
			SetString("Platform", "x64").SetString("ClientCulture", "ja-jp")
		src := newFake(root, systemKeys())
		for _, f := range files {
			src.put(f, []byte("x"))
		}
		return look(t, src)
	}
	m := see(folder+"OSPP.VBS", folder+"WinWord.exe")
	want(t, "whole", m.Office.Programs, true)
	want(t, "platform", m.Office.Platform, "x64")
	want(t, "culture", m.Office.Culture, "ja-jp")
	want(t, "programs gone", see(folder+"OSPP.VBS").Office.Programs, false)
	want(t, "folder gone", see("Program Files/Microsoft Office/root/x").Office.Programs, false)
	want(t, "all gone", see().Office.Programs, false)
	want(t, "no Office", look(t, newFake(softwareKeys(), systemKeys())).Office.Programs, false)
}
