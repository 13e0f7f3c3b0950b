package cli

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"updoc/disk/table"
	"updoc/format/bcd"
	"updoc/format/ese"
	"updoc/format/evtx"
	"updoc/format/pe"
	"updoc/format/reagent"
	"updoc/format/regf"
	"updoc/format/reportingevents"
	"updoc/format/wim"
	"updoc/model"
	"updoc/source/bundle"
	"updoc/testkit"
)

var builtAt = time.Date(2024, 3, 20, 10, 0, 0, 0, time.UTC)

// builtBytes are small files of every kind, by name.
func builtBytes(t testing.TB) map[string][]byte {
	t.Helper()
	dirty := builtDirty()
	return map[string][]byte{
		"Setup.evtx":    builtEvents(t),
		"SYSTEM":        dirty.Hive,
		"system.log1":   dirty.Log1,
		"System.Log2":   dirty.Log2,
		"BCD":           builtBCD(t),
		"servicing.log": []byte(builtCBS),
		"history.log":   builtHistory(),
		"recovery.log":  []byte(builtRecovery),
		"setuperr.log":  []byte(builtSetup),
		"update.log":    []byte(builtUpdateLog),
		"stub.log":      testkit.UTF16("\ufeff"+builtStub, binary.LittleEndian),
		"service.log":   []byte("2024-03-20T10:00:00.125Z Engine update failed hr = 0x8050a003\r\n"),
		"ReAgent.xml":   reagent.New().Format(),
		"Winre.wim":     builtWIM(t),
		"truncated.wim": builtWIM(t)[:700],
		"program.dll":   builtPE(t),
		"bundle.zip":    builtBundle(t),
		"DataStore.edb": builtDatabase(t),
	}
}

// builtStub is MpSigStub.log with a run that failed.
const builtStub = "Start time: 2024-03-20 10:00:00Z\r\nProcess: 4fd0.1\r\nCommand: /stub 1.1 /payload 1.407.1.0 /program C:\\x\\AM_Delta.exe WD\r\n" +
	"ERROR 0x8007051a : 'Microsoft Windows Defender (RS1+)' failed to update.\r\nFailedFunction: ValidateUpdate\r\nEnd time: 2024-03-20 10:01:00Z\r\n"

// builtFiles writes them into a folder, with a disk and a Windows tree beside them, and
// returns the path of each.
func builtFiles(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	paths := map[string]string{}
	for name, content := range builtBytes(t) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.ToLower(name), "system.log") {
			paths[name] = filepath.Join(dir, name)
		}
	}
	paths["disk.img"] = builtDisk(t, filepath.Join(dir, "disk.img"))
	paths["pc"] = builtFolder(t, filepath.Join(dir, "pc"))
	return paths
}

func builtEvents(t testing.TB) []byte {
	t.Helper()
	var events []evtx.Event
	for i := range 3 {
		events = append(events, evtx.Event{Provider: "Microsoft-Windows-Servicing", EventID: uint32(i + 1), Level: 4, Channel: "Setup",
			Computer: "DESKTOP-EXAMPLE1", Time: builtAt.Add(time.Duration(i) * time.Minute),
			Data: []evtx.Item{{Name: "package", Type: evtx.TypeString, Value: "KB5034441"}}})
	}
	raw, err := evtx.Build(events, evtx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// builtDirty is a hive whose logs bring Select\Current from 1 to 2.
func builtDirty() regf.Dirty {
	tree := func(current uint32) *regf.BuilderKey {
		root := regf.NewRoot("ROOT")
		root.Key("Select").SetDword("Current", current)
		root.Key("Setup").SetString("CmdLine", "")
		return root
	}
	return regf.BuildDirty(tree(1), tree(2), regf.BuildOptions{Name: "SYSTEM"})
}

func builtBCD(t testing.TB) []byte {
	t.Helper()
	guid := func(b byte) bcd.GUID { return bcd.GUID{b, b, b, b} }
	root, err := bcd.Typical{UEFI: true, RecoveryEnabled: true, Loader: guid(0x11), WinRE: guid(0x22), Options: guid(0x33),
		Windows: bcd.Partition{ID: guid(0x44), Disk: guid(0x55)}, Recovery: bcd.Partition{ID: guid(0x66), Disk: guid(0x55)}}.Writer().Root()
	if err != nil {
		t.Fatal(err)
	}
	return regf.Build(root, regf.BuildOptions{Name: "BCD"})
}

const builtCBS = "2024-03-20 20:03:00, Info                  CBS    Session: 31095_1 initialized by client WindowsUpdateAgent, external staging directory: (null), external registry directory: (null)\r\n" +
	"2024-03-20 20:03:01, Error                 CBS    Insufficient disk space to complete the operation, package: Package_for_KB5034441~31bf3856ad364e35~amd64~~10.0.1.0 [HRESULT = 0x800f0828 - CBS_E_INSUFFICIENT_DISK_SPACE]\r\n" +
	"   a continuation\r\n" +
	"2024-03-20 20:03:02, Info                  CBS    Session: 31095_1 finalized. Reboot required: no [HRESULT = 0x800f0828 - CBS_E_INSUFFICIENT_DISK_SPACE]\r\n" +
	"2024-03-20 20:03:03, Info                  CBS    Trusted Installer is done"

func builtHistory() []byte {
	event := reportingevents.Event{GUID: "{00000000-0000-0000-0000-000000000001}", Time: builtAt, Zone: 9 * 3600, ID: 181, Name: reportingevents.InstallingStarted,
		Category: 101, UpdateID: "{00000000-0000-0000-0000-000000000002}", Revision: 200, Client: "MoUpdateOrchestrator", Status: "Success", Success: true,
		Content: "Content Install", Message: "Installation Started: Security Update for Windows (KB5034441)"}
	log := reportingevents.Append(nil, event)
	event.Time, event.ID, event.Name, event.HRESULT = builtAt.Add(time.Hour), 182, reportingevents.InstallingFailed, 0x80070643
	event.Status, event.Success = "Failure", false
	return reportingevents.Append(log, event)
}

const builtRecovery = "2024-03-20 20:03:00, Info                         [ReAgentc.exe] -----Executing command line: \"C:\\WINDOWS\\system32\\ReAgentc.exe\" /enable-----\r\n" +
	"2024-03-20 20:03:01, Info                         [ReAgentc.exe] Enter WinReInstall\r\n" +
	"2024-03-20 20:03:02, Info                         [ReAgentc.exe] Exit WinReInstall\r\n" +
	"2024-03-20 20:03:02, Info                         [ReAgentc.exe] -----Exiting command line: \"C:\\WINDOWS\\system32\\ReAgentc.exe\" /enable, Error: 0x32-----\r\n"

const builtUpdateLog = "2021-08-28\t11:05:53:800\t 576\ta70\tAgent\t** START **  Agent: Finding updates [CallerId = AutomaticUpdates]\r\n" +
	"2021-08-28\t11:05:55:800\t 576\ta70\tAgent\t  * WARNING: Exit code = 0x80072EE2\r\n"

const builtSetup = "2024-03-20 20:03:00, Info                  IBS    Setup begins\n2024-03-20 20:03:00, Error                 IBS    It failed with 0x80070005\n"

func builtPE(t testing.TB) []byte {
	t.Helper()
	version := pe.Numbers{10, 0, 19041, 3920}
	raw, err := pe.Build{FileVersion: version, ProductVersion: version, Strings: []pe.Text{{Key: "FileVersion", Value: "10.0.19041.3920"}}}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func builtWIM(t testing.TB) []byte {
	t.Helper()
	dir := func(name string, children ...*wim.Node) *wim.Node {
		return &wim.Node{Name: name, Attributes: wim.AttributeDirectory, Children: children}
	}
	dll := &wim.Node{Name: "bootmenuux.dll", Content: wim.Bytes(builtPE(t))}
	var out bytes.Buffer
	err := wim.Write(&out, wim.Options{BootIndex: 1, Images: []wim.Tree{{Time: builtAt, Root: dir("", dir("Windows", dir("System32", dll))),
		Info: wim.Image{Name: "WinRE", Arch: "amd64", HasVersion: true, Major: 10, Build: 19041, SPBuild: 3920}}}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func builtBundle(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := bundle.Write(&out, &model.Machine{Schema: model.MachineSchema}, bundle.Options{Time: builtAt}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// builtDisk is an empty GPT disk with an EFI system and a recovery partition.
func builtDisk(t testing.TB, path string) string {
	t.Helper()
	const size = 64 << 20
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	parts := []table.Partition{
		{TypeGUID: table.TypeESP, GUID: table.GUID{1}, Start: 1 << 20, Size: 32 << 20},
		{TypeGUID: table.TypeRecovery, GUID: table.GUID{2}, Start: 33 << 20, Size: 8 << 20, Attributes: 0x8000000000000001},
	}
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	if err := table.WriteGPT(f, size, 512, table.GUID{3}, parts); err != nil {
		t.Fatal(err)
	}
	return path
}

func builtFolder(t testing.TB, dir string) string {
	t.Helper()
	config := filepath.Join(dir, "Windows", "System32", "config")
	if err := os.MkdirAll(config, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(config, "SYSTEM"), []byte("regf"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func builtDatabase(t testing.TB) []byte {
	t.Helper()
	columns := []ese.Column{{Name: "IdEvent", ID: 1, Type: ese.TypeInt, Size: 4}, {Name: "Date", ID: 2, Type: ese.TypeDate, Size: 8},
		{Name: "UpdateId", ID: 3, Type: ese.TypeBinary, Size: 2}, {Name: "Weight", ID: 4, Type: ese.TypeDouble, Size: 8}, {Name: "Title", ID: 256, Type: ese.TypeLongText}}
	b, err := ese.Write(ese.WriteOptions{Time: builtAt, Dirty: true},
		ese.NewTable{Name: "tbStoreVersion", Columns: columns[:1]},
		ese.NewTable{Name: "tbHistory", Columns: columns, Rows: [][]any{{int64(1), builtAt, []byte{1, 0xff}, math.Inf(1), "更新"}, {int64(2), nil, nil, 0.5, nil}}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}
